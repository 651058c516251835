/** What an output says of the classes: probabilities led back to logits, sigmoids, and which of several outputs is meant. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier, type ClassifierOptions } from '../../src/classifier.js';
import type { Node } from '../../src/engine/graph.js';
import { loadModel } from '../../src/onnx/model.js';
import { refuseProbabilities } from '../../src/saliency/prediction.js';
import { evaluate } from '../../reference/evaluate.js';
import { filled, floats, ints, makeModel, type ModelSpec, type NodeSpec } from './make.js';
import { wave, wavesFor } from './run.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, name: output,
  inputs, outputs: [output], attributes });
const CLASSES = 4, N = 2;
const BODY = [node('Conv', ['x', 'w', 'bias'], 'a'), node('Relu', ['a'], 'r'), node('GlobalAveragePool', ['r'], 'g'),
  node('Flatten', ['g'], 'f'), node('Gemm', ['f', 'v'], 'z')];
const INITIALIZERS = [
  filled('w', [5, 2, 1, 1], wave),
  filled('bias', [5], (k) => wave(k + 20)),
  filled('v', [5, CLASSES], (k) => 3 * wave(k + 50)),
  filled('v2', [5, CLASSES], (k) => 3 * wave(k + 90)),
  filled('one', [5, 1], (k) => 3 * wave(k + 70)),
  floats('low', [], [1e-7]),
  floats('high', [], [1 - 1e-7]),
  floats('hundred', [], [100]),
  floats('half', [], [0.5]),
  floats('unit', [], [1]),
  ints('last', [1]),
  ints('from', [1]),
  ints('to', [CLASSES]),
  ints('row', [1, 1, 1, -1]),
  ints('plane', [-1, CLASSES, 1, 1]),
];
const make = (tail: readonly NodeSpec[], outputs: readonly string[], more: Partial<ModelSpec> = {}): Uint8Array =>
  makeModel({ nodes: [...BODY, ...tail], inputs: { x: ['N', 2, 3, 3] }, outputs, initializers: INITIALIZERS, ...more });

/** A tensor of the file, or the logits, for two pictures; [N, ...]. */
function run(bytes: Uint8Array, options?: ClassifierOptions, batch = N): { rows: number[][]; network: ReturnType<typeof classifier> } {
  const network = classifier(loadModel(bytes, { name: 'm.onnx' }), undefined, options);
  const { input, logits } = network.build(batch);
  const feeds = new Map<Node, Float64Array>([[input, wavesFor(input.shape)]]);
  const { model } = network;
  const weights = (n: Node, seen = new Set<Node>()): void => {
    if (seen.has(n)) return;
    seen.add(n);
    if (n.op === 'input' && n !== input) {
      feeds.set(n, Float64Array.from(network.weights.get((n as Node<'input'>).attrs.name) ?? []));
    }
    for (const i of n.inputs) weights(i, seen);
  };
  weights(logits);
  assert.ok(model.outputs.length === 1);
  const [values] = evaluate([logits], feeds);
  const each = values.length / batch;
  return { rows: Array.from({ length: batch }, (_, k) => [...values.subarray(k * each, (k + 1) * each)]), network };
}
const softmax = (z: readonly number[]): number[] => {
  const e = z.map((v) => Math.exp(v - Math.max(...z)));
  return e.map((v) => v / e.reduce((x, y) => x + y, 0));
};
function near(got: readonly number[][], want: readonly number[][]): void {
  assert.is(got.length, want.length);
  got.forEach((row, n) =>
    row.forEach((v, k) => assert.ok(Math.abs(v - want[n][k]) < 1e-6, `row ${n}, class ${k}: ${v}, not ${want[n][k]}`))
  );
}

const plain = run(make([], ['z'])).rows;
const other = run(make([node('Gemm', ['f', 'v2'], 'z2')], ['z2'])).rows;
const parts = (z: string): NodeSpec[] => [node('Exp', [z], 'e'), node('ReduceSum', ['e', 'last'], 's'), node('Div', ['e', 's'], 'p')];
const soft = (axis = 1): NodeSpec => node('Softmax', ['z'], 'p', { axis });

