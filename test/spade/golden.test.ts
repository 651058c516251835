/** Traces of a real network against the independent reference in float64, from its own views (spade.md, section 9). */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClassifier } from '../../src/local/model.js';
import { parseNpy } from '../../src/data/npy.js';
import { prunableLayers } from '../../src/spade/layers.js';
import { joinedWeights, packedSupport } from '../../src/spade/layout.js';
import { sparsitiesFrom } from '../../src/spade/sparsities.js';
import { Tracer } from '../../src/spade/trace.js';
import { fromPrepared, makeView, parseViewParameters } from '../../src/spade/views.js';
import { hasShared } from '../../reference/golden.js';
import { shared } from '../../reference/paths.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { closeDevices, devices } from '../support/device.js';
import { skipUnless } from '../support/skip.js';

const folder = `${shared}golden/spade/`;
const array = (name: string) => parseNpy(readFileSync(folder + name), name);
const numbers = (name: string): Float32Array => array(name).data as Float32Array;

interface Sample {
  readonly layers: readonly { readonly kept: number; readonly error: number; readonly relative: number; readonly solverLoss: number;
    readonly meanDiagonal: number; readonly dead: number }[];
}

const test = suite('spade against the reference');

if (skipUnless(hasShared, '../shared is absent')) {
  const meta = JSON.parse(readFileSync(`${folder}meta.json`, 'utf8')) as { model: string; mean: number[]; std: number[];
    sparsities: Record<string, number>; samples: Sample[]; bits: number; layers: { weight: string }[] };
  const how = { resize: null, crop: null, mean: meta.mean, std: meta.std };
  const inputs = array('inputs.npy'), shape = inputs.shape.slice(1), each = shape.reduce((a, b) => a * b, 1);
  const picture = (k: number): Float32Array => (inputs.data as Float32Array).slice(k * each, (k + 1) * each);

  test('views are exact in their parameters', () => {
    const real = fromPrepared(picture(0), shape, how);
    const want = numbers('views_0.npy');
    const rows = parseViewParameters(numbers('view_params_0.npy'), real, 'view_params_0.npy');
    assert.is(rows.length, 64);
    rows.forEach((row, k) => {
      const got = makeView(real, row, [32, 32], how);
      const worst = got.reduce((most, v, i) => Math.max(most, Math.abs(v - want[k * each + i])), 0);
      assert.ok(worst <= TOLERANCE.spadeView, `view ${k} differs by ${worst}`);
    });
  });

  test('support, counts, weights, errors and logits of a trace', async () => {
    const network = await openClassifier(shared + meta.model);
    const layers = prunableLayers(network.build(1).logits, network.layers);
    const sparsities = sparsitiesFrom(meta.sparsities, layers, 'meta.json');
    assert.equal([...sparsities.keys()], meta.layers.map((l) => l.weight), 'the order of layers');
    const views = numbers('views_0.npy'), logits = array('logits.npy').data as Float64Array;
    const [{ name, device }] = await devices();
    const tracer = new Tracer(device, network, { sparsities, solver: 'fast' });
    const trace = await tracer.trace(picture(0), 64, (k) => views.subarray(k * each, (k + 1) * each));
    tracer.destroy();
    assert.is(trace.faithfulness.viewsKept, 10, 'views that keep the class, by PyTorch');
    const support = packedSupport(trace.layers);
    assert.equal(support, array('support_0.npy').data, `${name}: support`);
    trace.layers.forEach((l, k) => {
      const want = meta.samples[0].layers[k];
      const about = (got: number, wanted: number, what: string): void =>
        assert.ok(Math.abs(got / wanted - 1) <= TOLERANCE.spadeError, `${name}: ${what} of ${l.layer.name} is ${got}, not ${wanted}`);
      about(l.error, want.error, 'error');
      about(l.relative, want.relative, 'relative error');
      about(l.loss, want.solverLoss, "the solver's loss");
      about(l.meanDiagonal, want.meanDiagonal, 'mean diagonal');
      assert.is(l.dead, want.dead, `${name}: dead columns of ${l.layer.name}`);
    });
    const got = joinedWeights(trace.layers), wanted = numbers('trace_weights_0.npy');
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((t, v, k) => t + v * b[k], 0);
    assert.ok(1 - dot(got, wanted) / Math.sqrt(dot(got, got) * dot(wanted, wanted)) <= TOLERANCE.spadeWeights, `${name}: weights`);
    const { dense, trace: after } = trace.faithfulness;
    [dense, after].forEach((mine, k) => {
      const theirs = logits.slice(k * 10, k * 10 + 10);
      const worst = mine.reduce((most, v, j) => Math.max(most, Math.abs(v - theirs[j])), 0);
      assert.ok(worst / (Math.max(...theirs) - Math.min(...theirs)) <= TOLERANCE.spadeLogits, `${name}: logits differ by ${worst}`);
    });
  });

  test('both schedules come to one trace', async () => {
    const network = await openClassifier(shared + meta.model);
    const sparsities = new Map([['layer2.0.conv1.weight', 0.5], ['layer3.2.conv2.weight', 0.95], ['linear.weight', 0.5]]);
    const views = numbers('views_0.npy');
    const traces = [];
    for (const { device } of (await devices()).slice(0, 2)) {
      const tracer = new Tracer(device, network, { sparsities, solver: 'fast', batch: 2 });
      traces.push(await tracer.trace(picture(0), 3, (k) => views.subarray(k * each, (k + 1) * each)));
      tracer.destroy();
    }
    const [one, other] = traces.map(({ layers }) => packedSupport(layers));
    assert.equal(one, other);
  });
}

test.after(closeDevices);
test.run();
