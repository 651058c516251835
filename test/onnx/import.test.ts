/** An ONNX model as a graph: batches, weights, convolutions and logits. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { filled, floats, ints, makeModel, type ModelSpec, type NodeSpec } from './make.js';
import { runBytes, wave, wavesFor } from './run.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, name: output,
  inputs, outputs: [output], attributes });
const chain = (shape: (number | string)[], nodes: NodeSpec[], more: Partial<ModelSpec> = {}): Uint8Array =>
  makeModel({ nodes, inputs: { x: shape }, outputs: [nodes[nodes.length - 1].outputs[0]], ...more });

// ---------------------------------------------------------------- batches

const batches = suite('a batch of 3 is three runs of 1');

/** Runs 3 samples at once and one by one. */
function alike(bytes: Uint8Array, sample: readonly number[]): void {
  const whole = runBytes(bytes, { batch: 3 });
  const n = sample.reduce((p, d) => p * d, 1);
  assert.is(whole.shape[0], 3);
  const each = [0, 1, 2].map((k) => runBytes(bytes, { batch: 1 }, wavesFor([1, ...sample], k * n)));
  assert.equal([...whole.output], each.flatMap((e) => [...e.output]));
}

const target = (name: string, values: number[]) => ints(name, values);
const FIXED: [string, NodeSpec[], Partial<ModelSpec>][] = [
  ['Reshape to [1,-1]', [node('Reshape', ['x', 't'], 'y')], { initializers: [target('t', [1, -1])] }],
  ['Reshape to [1,24]', [node('Reshape', ['x', 't'], 'y')], { initializers: [target('t', [1, 24])] }],
  ['Reshape to [-1,24]', [node('Reshape', ['x', 't'], 'y')], { initializers: [target('t', [-1, 24])] }],
  ['Reshape to [0,-1]', [node('Reshape', ['x', 't'], 'y')], { initializers: [target('t', [0, -1])] }],
  ['channels shuffled by constants', [
    node('Reshape', ['x', 't'], 'a'),
    node('Transpose', ['a'], 'b', { perm: [0, 2, 1, 3] }),
    node('Reshape', ['b', 'u'], 'y'),
  ], { initializers: [target('t', [1, 2, 2, 6]), target('u', [1, 4, 2, 3])] }],
  ['samples folded into rows and back', [node('Reshape', ['x', 't'], 'a'), node('Relu', ['a'], 'b'), node('Reshape', ['b', 'u'], 'y')], {
    initializers: [target('t', [4, -1]), target('u', [1, 4, 6])],
  }],
  ['Shape, Gather, Unsqueeze, Concat', [
    node('Shape', ['x'], 's'),
    node('Gather', ['s', 'zero'], 'n', { axis: 0 }),
    node('Unsqueeze', ['n', 'axes'], 'u'),
    node('Concat', ['u', 'minus'], 't', { axis: 0 }),
    node('Reshape', ['x', 't'], 'y'),
  ], { initializers: [ints('zero', [0], []), ints('axes', [0]), ints('minus', [-1])] }],
  ['the first extent by arithmetic', [
    node('Shape', ['x'], 's'),
    node('Slice', ['s', 'zero', 'one'], 'n'),
    node('Mul', ['n', 'two'], 'm'),
    node('Div', ['m', 'two'], 'd'),
    node('Cast', ['d'], 'f', { to: 1 }),
    node('Floor', ['f'], 'g'),
    node('Cast', ['g'], 'h', { to: 7 }),
    node('Concat', ['h', 'minus'], 't', { axis: 0 }),
    node('Reshape', ['x', 't'], 'y'),
  ], { initializers: [ints('zero', [0]), ints('one', [1]), ints('two', [2]), ints('minus', [-1])] }],
  ['Expand to constants', [node('ReduceMean', ['x'], 'm', { axes: [2, 3] }), node('Expand', ['m', 't'], 'y')], {
    initializers: [target('t', [1, 4, 2, 3])],
  }],
  ['a token for every sample', [node('Reshape', ['x', 't'], 'a'), node('Concat', ['token', 'a'], 'y', { axis: 1 })], {
    initializers: [target('t', [1, 4, 6]), filled('token', [1, 1, 6], wave)],
  }],
  ['zeros as many as samples', [
    node('Shape', ['x'], 's'),
    node('ConstantOfShape', ['s'], 'z', { value: floats('', [1], [0.5]) }),
    node('Concat', ['x', 'z'], 'y', { axis: 1 }),
  ], {}],
];
for (const [name, nodes, more] of FIXED) batches(`${name}, batch fixed to 1`, () => alike(chain([1, 4, 2, 3], nodes, more), [4, 2, 3]));
for (const [name, nodes, more] of FIXED.slice(2, 4)) {
  batches(`${name}, batch free`, () => alike(chain(['N', 4, 2, 3], nodes, more), [4, 2, 3]));
}

