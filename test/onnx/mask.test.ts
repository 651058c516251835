/** Channels masked in an imported graph: exactly zero, or as the paper zeroes them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { input } from '../../src/engine/builder.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { filled, floats, ints, makeModel, type ModelSpec, type NodeSpec } from './make.js';
import { values, wave, wavesFor } from './run.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, name: output,
  inputs, outputs: [output], attributes });
const K = 3;
const [N, C, SIDE] = [2, 2, 4];
const PLANE = SIDE * SIDE;
const bn = ['gamma', 'beta', 'mean', 'variance'];
const INITIALIZERS: ModelSpec['initializers'] = [
  filled('w', [K, C, 1, 1], wave),
  floats('bias', [K], [1, -2, 3]),
  filled('plus', [1, K, 1, 1], (k) => k + 1),
  filled('times', [K, 1, 1], (k) => k + 2),
  floats('three', [], [3]),
  floats('gamma', [K], [1, 2, -1]),
  floats('beta', [K], [0.5, -1, 2]),
  floats('mean', [K], [0.25, 0.5, -0.5]),
  floats('variance', [K], [1, 4, 0.25]),
  filled('last', [K], (k) => k + 1),
  filled('everywhere', [1, K, SIDE, SIDE], (k) => 1 + Math.floor(k / (SIDE * SIDE))),
  ints('ones', [K, 1, 1]),
  ints('flat', [0, K, -1]),
  ints('square', [0, K, SIDE, SIDE]),
  ints('apart', [0, 1, K, SIDE, SIDE]),
];
const toLast = { perm: [0, 2, 3, 1] }, toFirst = { perm: [0, 3, 1, 2] };

/** Values of tensor `read` in a graph of these nodes, with and without a mask per sample. */
function run(nodes: NodeSpec[], read: string, mask: number[] | null, maskMode?: 'channel' | 'paper'): Float64Array {
  const model = loadModel(makeModel({ nodes, inputs: { x: ['N', C, SIDE, SIDE] }, outputs: [read], initializers: INITIALIZERS }));
  const channelMask = mask ? input('mask', [N, K]) : undefined;
  const g = importGraph(model, { batch: N, channelMask, maskMode });
  const feeds = new Map([[g.inputs[0].node, wavesFor([N, C, SIDE, SIDE])]]);
  if (channelMask) feeds.set(channelMask, Float64Array.from(mask!));
  return values(g, feeds, [g.outputs[0].node])[0];
}

/** torchvision's FrozenBatchNorm2d as it is exported: y = a scale + (beta - mean scale), scale = gamma / sqrt(variance + three). */
const FROZEN = [node('Conv', ['x', 'w'], 'a'), node('Reshape', ['variance', 'ones'], 'v'), node('Add', ['v', 'three'], 've'),
  node('Sqrt', ['ve'], 'root'), node('Reciprocal', ['root'], 'inverse'), node('Reshape', ['gamma', 'ones'], 'g'),
  node('Mul', ['g', 'inverse'], 'scale'), node('Reshape', ['mean', 'ones'], 'm'), node('Mul', ['m', 'scale'], 'ms'),
  node('Reshape', ['beta', 'ones'], 'bt'), node('Sub', ['bt', 'ms'], 'shift'), node('Mul', ['a', 'scale'], 'b'),
  node('Add', ['b', 'shift'], 'y')];

const MASK = [1, 0, 1, 0, 1, 1];

