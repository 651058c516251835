/** One normalized step on some filters: against PyTorch in float64, and by the definition on a network computed by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import type { Device } from '../../src/engine/device.js';
import type { Backend } from '../../src/engine/run/backend.js';
import { loadModel } from '../../src/onnx/model.js';
import { withWeights } from '../../src/onnx/write.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { normalizedStep, tunedWeights } from '../../src/saliency/step.js';
import { rankFilters, type Statistics } from '../../src/saliency/standardize.js';
import { RuntimeBackend } from '../../src/runtime/backend.js';
import { findOnnxruntime } from '../../src/runtime/onnxruntime.js';
import { devices, openDevice } from '../support/device.js';
import { ABSENT } from '../support/runtime.js';
import { golden, hasShared, openClassifier } from '../../reference/golden.js';
import { fails } from '../support/outcomes.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';
import { crossEntropy, tinyLogits, tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const w = tinyWeights();
const tiny = () => classifier(loadModel(tinyModel(w), { name: 'tiny' }));
const pictures = (count: number, seed: string): Float32Array[] => {
  const r = random(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: 192 }, () => 2 * r() - 1));
};
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (v, k) => Math.abs(v - b[k])));

interface Context {
  tuner: FineTuner;
  computer: Device | Backend;
}
const open = async (context: Context, on: 'WebGPU' | 'onnxruntime'): Promise<void> => {
  const computer = on === 'WebGPU' ? await openDevice({}) : await RuntimeBackend.open();
  Object.assign(context, { computer, tuner: new FineTuner(tiny(), computer, { batch: 4 }) });
};

// ---------------------------------------------------------------- real networks

if (skipUnless(hasShared, '../shared is absent')) {
  const test = suite('fine-tuning, golden');
  for (const on of ['WebGPU', 'onnxruntime'] as const) {
    if (!skipUnless(on === 'WebGPU' || await findOnnxruntime() !== null, ABSENT)) continue;
    test(`ResNet-20 by ${on}: logits after one step on 10, 50, 150 and all filters`, async () => {
      const g = golden('cifar10-resnet20');
      const network = openClassifier(g.meta.model);
      const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: null, mean: g.rows('mean')[0], std: g.rows('std')[0] };
      const standardized = g.rows('standardized');
      const rows = g.json<{ sample: number; k: number; step: number; logits: number[] }[]>('finetune.json');
      assert.is(rows.length, 48);
      const computer = on === 'WebGPU' ? (await devices())[0].device : await RuntimeBackend.open();
      const tuner = new FineTuner(network, computer);
      let worst = 0;
      for (const sample of new Set(rows.map((r) => r.sample))) {
        const gradient = await tuner.gradient(g.inputs[sample], g.meta.labels[sample]);
        const ranking = rankFilters(standardized[sample], stats);
        const every = standardized[sample].length;
        for (const row of rows.filter((r) => r.sample === sample)) {
          const filters = row.k === every ? Array.from({ length: every }, (_, k) => k) : ranking.slice(0, row.k);
          const [logits] = await tuner.tuned(normalizedStep(network, gradient, filters, row.step), () => tuner.logits([g.inputs[sample]]));
          const off = difference(logits, row.logits);
          worst = Math.max(worst, off);
          assert.ok(off <= TOLERANCE.logitsOff, `sample ${sample}, ${row.k} filters, step ${row.step}: logits differ by ${off}`);
        }
      }
      console.log(`ResNet-20 by ${on}, 48 steps: logits differ by ${worst.toExponential(1)} at most`);
      tuner.destroy();
      if (on === 'onnxruntime') computer.destroy();
    });
  }
  test.run();
}

// ---------------------------------------------------------------- gradients and steps

for (const on of ['WebGPU', 'onnxruntime'] as const) {
  if (!skipUnless(on === 'WebGPU' || await findOnnxruntime() !== null, ABSENT)) continue;
  const steps = suite<Context>(`FineTuner, ${on}`, {} as Context);
  steps.before((context) => open(context, on));
  steps.after(async (context) => {
    context.tuner.destroy();
    context.computer.destroy();
  });

  steps('gives the gradient that central differences of the loss give', async ({ tuner }) => {
    const [x] = pictures(1, 'gradient');
    const { weights, loss, logits } = await tuner.gradient(x, 2);
    const expected = tinyLogits(w.conv, w, x);
    assert.ok(difference(logits, expected) < TOLERANCE.byHand);
    assert.ok(Math.abs(loss - crossEntropy(expected, 2)) < TOLERANCE.byHand);
    const conv = Float64Array.from(w.conv);
    const slopes = conv.map((value, k) => {
      const at = (v: number): number => {
        conv[k] = v;
        return crossEntropy(tinyLogits(conv, w, x), 2);
      };
      const slope = (at(value + 1e-6) - at(value - 1e-6)) / 2e-6;
      conv[k] = value;
      return slope;
    });
    const g = weights.get('conv.weight')!;
    assert.ok(difference(g, slopes) < TOLERANCE.byHand * Math.max(...slopes.map(Math.abs)) + TOLERANCE.byHandSlope,
      `differs by ${difference(g, slopes)}`);
  });
  steps('a step has the length asked for, over all chosen filters together, and changes no other', async ({ tuner }) => {
    const { network } = tuner;
    const gradient = await tuner.gradient(pictures(1, 'length')[0], 0);
    for (const filters of [[2], [3, 0], [0, 1, 2, 3]]) {
      const step = normalizedStep(network, gradient, filters, 0.25);
      const after = tunedWeights(network, step).get('conv.weight')!;
      const moved = after.map((v, k) => v - w.conv[k]);
      assert.ok(Math.abs(Math.hypot(...moved) - 0.25) < TOLERANCE.byHand, `${filters}: length ${Math.hypot(...moved)}`);
      const g = gradient.weights.get('conv.weight')!;
      moved.forEach((v, k) => {
        const chosen = filters.includes(Math.floor(k / 27));
        assert.ok(chosen ? Math.abs(v + (0.25 * g[k]) / step.norm) < TOLERANCE.stepWeight : v === 0,
          `weight ${k} of filter ${Math.floor(k / 27)} moved by ${v}`);
      });
    }
    assert.is(normalizedStep(network, gradient, [1, 2], 1).patches.length, 1, 'filters side by side are one stretch');
    assert.is(normalizedStep(network, gradient, [0, 2], 1).patches.length, 2);
  });
  steps('answers as the tuned network does, and then as the network again', async ({ tuner }) => {
    const all = pictures(9, 'answers');
    const before = await tuner.logits(all);
    const gradient = await tuner.gradient(all[0], 1);
    const bits = JSON.stringify([...gradient.weights.get('conv.weight')!]);
    for (const filters of [[1], [0, 3], [0, 1, 2, 3]]) {
      const step = normalizedStep(tuner.network, gradient, filters, 0.5);
      const after = tunedWeights(tuner.network, step);
      const tuned = await tuner.tuned(step, () => tuner.logits(all));
      tuned.forEach((logits, k) =>
        assert.ok(difference(logits, tinyLogits(after.get('conv.weight')!, w, all[k])) < TOLERANCE.byHand,
          `filters ${filters}, picture ${k}`)
      );
      assert.ok(difference(tuned[0], before[0]) > 1e-3);
      assert.equal(await tuner.logits(all), before, 'put back bit for bit');
      // The file with these weights is the same network.
      const file = classifier(loadModel(withWeights(tinyModel(w), after), { name: 'tuned' }));
      assert.equal(file.weights.get('conv.weight'), after.get('conv.weight'));
    }
    assert.is(JSON.stringify([...(await tuner.gradient(all[0], 1)).weights.get('conv.weight')!]), bits,
      'the gradient is of the network as it was');
  });
  steps('puts the weights back where the work fails, and takes one step at a time', async ({ tuner }) => {
    const [x] = pictures(1, 'failure');
    const before = await tuner.logits([x]);
    const step = normalizedStep(tuner.network, await tuner.gradient(x, 1), [0, 1], 1);
    await fails(() =>
      tuner.tuned(step, async () => {
        throw new Error('no');
      }), /^no$/);
    assert.equal(await tuner.logits([x]), before);
    await fails(() => tuner.tuned(step, () => tuner.tuned(step, () => tuner.logits([x]))), /tuned already/);
    assert.equal(await tuner.logits([x]), before);
  });
  steps('a gradient of zero gives no direction: nothing changes', async ({ tuner }) => {
    const gradient = { loss: 0, logits: new Float32Array(3), weights: new Map([['conv.weight', new Float32Array(108)]]) };
    assert.equal(normalizedStep(tuner.network, gradient, [0, 1], 1), { norm: 0, patches: [] });
  });
  steps('refuses what it cannot tune', async ({ tuner, computer }) => {
    const [x] = pictures(1, 'refusals');
    const gradient = await tuner.gradient(x, 0);
    assert.throws(() => normalizedStep(tuner.network, gradient, [4], 1), /there is no filter 4; the network has 4/);
    assert.throws(() => normalizedStep(tuner.network, gradient, [1, 0, 1], 1), /filter 1 is given twice/);
    await fails(() => tuner.gradient(x, 3), /label 3 is out of range/);
    await fails(() => tuner.gradient(x.subarray(1), 0), /takes 192 values per picture, got 191/);
    await fails(() => tuner.logits([x, x.subarray(1)]), /takes 192 values per picture, got 191/);
    assert.throws(() => new FineTuner(tiny(), computer, { batch: 0 }), /at least 1, got 0/);
  });
  steps.run();
}
