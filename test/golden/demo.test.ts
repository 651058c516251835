/**
 * The demo's network on a few of its pictures against PyTorch in float64 (demo.py wrote demo/): the one place where a clone by itself
 * compares a trained network, whole, with numbers of another program. Both schedules. Needs nothing beside the project.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { sha256 } from '../../src/data/sha256.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { locate } from '../../src/saliency/network.js';
import { maskOf } from '../../src/saliency/off.js';
import { argmax } from '../../src/saliency/prediction.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { normalizedStep } from '../../src/saliency/step.js';
import { compareDirections, profileErrors, quantile } from '../../reference/errors.js';
import { demoGolden, type OffRow } from '../../reference/golden.js';
import { root } from '../../reference/paths.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import type { Device } from '../../src/engine/device.js';
import type { Backend } from '../../src/engine/run/backend.js';
import { closeDevices, devices, type NamedDevice } from '../support/device.js';
import { ABSENT, runtimeBackend } from '../support/runtime.js';
import { skipUnless } from '../support/skip.js';
import { inputBytes, inputs, pictures } from './pictures.js';

/** A step of fine-tuning: `norm`, of the gradient of the k filters; `logits`, after a step of length `step`. */
interface StepRow {
  readonly sample: number;
  readonly k: number;
  readonly step: number;
  readonly norm: number;
  readonly logits: readonly number[];
}

const file = readFileSync(join(root, 'demo/model.onnx'));
const network = classifier(loadModel(file, { name: 'demo/model.onnx' }));
const stats = parseStatistics(readFileSync(join(root, 'demo/stats.json'), 'utf8'), 'demo/stats.json');
const g = demoGolden(inputs);
const { meta } = g;
const standardized = g.rows('standardized');
const ranked = standardized.map((row) => rankFilters(row, stats));

const largest = (values: readonly number[]): number => values.reduce((m, v) => (v > m || Number.isNaN(v) ? v : m), -Infinity);
const difference = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  assert.is(got.length, want.length);
  return largest(Array.from(want, (v, k) => Math.abs(got[k] - v)));
};
/** The largest error, relative to the largest magnitude. */
const ofLargest = (got: ArrayLike<number>, want: ArrayLike<number>): number => difference(got, want) / largest(Array.from(want, Math.abs));
/** The same of numbers of the filters, layer by layer. */
const ofLayersLargest = (got: readonly number[], want: Float64Array): number =>
  largest(
    network.layers.map(({ offset, filters }) => ofLargest(got.slice(offset, offset + filters), want.subarray(offset, offset + filters)))
  );
/** A message names what was compared, and where; NaN is within no tolerance. */
function within(error: number, tolerance: number, what: string): void {
  assert.ok(error <= tolerance, `${what}: off by ${error.toExponential(2)}, allowed ${tolerance.toExponential(1)}`);
}

const demo = suite('demo, golden');
demo.after(closeDevices);

/** A test on the device of each schedule. */
function both(name: string, run: (device: NamedDevice) => Promise<void>): void {
  demo(name, async () => {
    for (const device of await devices()) await run(device);
  });
}

const runtime = await runtimeBackend();
const hasRuntime = skipUnless(runtime !== null, ABSENT);

/** A test on the device of each schedule, and on onnxruntime, which shares no kernel with them. */
function all(name: string, run: (computer: { name: string; device: Device | Backend }) => Promise<void>): void {
  both(name, run);
  if (hasRuntime) demo(`${name}, by onnxruntime`, () => run({ name: 'onnxruntime', device: runtime! }));
}

demo('the numbers are those of the network, of its statistics and of the pictures as they are drawn here', async () => {
  assert.is(await sha256(file), meta.sha256!.model, 'demo/model.onnx changed: run test/golden/demo.py again');
  assert.is(stats.model, meta.sha256!.model, 'demo/stats.json is of another network');
  assert.is(await sha256(inputBytes()), meta.sha256!.inputs, 'the pictures changed: run test/golden/demo.py again');
  assert.equal(pictures.map((s) => s.label), meta.labels);
  assert.equal(network.layers.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset })), meta.layers);
  assert.is(meta.labels.filter((label, k) => label !== meta.predicted[k]).length, 3, 'mistakes among the pictures');
});

