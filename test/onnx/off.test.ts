/** Files with filters off, against the same model with a mask. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { input } from '../../src/engine/builder.js';
import type { MaskMode } from '../../src/engine/convolutions.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { weightsWithOff, type FilterOff } from '../../src/onnx/off.js';
import { withWeights } from '../../src/onnx/write.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { locate } from '../../src/saliency/network.js';
import { maskOf } from '../../src/saliency/off.js';
import { closeDevices, openDevice } from '../support/device.js';
import { golden, hasShared, modelPath } from '../../reference/golden.js';
import { skipUnless } from '../support/skip.js';
import { filled, floats, ints, makeModel, type NodeSpec } from './make.js';
import { values, wave, wavesFor } from './run.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, name: output,
  inputs, outputs: [output], attributes });
const K = 3, PLANE = 16;
const INITIALIZERS = [
  filled('w', [K, 2, 1, 1], wave),
  filled('v', [K, 3, 1, 1], (k) => wave(k + 50)),
  floats('bias', [K], [1, -2, 3]),
  filled('plus', [1, K, 1, 1], (k) => k + 1),
  filled('times', [K, 1, 1], (k) => k + 2),
  floats('gamma', [K], [1, 2, -1]),
  floats('beta', [K], [0.5, -1, 2]),
  floats('mean', [K], [0.25, 0.5, -0.5]),
  floats('variance', [K], [1, 4, 0.25]),
  floats('two', [], [2]),
  ints('ones', [K, 1, 1]),
];
const bn = ['gamma', 'beta', 'mean', 'variance'];

const bytesOf = (nodes: readonly NodeSpec[], outputs = ['y']) =>
  makeModel({ nodes, inputs: { x: ['N', 2, 4, 4] }, outputs, initializers: INITIALIZERS });

/** The output [3,4,4] of a file, masked where a mask is given. */
function run(bytes: Uint8Array, mask?: number[], maskMode?: MaskMode): Float64Array {
  const channelMask = mask && input('mask', [1, mask.length]);
  const g = importGraph(loadModel(bytes), { batch: 1, channelMask, maskMode });
  const feeds = new Map([[g.inputs[0].node, wavesFor([1, 2, 4, 4])]]);
  if (channelMask) feeds.set(channelMask, Float64Array.from(mask));
  return values(g, feeds, [g.outputs[0].node])[0];
}

function written(bytes: Uint8Array, off: readonly FilterOff[], mode: MaskMode): Uint8Array {
  const model = loadModel(bytes);
  return withWeights(bytes, weightsWithOff(model, new Map([...importGraph(model).weights].map(([name, w]) => [name, w.data])), off, mode));
}

const FORMS: [string, NodeSpec[]][] = [
  ['a convolution alone', [node('Conv', ['x', 'w'], 'y')]],
  ['its bias', [node('Conv', ['x', 'w', 'bias'], 'y')]],
  ['a bias added or subtracted by a node', [node('Conv', ['x', 'w'], 'a'), node('Add', ['plus', 'a'], 'b'),
    node('Sub', ['b', 'times'], 'y')]],
  ['batch norm', [node('Conv', ['x', 'w', 'bias'], 'a'), node('BatchNormalization', ['a', ...bn], 'y')]],
  ['bias by a node, then batch norm', [node('Conv', ['x', 'w'], 'a'), node('Add', ['a', 'plus'], 'b'),
    node('BatchNormalization', ['b', ...bn], 'y')]],
  ['batch norm written as scale and shift', [node('Conv', ['x', 'w'], 'a'), node('Mul', ['a', 'times'], 'b'),
    node('Add', ['b', 'plus'], 'y')]],
  ['a bias that nodes compute', [node('Mul', ['bias', 'two'], 'twice'), node('Conv', ['x', 'w', 'twice'], 'y')]],
  ['batch norm behind Identity', [node('Conv', ['x', 'w', 'bias'], 'a'), node('Identity', ['a'], 'b'),
    node('BatchNormalization', ['b', ...bn], 'y')]],
  ['scale and bias with the channels last', [node('Conv', ['x', 'w'], 'a'), node('Transpose', ['a'], 'b', { perm: [0, 2, 3, 1] }),
    node('Mul', ['b', 'gamma'], 'c'), node('Add', ['c', 'beta'], 'd'), node('Transpose', ['d'], 'y', { perm: [0, 3, 1, 2] })]],
  ['a shift computed from the scale', [node('Reshape', ['gamma', 'ones'], 'scale'), node('Reshape', ['mean', 'ones'], 'm'),
    node('Mul', ['scale', 'm'], 'sm'), node('Reshape', ['beta', 'ones'], 'bt'), node('Sub', ['bt', 'sm'], 'shift'),
    node('Conv', ['x', 'w'], 'a'), node('Mul', ['a', 'scale'], 'b'), node('Add', ['b', 'shift'], 'y')]],
  ['instance norm', [node('Conv', ['x', 'w', 'bias'], 'a'), node('InstanceNormalization', ['a', 'gamma', 'beta'], 'y')]],
  ['a bias after batch norm', [node('Conv', ['x', 'w', 'bias'], 'a'), node('BatchNormalization', ['a', ...bn], 'b'),
    node('Add', ['b', 'plus'], 'y')]],
  ['a bias that a node hands on', [node('Identity', ['bias'], 'same'), node('Conv', ['x', 'w', 'same'], 'y')]],
];