batches('a file fixed to 2 runs 3 and 1',
  () => alike(chain([2, 4, 2, 3], [node('Reshape', ['x', 't'], 'y')], { initializers: [target('t', [2, 24])] }), [4, 2, 3]));

batches('samples that meet are refused', () => {
  const bytes = chain([1, 4], [node('ReduceSum', ['x', 'axes'], 'y', { keepdims: 0 })], { initializers: [ints('axes', [0])] });
  assert.throws(() => importGraph(loadModel(bytes, { name: 'm' }), { batch: 3 }),
    /^m cannot run with a batch of 3: its output has the shape \[4\]/);
});

batches('open extents must be given', () => {
  const model = loadModel(chain(['N', 3, 'height', 8], [node('Relu', ['x'], 'y')]), { name: 'm' });
  assert.throws(() => importGraph(model, { batch: 2 }), /^input "x" of m leaves dimension 2 \("height"\) open: give its shape/);
  assert.equal([...importGraph(model, { shapes: { x: [2, 3, 5, 8] } }).logits.shape], [2, 3, 5, 8]);
  assert.throws(() => importGraph(model, { shapes: { x: [2, 3] } }), /has 4 dimensions; the shape \[2,3\] was given/);
});

batches.run();

// ---------------------------------------------------------------- weights

const weights = suite('weights');

const half = { name: 'h', dims: [2], dataType: 10, rawData: new Uint8Array(Uint16Array.of(0x3c00, 0x4000).buffer) };
const WAYS: [string, string, NodeSpec[], ModelSpec['initializers']][] = [
  ['an initializer', 'w', [], [floats('w', [2], [1, 2])]],
  ['Identity of one', 'i', [node('Identity', ['i'], 'w')], [floats('i', [2], [1, 2])]],
  ['Cast of one', 'h', [node('Cast', ['h'], 'w', { to: 1 })], [half]],
  ['Transpose of one', 'i', [node('Transpose', ['i'], 'w', { perm: [0] })], [floats('i', [2], [1, 2])]],
  ['Constant', 'w', [{ op: 'Constant', inputs: [], outputs: ['w'], attributes: { value: floats('', [2], [1, 2]) } }], []],
];
for (const [name, key, nodes, initializers] of WAYS) {
  weights(`${name} can be addressed`, () => {
    const { graph, output } = runBytes(chain(['N', 2], [...nodes, node('Mul', ['x', 'w'], 'y')], { initializers }), { batch: 1 },
      Float64Array.of(10, 100));
    assert.equal([...output], [10, 200]);
    assert.equal([...graph.weights.keys()], [key]);
    assert.equal([...graph.weights.get(key)!.data], [1, 2]);
  });
}

weights('ConstantOfShape makes one', () => {
  const bytes = chain(['N', 2], [node('ConstantOfShape', ['s'], 'w', { value: floats('', [1], [3]) }), node('Mul', ['x', 'w'], 'y')], {
    initializers: [ints('s', [2])],
  });
  assert.equal([...runBytes(bytes, { batch: 1 }).graph.weights.get('w')!.data], [3, 3]);
});

weights('single numbers and integers are none', () => {
  const bytes = chain(['N', 2], [node('Cast', ['k'], 'f', { to: 1 }), node('Mul', ['x', 'f'], 'z'), node('Add', ['z', 'c'], 'y')], {
    initializers: [ints('k', [2, 3]), floats('c', [], [0.5])],
  });
  const { graph, output } = runBytes(bytes, { batch: 1 }, Float64Array.of(1, 1));
  assert.equal([...output], [2.5, 3.5]);
  assert.is(graph.weights.size, 0);
});

weights('whole numbers stay exact past 2^24', () => {
  const big = 2 ** 24 + 1;
  const bytes = chain(['N', 2], [node('Sub', ['a', 'b'], 't'), node('Concat', ['minus', 't'], 's', { axis: 0 }),
    node('Reshape', ['x', 's'], 'y')], { initializers: [ints('a', [big + 1]), ints('b', [big]), ints('minus', [-1])] });
  assert.equal([...runBytes(bytes, { shapes: { x: [2, 2] } }).shape], [4, 1]);
});

weights.run();

// ---------------------------------------------------------------- convolutions

const convs = suite('convolutions');

const twice: ModelSpec = {
  nodes: [node('Conv', ['x', 'a'], 'p'), node('Relu', ['p'], 'q'), node('Conv', ['q', 'b', 'bias'], 'r'), node('Conv', ['r', 'a'], 's'),
    node('Conv', ['s', 'c'], 'y')],
  inputs: { x: ['N', 2, 4, 4] },
  outputs: ['y'],
  initializers: [filled('c', [5, 2, 1, 1], wave), filled('a', [2, 2, 1, 1], wave), filled('b', [2, 2, 3, 3], wave),
    floats('bias', [2], [1, 2])],
};