all('logits, losses and profiles (eq. 1), standardized (eq. 2) and ranked', async ({ name, device }) => {
  const explainer = new Explainer(network, device, { batch: 4 });
  const explained = await explainer.explain(inputs, meta.labels);
  explainer.destroy();
  const [logits, profiles] = [g.rows('logits'), g.rows('profile')];
  explained.forEach((e, k) => {
    const where = `${name}, picture ${k}`;
    within(difference(e.logits, logits[k]), TOLERANCE.demoLogits, `${where}: logits`);
    within(Math.abs(e.loss / meta.loss[k] - 1), TOLERANCE.demoLoss, `${where}: loss ${e.loss}`);
    assert.is(argmax(e.logits), meta.predicted[k], `${where}: class`);
    const mine = standardize(e.profile, stats);
    within(ofLargest(mine, standardized[k]), TOLERANCE.demoStandardized, `${where}: standardized`);
    assert.equal(rankFilters(mine, stats).slice(0, 10), meta.top10[k], `${where}: the ten most salient filters`);
  });
  const errors = explained.flatMap((e, k) => profileErrors(e.profile, profiles[k], network.layers).relative);
  assert.ok(errors.length > 0.95 * profiles.length * stats.mean.length, `${errors.length} filters were compared`);
  const [middle, most] = [quantile(errors, 0.5), quantile(errors, 0.99)];
  console.log(`${name}: profiles, the middle filter is off by ${middle.toExponential(1)}, 99 % by less than ${most.toExponential(1)}`);
  within(middle, TOLERANCE.demoProfileMedian, `${name}: profiles, the middle filter`);
  within(most, TOLERANCE.demoProfileMost, `${name}: profiles, 99 % of the filters`);
  explained.forEach((e, k) => {
    within(ofLayersLargest([...e.profile], profiles[k]), TOLERANCE.demoProfileLayer,
      `${name}, picture ${k}: profile, of its layer's largest`);
  });
});

all('which pixels set the ten filters off (eq. 3 and 4)', async ({ name, device }) => {
  const asked = meta.inputSaliency;
  const explainer = new Explainer(network, device, { batch: 2 });
  const of = <T>(all: readonly T[]): T[] => asked.map(({ sample }) => all[sample]);
  const maps = await explainer.inputMaps(of(inputs), of(meta.labels), asked.map(({ boosted }) => boosted), stats);
  explainer.destroy();
  for (const [k, { sample, cosineDistance }] of asked.entries()) {
    const want = g.rows(`input_grad_${sample}`).flatMap((row) => [...row]);
    const { off, length } = compareDirections(maps[k].gradient, want);
    const where = `${name}, picture ${sample}`;
    within(off, TOLERANCE.demoMapCosine, `${where}: 1 - cosine similarity`);
    within(Math.abs(length - 1), TOLERANCE.demoMapLength, `${where}: the gradient's length`);
    within(ofLargest(maps[k].gradient, want), TOLERANCE.demoMapPixel, `${where}: a pixel`);
    within(Math.abs(maps[k].distance / cosineDistance - 1), TOLERANCE.demoMapDistance, `${where}: distance ${maps[k].distance}`);
  }
});

all('the most salient filters turned off, in both modes', async ({ name, device }) => {
  const explainer = new Explainer(network, device, { batch: 8 });
  const rows = g.json<OffRow[]>('prune.json');
  for (const mode of ['channel', 'paper'] as const) {
    const mine = rows.filter((row) => row.mode === mode);
    const masks = mine.map(({ sample, k }) => maskOf(ranked[sample].slice(0, k), stats.mean.length));
    const logits = await explainer.logits(mine.map(({ sample }) => inputs[sample]), masks, mode);
    mine.forEach((row, n) =>
      within(difference(logits[n], row.logits), TOLERANCE.demoLogits, `${name}, ${mode}, picture ${row.sample}, ${row.k} filters off`)
    );
    assert.ok(mine.some((row) => argmax(row.logits) === meta.labels[row.sample]), 'no mistake is mended, so nothing is shown');
  }
  explainer.destroy();
});

both('one step of fine-tuning: gradient, step, logits after it', async ({ name, device }) => {
  const tuner = new FineTuner(network, device);
  const rows = g.json<StepRow[]>('finetune.json');
  const { sample } = rows[0];
  const gradient = await tuner.gradient(inputs[sample], meta.labels[sample]);
  const of = (index: number): Float32Array => {
    const { layer, filter } = locate(network.layers, index);
    const whole = gradient.weights.get(layer.weight)!;
    const each = whole.length / layer.filters;
    return whole.subarray(each * filter, each * (filter + 1));
  };
  const first = ranked[sample].slice(0, 10).flatMap((index) => [...of(index)]);
  const [want] = g.rows('gradient');
  const [norms] = g.rows('gradient_norms');
  within(ofLargest(first, want), TOLERANCE.demoGradient, `${name}: the gradient of ten filters`);
  const lengths = [...norms].map((_, k) => Math.hypot(...of(k)));
  within(ofLayersLargest(lengths, norms), TOLERANCE.demoGradient, `${name}: the length of a filter's gradient, of its layer's largest`);
  for (const row of rows) {
    const where = `${name}, ${row.k} filters, a step of ${row.step}`;
    const step = normalizedStep(network, gradient, ranked[sample].slice(0, row.k), row.step);
    within(Math.abs(step.norm / row.norm - 1), TOLERANCE.demoGradient, `${where}: the gradient's length`);
    const [logits] = await tuner.tuned(step, () => tuner.logits([inputs[sample]]));
    within(ofLargest(logits, row.logits), TOLERANCE.demoTuned, `${where}: logits`);
  }
  tuner.destroy();
});

demo.run();