const off = suite('weightsWithOff');

for (const [name, nodes] of FORMS) {
  off(`${name}: the file computes what the mask does, in both modes`, () => {
    const bytes = bytesOf(nodes);
    for (const mode of ['channel', 'paper'] as const) {
      const masked = run(bytes, [1, 0, 0], mode);
      const got = run(written(bytes, [1, 2].map((filter) => ({ weight: 'w', filter })), mode));
      got.forEach((v, i) => assert.ok(Math.abs(v - masked[i]) < TOLERANCE.reference64, `${mode}, value ${i}: ${v}, masked ${masked[i]}`));
      if (mode === 'channel') assert.ok(got.subarray(PLANE).every((v) => Math.abs(v) === 0), 'not exactly zero');
      assert.ok(got.subarray(0, PLANE).every((v) => v !== 0));
    }
  });
}

off('a weight used twice is off in both places', () => {
  const nodes = [node('Conv', ['x', 'w', 'bias'], 'a'), node('Conv', ['x', 'w'], 'b'), node('Relu', ['b'], 'c'),
    node('Concat', ['a', 'c'], 'y')].map((n, k) => (k === 3 ? { ...n, attributes: { axis: 1 } } : n));
  const bytes = bytesOf(nodes);
  assert.equal([...run(written(bytes, [{ weight: 'w', filter: 1 }], 'channel'))].map((v) => v + 0),
    [...run(bytes, [1, 0, 1])].map((v) => v + 0));
});

off("refuses what the file's weights cannot say", () => {
  const shared = [node('Conv', ['x', 'w', 'bias'], 'a'), node('Conv', ['a', 'v', 'bias'], 'y')];
  assert.throws(() => written(bytesOf(shared), [{ weight: 'w', filter: 1 }], 'channel'),
    /filter 1 of "a" cannot be turned off in the file: "bias" is read by "y" too/);
  // Turned off in both places, it is.
  const both = written(bytesOf(shared), [{ weight: 'w', filter: 1 }, { weight: 'v', filter: 1 }], 'channel');
  assert.ok(run(both).subarray(PLANE, 2 * PLANE).every((v) => v === 0));
  const read = [node('Conv', ['x', 'w'], 'a'), node('ReduceMean', ['w'], 'm'), node('Add', ['a', 'm'], 'y')];
  assert.throws(() => written(bytesOf(read), [{ weight: 'w', filter: 0 }], 'channel'), /"w" is read by "m" too/);
  const made = [node('Exp', ['bias'], 'grown'), node('Conv', ['x', 'w', 'grown'], 'y')];
  assert.throws(() => written(bytesOf(made), [{ weight: 'w', filter: 0 }], 'channel'),
    /no weight of the file that "grown" is computed from would make it zero/);
  assert.throws(() => written(bytesOf(FORMS[0][1]), [{ weight: 'gamma', filter: 0 }], 'channel'), /no convolution with the weight "gamma"/);
});

if (skipUnless(hasShared, 'the models are absent')) {
  off('ResNet-20: a file with 20 filters off against the mask, in both modes', async () => {
    const path = modelPath('cifar10-resnet20.onnx');
    const bytes = readFileSync(path);
    const model = loadModel(bytes);
    const network = classifier(model);
    const pictures = golden('cifar10-resnet20').inputs.slice(24, 28);
    const filters = Array.from({ length: 20 }, (_, k) => 34 * k + 7);
    const places = filters.map((k) => locate(network.layers, k)).map(({ layer, filter }) => ({ weight: layer.weight, filter }));
    const device = await openDevice({});
    const explainer = new Explainer(network, device);
    const plain = await explainer.logits(pictures);
    for (const mode of ['channel', 'paper'] as const) {
      const masked = await explainer.logits(pictures, pictures.map(() => maskOf(filters, 688)), mode);
      const other = new Explainer(classifier(loadModel(withWeights(bytes, weightsWithOff(model, network.weights, places, mode)))), device);
      const got = await other.logits(pictures);
      other.destroy();
      got.forEach((row, k) =>
        row.forEach((v, c) => {
          assert.ok(Math.abs(v - masked[k][c]) < TOLERANCE.logitsWritten,
            `${mode}, picture ${k}, class ${c}: ${v}, masked ${masked[k][c]}`);
        })
      );
      assert.ok(got.some((row, k) => Math.abs(row[0] - plain[k][0]) > 0.1), 'nothing was turned off');
    }
    explainer.destroy();
  });
}

off.after(closeDevices);

off.run();