/** Tensors where a channel that is off must be exactly zero, and as without a mask where it is on. */
const ENDS: [string, NodeSpec[], string][] = [
  ['a convolution alone', [node('Conv', ['x', 'w'], 'y')], 'y'],
  ['its bias', [node('Conv', ['x', 'w', 'bias'], 'y')], 'y'],
  ['a bias added by a node', [node('Conv', ['x', 'w'], 'a'), node('Add', ['plus', 'a'], 'y')], 'y'],
  ['batch norm', [node('Conv', ['x', 'w', 'bias'], 'a'), node('BatchNormalization', ['a', ...bn], 'y')], 'y'],
  ['bias by a node, then batch norm', [node('Conv', ['x', 'w'], 'a'), node('Add', ['a', 'plus'], 'b'),
    node('BatchNormalization', ['b', ...bn], 'y')], 'y'],
  ['batch norm written as scale and shift', [node('Conv', ['x', 'w'], 'a'), node('Mul', ['a', 'times'], 'b'),
    node('Add', ['b', 'plus'], 'y')], 'y'],
  ['a convolution read twice ends at itself', [node('Conv', ['x', 'w', 'bias'], 'y'), node('BatchNormalization', ['y', ...bn], 'b'),
    node('Add', ['y', 'b'], 'z')], 'y'],
  ['an output of the graph ends at itself', [node('Conv', ['x', 'w', 'bias'], 'y'), node('BatchNormalization', ['y', ...bn], 'b')], 'y'],
  ['a constant common to all channels is no bias', [node('Conv', ['x', 'w', 'bias'], 'a'), node('Add', ['a', 'three'], 'b'),
    node('Sub', ['b', 'three'], 'y')], 'y'],
  ['batch norm behind Identity and Cast', [node('Conv', ['x', 'w'], 'a'), node('Identity', ['a'], 'b'), node('Cast', ['b'], 'c', { to: 1 }),
    node('BatchNormalization', ['c', ...bn], 'y')], 'y'],
  ['batch norm between two reshapes', [node('Conv', ['x', 'w'], 'a'), node('Reshape', ['a', 'flat'], 'b'),
    node('BatchNormalization', ['b', ...bn], 'c'), node('Reshape', ['c', 'square'], 'y')], 'y'],
  ['scale and bias with the channels last', [node('Conv', ['x', 'w'], 'a'), node('Transpose', ['a'], 'b', toLast),
    node('Mul', ['b', 'last'], 'c'), node('Add', ['last', 'c'], 'd'), node('Transpose', ['d'], 'y', toFirst)], 'y'],
  ['a bias added where the reshape leaves one more axis', [node('Conv', ['x', 'w'], 'a'), node('Reshape', ['a', 'apart'], 'b'),
    node('Add', ['b', 'plus'], 'c'), node('Reshape', ['c', 'square'], 'y')], 'y'],
  ['a bias that is computed', [node('Conv', ['x', 'w'], 'a'), node('Reshape', ['last', 'ones'], 'b'), node('Neg', ['b'], 'c'),
    node('Sub', ['a', 'c'], 'y')], 'y'],
  ['a bias given for every place', [node('Conv', ['x', 'w'], 'a'), node('Add', ['a', 'everywhere'], 'y')], 'y'],
  ['frozen batch norm, computed by nodes', FROZEN, 'y'],
  ['a bias after batch norm', [node('Conv', ['x', 'w'], 'a'), node('BatchNormalization', ['a', ...bn], 'b'),
    node('Add', ['b', 'plus'], 'y')], 'y'],
  ['a bias after a common factor', [node('Conv', ['x', 'w'], 'a'), node('Mul', ['a', 'three'], 'b'), node('Add', ['b', 'plus'], 'y')], 'y'],
  ['instance norm', [node('Conv', ['x', 'w'], 'a'), node('InstanceNormalization', ['a', 'gamma', 'beta'], 'y')], 'y'],
  ['the shape read besides', [node('Conv', ['x', 'w'], 'a'), node('Shape', ['a'], 's'), node('Reshape', ['a', 's'], 'b'),
    node('BatchNormalization', ['b', ...bn], 'y')], 'y'],
];