/** Written back to the very logits. */
const BACK: [string, NodeSpec[], string][] = [
  ['in its parts', parts('z'), 'p'],
  ['in its parts, the maximum subtracted', [node('ReduceMax', ['z'], 'm', { axes: [1] }), node('Sub', ['z', 'm'], 'c'), ...parts('c')],
    'p'],
  ['by a reciprocal', [...parts('z').slice(0, 2), node('Reciprocal', ['s'], 'i'), node('Mul', ['e', 'i'], 'p')], 'p'],
  ['exp of log-softmax', [node('LogSoftmax', ['z'], 'l', { axis: 1 }), node('Exp', ['l'], 'p')], 'p'],
  ['behind a transposition', [node('Transpose', ['z'], 't', { perm: [1, 0] }), node('Softmax', ['t'], 'q', { axis: 0 }),
    node('Transpose', ['q'], 'p', { perm: [1, 0] })], 'p'],
  ['behind a clip', [soft(), node('Clip', ['p', 'low', 'high'], 'q')], 'q'],
  ['in percent', [soft(), node('Mul', ['p', 'hundred'], 'q')], 'q'],
  ['behind a slice of everything', [soft(), node('Slice', ['p', 'zero', 'to', 'last'], 'q')], 'q'],
];
const scores = suite('a softmax');
for (const [name, tail, output] of BACK) {
  scores(`${name} is led back to what it is applied to`, () => {
    const initializers = [...INITIALIZERS, ints('zero', [0])];
    const { rows, network } = run(make(tail, [output], { initializers }));
    near(rows, plain);
    assert.equal(network.notices, []);
    assert.is(network.classes, CLASSES);
  });
}
scores('with classes cut off leaves the logits of the others, and says so', () => {
  const { rows, network } = run(make([soft(), node('Slice', ['p', 'from', 'to', 'last'], 'q')], ['q']));
  near(rows, plain.map((row) => row.slice(1)));
  assert.match(network.notices.join(), /has 3 of the 4 classes that its softmax goes over, from 1 on/);
});
scores('a mean of two: the logarithms are logits of the same shares', () => {
  const tail = [node('Gemm', ['f', 'v2'], 'z2'), soft(), node('Softmax', ['z2'], 'p2', { axis: 1 }), node('Add', ['p', 'p2'], 's'),
    node('Mul', ['s', 'half'], 'q')];
  const { rows, network } = run(make(tail, ['q']));
  near(rows.map(softmax), plain.map((z, n) => softmax(z).map((p, k) => (p + softmax(other[n])[k]) / 2)));
  assert.match(network.notices.join(), /is probabilities already/);
});
scores('a sigmoid and what is left of 1: two classes', () => {
  const tail = [node('Gemm', ['f', 'one'], 'y'), node('Sigmoid', ['y'], 'p'), node('Sub', ['unit', 'p'], 'n'),
    node('Concat', ['n', 'p'], 'q', { axis: 1 })];
  const want = run(make(tail.slice(0, 1), ['y'])).rows;
  near(run(make(tail, ['q'])).rows.map(softmax), want.map(softmax));
});
scores('logits with extents of 1 around them are a row, whatever stands where', () => {
  near(run(make([node('Reshape', ['z', 'plane'], 'q')], ['q'])).rows, plain);
  near(run(make([node('Reshape', ['z', 'row'], 'q')], ['q']), {}, 1).rows, plain.slice(0, 1));
});
scores.run();

const sigmoids = suite('sigmoids');
for (const [name, tail] of [['a sigmoid', [node('Sigmoid', ['y'], 'p')]], ['a logit', [node('Identity', ['y'], 'p')]], [
  'a sigmoid without its axis',
  [node('Sigmoid', ['y'], 's'), node('Squeeze', ['s', 'last'], 'p')],
]] as const) {
  sigmoids(`${name} for each picture is two classes`, () => {
    const { rows, network } = run(make([node('Gemm', ['f', 'one'], 'y'), ...tail], ['p']));
    assert.is(network.classes, 2);
    const z = rows.map((row) => row[1]);
    assert.equal(rows.map((row) => Math.abs(row[0])), [0, 0]);
    assert.ok(z.every((v) => Math.abs(v) > 0.01));
    assert.match(network.notices.join(), /two classes|class 1 \(yes\)/);
  });
}
sigmoids('of each label by itself are refused, and so is the softmax of one number', () => {
  assert.throws(() => run(make([node('Sigmoid', ['z'], 'p')], ['p'])), /^m\.onnx gives a sigmoid for each of 4 labels by itself \("p"\)/);
  const one = [node('Gemm', ['f', 'one'], 'y'), node('Softmax', ['y'], 'p', { axis: 1 })];
  assert.throws(() => run(make(one, ['p'])), /the softmax of one number \("p"\), which is always 1/);
});
sigmoids('answers that are probabilities are refused when they are first seen', () => {
  assert.throws(() => refuseProbabilities([Float32Array.of(0.25, 0.75), Float32Array.of(1, 0)]),
    /sum to 1: they are probabilities already/);
  assert.throws(() => refuseProbabilities([Float32Array.of(25, 75)]), /sum to 100/);
  refuseProbabilities([Float32Array.of(0.25, 0.75), Float32Array.of(1, 0.5)]);
  refuseProbabilities([Float32Array.of(-0.5, 1.5)]);
});
sigmoids.run();