convs('are numbered in the order of their nodes, a shared weight once', () => {
  const g = importGraph(loadModel(makeModel(twice)), { batch: 2 });
  assert.equal(g.convs.map((l) => [l.node, l.weight, l.filters, l.offset, l.others.map((o) => o.node)]), [['p', 'a', 2, 0, ['s']], ['r',
    'b', 2, 2, []], ['y', 'c', 5, 4, []]]);
  assert.is(g.filters, 9);
  for (const l of g.convs) {
    assert.is(l.output.op, 'conv');
    assert.is(l.input, l.output.inputs[0]);
    assert.is(l.weightNode, g.weights.get(l.weight)!.node);
  }
});

convs('one and three spatial dimensions keep their weight and samples', () => {
  const one = importGraph(loadModel(chain(['N', 2, 9], [node('Conv', ['x', 'w'], 'y')], { initializers: [filled('w', [3, 2, 4], wave)] })),
    { batch: 2 });
  const three = importGraph(
    loadModel(chain(['N', 2, 4, 5, 6], [node('Conv', ['x', 'w'], 'y')], { initializers: [filled('w', [3, 2, 2, 3, 2], wave)] })),
    { batch: 2 }
  );
  for (const g of [one, three]) {
    assert.equal(g.convs.map((l) => [l.weight, l.filters, l.output.shape[0], l.output.shape[1]]), [['w', 3, 2, 3]]);
    assert.is(g.convs[0].weightNode, g.weights.get('w')!.node);
  }
});

convs("what goes wrong is told with the node's name", () => {
  const bytes = chain(['N', 3, 4, 4], [node('Conv', ['x', 'w'], 'y')], { initializers: [filled('w', [1, 2, 3, 3], wave)] });
  assert.throws(() => importGraph(loadModel(bytes, { name: 'm' }), { batch: 1 }),
    /^m: Conv "y": .*weight \[1,2,3,3\] with 1 groups does not fit 3 input channels/);
  const lost = chain(['N', 3], [node('Relu', ['z'], 'y')]);
  assert.throws(() => importGraph(loadModel(lost, { name: 'm' }), { batch: 1 }), /^m: Relu "y" reads "z", which nothing before it gives/);
  const data = chain(['N', 3], [node('Reshape', ['x', 'x'], 'y')]);
  assert.throws(() => importGraph(loadModel(data, { name: 'm' }), { batch: 1 }), /^m: Reshape "y": input 1 \("x"\) depends on the data/);
});

convs.run();

// ---------------------------------------------------------------- logits

const logits = suite('logits');

const ENDS: [string, NodeSpec[], boolean, number?][] = [
  ['Softmax', [node('Softmax', ['z'], 'y')], true],
  ['LogSoftmax', [node('LogSoftmax', ['z'], 'y', { axis: 1 })], true],
  ['Log of Softmax', [node('Softmax', ['z'], 'a'), node('Log', ['a'], 'y')], true],
  ['Softmax, Identity, Flatten', [node('Softmax', ['z'], 'a'), node('Identity', ['a'], 'b'), node('Flatten', ['b'], 'y')], true],
  ['the old Softmax', [node('Softmax', ['z'], 'y')], true, 11],
  ['Softmax over the samples', [node('Softmax', ['z'], 'y', { axis: 0 })], false],
  ['Softmax followed by more', [node('Softmax', ['z'], 'a'), node('Sqrt', ['a'], 'y')], false],
  ['no Softmax', [node('Identity', ['z'], 'y')], false],
];
for (const [name, end, through, opset] of ENDS) {
  logits(`${name}: ${through ? 'what goes in' : 'the output'}`, () => {
    const g = importGraph(loadModel(chain(['N', 4], [node('Relu', ['x'], 'z'), ...end], { opset })), { batch: 3 });
    assert.is(g.logits.op === 'relu', through || name === 'no Softmax');
    assert.is(g.logits === g.outputs[0].node, !through);
    assert.equal([...g.logits.shape], [3, 4]);
  });
}

logits('extents of 1 after the classes are dropped', () => {
  const pooled = [node('GlobalAveragePool', ['x'], 'z')];
  assert.equal([...importGraph(loadModel(chain(['N', 4, 2, 2], pooled)), { batch: 3 }).logits.shape], [3, 4]);
  const soft = [...pooled, node('Softmax', ['z'], 'y', { axis: 1 })];
  assert.equal([...importGraph(loadModel(chain(['N', 4, 2, 2], soft)), { batch: 3 }).logits.shape], [3, 4]);
});

logits.run();