const channel = suite("mask mode 'channel'");
for (const [name, nodes, read] of ENDS) {
  channel(name, () => {
    const whole = run(nodes, read, null);
    const masked = run(nodes, read, MASK);
    assert.ok(whole.every((v) => v !== 0));
    masked.forEach((v, i) => assert.is(Math.abs(v), Math.abs(MASK[Math.floor(i / PLANE)] * whole[i])));
    assert.equal([...run(nodes, read, MASK.map(() => 1))], [...whole]);
  });
}
channel('a channel shuffled between the convolution and its bias is the same channel', () => {
  const nodes = [node('Conv', ['x', 'w4'], 'a'), node('Reshape', ['a', 'pairs'], 'b'),
    node('Transpose', ['b'], 'c', { perm: [0, 2, 1, 3, 4] }), node('Reshape', ['c', 'four'], 'd'), node('Add', ['d', 'plus4'], 'y')];
  const model = loadModel(
    makeModel({ nodes, inputs: { x: [1, C, SIDE, SIDE] }, outputs: ['y'],
      initializers: [filled('w4', [4, C, 1, 1], wave), filled('plus4', [4, 1, 1], (k) => k + 1), ints('pairs', [1, 2, 2, SIDE, SIDE]),
        ints('four', [1, 4, SIDE, SIDE])] })
  );
  const channelMask = input('mask', [1, 4]);
  const g = importGraph(model, { batch: 1, channelMask });
  const feeds = new Map([[g.inputs[0].node, wavesFor([1, C, SIDE, SIDE])], [channelMask, Float64Array.of(1, 0, 1, 1)]]);
  const [y] = values(g, feeds, [g.outputs[0].node]);
  // Channels 0, 2, 1, 3: the convolution's second filter stands third.
  assert.equal([0, 1, 2, 3].map((k) => y.subarray(k * PLANE, (k + 1) * PLANE).every((v) => Math.abs(v) === 0)), [false, false, true,
    false]);
});

channel('a normalization that mixes channels ends none: that is said, and so is a group norm written out', () => {
  const layer = [node('Conv', ['x', 'w'], 'a'), node('Transpose', ['a'], 'b', toLast),
    node('LayerNormalization', ['b', 'gamma', 'beta'], 'y')];
  const group = [node('Conv', ['x', 'w'], 'a'), node('Reshape', ['a', 'whole'], 'b'),
    node('InstanceNormalization', ['b', 'one', 'one'], 'y')];
  const initializers = [...INITIALIZERS, ints('whole', [0, 1, -1]), floats('one', [1], [1])];
  for (const [nodes, end] of [[layer, /off are zero before LayerNormalization "y", which mixes channels/], [group,
    /before InstanceNormalization "y", which reads them after Reshape "b" has joined them/]] as const) {
    const model = loadModel(makeModel({ nodes, inputs: { x: [1, C, SIDE, SIDE] }, outputs: ['y'], initializers, opset: 17 }));
    const [tail] = importGraph(model).tails;
    assert.is(tail.end, 'a');
    assert.match(tail.notice!, end);
  }
});

channel('a mask of another size is refused', () => {
  const model = loadModel(
    makeModel({ nodes: [node('Conv', ['x', 'w'], 'y')], inputs: { x: ['N', C, SIDE, SIDE] }, outputs: ['y'], initializers: INITIALIZERS })
  );
  for (const [n, f] of [[N, K + 1], [N, K - 1], [N + 1, K]]) {
    assert.throws(() => importGraph(model, { batch: N, channelMask: input('mask', [n, f]) }), /channel mask \[\d,\d\]/);
  }
});
channel.run();

// The paper zeroes the weight and batch norm's shift, and nothing else.
const paper = suite("mask mode 'paper'");

paper('batch norm: what zeroing weight and shift leaves', () => {
  const nodes = [node('Conv', ['x', 'w', 'bias'], 'a'), node('BatchNormalization', ['a', ...bn], 'y')];
  const whole = run(nodes, 'y', null);
  const masked = run(nodes, 'y', MASK, 'paper');
  const [bias, gamma, mean, variance] = [[1, -2, 3], [1, 2, -1], [0.25, 0.5, -0.5], [1, 4, 0.25]];
  masked.forEach((v, i) => {
    const k = Math.floor(i / PLANE) % K;
    const off = (gamma[k] / Math.sqrt(variance[k] + Math.fround(1e-5))) * (bias[k] - mean[k]);
    const want = MASK[Math.floor(i / PLANE)] ? whole[i] : off;
    assert.ok(Math.abs(v - want) < TOLERANCE.maskedOutput, `${v}, expected ${want}`);
  });
});

paper('batch norm folded or missing: as the channel', () => {
  const nodes = [node('Conv', ['x', 'w', 'bias'], 'y')];
  assert.equal([...run(nodes, 'y', MASK, 'paper')], [...run(nodes, 'y', MASK)]);
});

paper.run();
