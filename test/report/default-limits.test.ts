/** From a picture to its report on a device with WebGPU's default limits, a browser's: as on one with all the adapter allows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { preprocess } from '../../src/data/preprocess.js';
import type { Device } from '../../src/engine/device.js';
import { loadModel } from '../../src/onnx/model.js';
import { gatherReport } from '../../src/report/gather.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { PREPROCESSING, sample } from '../../tools/demo/pictures.js';
import { assertClose } from '../support/check.js';
import { closeDevices, openDevice } from '../support/device.js';
import { root } from '../../reference/paths.js';

const limits = suite('default limits');

/** Reductions, matrix products and a map's second derivative add up to this much of rounding where kernels are fused otherwise. */
const ROUNDING = 1e-5;

const { picture, label } = sample(3, 0, { label: 0, marked: true });
const { data } = preprocess(picture, PREPROCESSING);
const read = (name: string): Buffer => readFileSync(join(root, 'demo', name));
const network = classifier(loadModel(read('model.onnx'), { name: 'model.onnx' }));
const stats = parseStatistics(read('stats.json').toString(), 'stats.json');

/** What a device says of one picture that carries the sticker: numbers, map, and the report, without pixels filled. */
async function answers(device: Device) {
  const explainer = new Explainer(network, device);
  const [explanation] = await explainer.explain([data], [label]);
  const boosted = rankFilters(standardize(explanation.profile, stats), stats).slice(0, 10);
  const [map] = await explainer.inputMaps([data], [label], [boosted], stats);
  const report = await gatherReport({ input: 'picture', picture: data, shape: network.pictureShape, label, explanation, top: 10, map: null,
    comparisons: new Map(), neighbors: null }, { explainer, model: { path: 'model.onnx', sha256: '' }, adapter: device.adapter, stats,
    statsName: 'stats.json', aggregation: 'mean-abs', classes: null, version: '0', draws: 1 });
  explainer.destroy();
  return { explanation, boosted, map, report };
}

limits("profile, map and report of the demo's network", async () => {
  const small = await openDevice({ limits: 'default' });
  const { maxBuffers, maxBinding, maxInvocations, maxWorkgroupMemory } = small.target;
  assert.equal({ maxBuffers, maxBinding, maxInvocations, maxWorkgroupMemory }, { maxBuffers: 8, maxBinding: 128 << 20, maxInvocations: 256,
    maxWorkgroupMemory: 16384 });
  const got = await answers(small);
  const want = await answers(await openDevice({}));
  for (const name of ['logits', 'profile'] as const) {
    assertClose(got.explanation[name], Float64Array.from(want.explanation[name]), ROUNDING, name);
  }
  assertClose(got.map.gradient, Float64Array.from(want.map.gradient), ROUNDING, 'map');
  assert.equal(got.boosted, want.boosted);
  assert.equal(got.report.conclusion, want.report.conclusion);
  assert.equal(got.report.off.map((s) => s.salient.predicted), want.report.off.map((s) => s.salient.predicted));
});
limits.after(closeDevices);

limits.run();