const outputs = suite('several outputs');
outputs('features that come first are not taken for classes', () => {
  const { rows, network } = run(make([], ['f', 'z']));
  near(rows, plain);
  assert.is(network.output, 'z');
  assert.match(network.notices.join(), /^m\.onnx has several outputs \("f" \[N,5\], "z" \[N,4\]\): "z" is computed from the others/);
});
outputs('the one asked for is taken without a word; the number of classes decides; a wrong name is refused with the right ones', () => {
  const two = make([node('Gemm', ['f', 'one'], 'y'), node('Concat', ['y', 'y', 'y'], 'y3', { axis: 1 })], ['z', 'y3']);
  assert.equal([run(two).network.output, run(two, { classes: 3 }).network.output], ['z', 'y3']);
  const asked = run(make([], ['f', 'z']), { output: 'f' }).network;
  assert.equal([asked.output, asked.classes, asked.notices.length], ['f', 5, 0]);
  assert.throws(() => run(make([], ['f', 'z']), { output: 'q' }), /has no output "q" that could be scores of classes; it has f, z/);
});
outputs('what ArgMax, TopK or ZipMap choose from is taken, looked up or not', () => {
  const names = ints('names', [10, 20, 30, 40]);
  const zip: NodeSpec = { ...node('ZipMap', ['p'], 'q'), domain: 'ai.onnx.ml' };
  const top: NodeSpec = { op: 'TopK', name: 'top', inputs: ['p', 'last'], outputs: ['best', 'q'] };
  for (const last of [[node('ArgMax', ['p'], 'q', { axis: 1 })], [node('ArgMax', ['p'], 'k', { axis: 1 }),
    node('Gather', ['names', 'k'], 'q')], [zip], [top]]) {
    const bytes = make([soft(), ...last], ['q'], { initializers: [...INITIALIZERS, names] });
    near(run(bytes).rows, plain);
    const both = run(make([soft(), ...last], ['q', 'p'], { initializers: [...INITIALIZERS, names] }));
    near(both.rows, plain);
    assert.equal(both.network.notices, []);
  }
});
outputs('what only another output needs is neither checked nor counted', () => {
  const head = [node('Conv', ['r', 'w3'], 'h'), node('Frobnicate', ['h'], 'boxes')];
  const initializers = [...INITIALIZERS, filled('w3', [7, 5, 1, 1], (k) => (k === 3 ? NaN : 1))];
  for (const nodes of [head, [head[0]]]) {
    const { rows, network } = run(make(nodes, [nodes[nodes.length - 1].outputs[0], 'z'], { initializers }));
    near(rows, plain);
    assert.equal(network.layers.map((l) => l.filters), [5]);
  }
});
outputs.run();

const batches = suite('a file made for one picture');
batches('that mixes samples in larger batches is asked one at a time', () => {
  const fixed = { inputs: { x: [1, 2, 3, 3] } };
  assert.is(run(make([], ['z'], fixed)).network.most, undefined);
  const mixing = make([node('Reshape', ['z', 'square'], 's'), node('Transpose', ['s'], 't', { perm: [1, 0, 2] }),
    node('Reshape', ['t', 'flat'], 'm'), node('Add', ['m', 'plus'], 'q'), node('Reshape', ['q', 'all'], 'u')], ['u'], { ...fixed,
    initializers: [...INITIALIZERS, ints('square', [1, 2, 2]), ints('flat', [2, 2]), filled('plus', [2, 2], wave), ints('all', [1, 4])] });
  const { rows, network } = run(mixing, {}, 1);
  assert.is(network.most, 1);
  near(rows, [plain[0].map((v, k) => v + wave(k))]);
});
batches.run();
