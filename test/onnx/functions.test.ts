/** Functions that a file brings along are written out where they are called. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadModel } from '../../src/onnx/model.js';
import { makeModel, type FunctionSpec, type NodeSpec } from './make.js';
import { runBytes } from './run.js';

const node = (op: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}, domain = ''): NodeSpec => ({ op,
  inputs, outputs: [output], attributes, domain });
const call = (name: string, inputs: string[], output: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({
  ...node(name, inputs, output, attributes, 'my'),
  name: `${name} of ${output}`,
});
const fn = (name: string, inputs: string[], outputs: string[], nodes: NodeSpec[], opset?: number): FunctionSpec => ({ domain: 'my', name,
  inputs, outputs, nodes, opset });
const model = (nodes: NodeSpec[], functions: FunctionSpec[], opset = 13): Uint8Array =>
  makeModel({ nodes, functions, opset, inputs: { x: ['N', 3] }, outputs: [nodes[nodes.length - 1].outputs[0]] });
const value = (nodes: NodeSpec[], functions: FunctionSpec[],
  opset?: number): number[] => [...runBytes(model(nodes, functions, opset), { batch: 2 }, Float64Array.of(1, -2, 3, -4, 5, -6)).output];

const functions = suite('functions');

functions('called twice, with the same names inside and outside', () => {
  const half = fn('half', ['x'], ['y'], [node('Relu', ['x'], 't'), node('Add', ['t', 't'], 'y')]);
  assert.equal(value([call('half', ['x'], 't'), call('half', ['t'], 'y')], [half]), [4, 0, 12, 0, 20, 0]);
});
functions('inside each other, and an output that is an input handed on', () => {
  const inner = fn('inner', ['a'], ['b'], [node('Neg', ['a'], 'b')]);
  const outer = fn('outer', ['a'], ['a', 'b'], [call('inner', ['a'], 'c'), node('Relu', ['c'], 'b')]);
  const two: NodeSpec = { ...call('outer', ['x'], 'same'), outputs: ['same', 'r'] };
  assert.equal(value([two, node('Add', ['same', 'r'], 'y')], [inner, outer]), [1, 0, 3, 0, 5, 0]);
});
functions("attributes are the call's, handed on by reference", () => {
  const soft = fn('sum', ['x'], ['y'], [node('ReduceMax', ['x'], 'y', { axes: [1], keepdims: '@keep' })]);
  const twice = fn('twice', ['x'], ['y'], [{ ...call('sum', ['x'], 't', { keep: '@deep' }) }, node('Neg', ['t'], 'y')]);
  assert.equal(value([call('twice', ['x'], 'y', { deep: 0 })], [soft, twice]), [-3, -5]);
  assert.equal(runBytes(model([call('twice', ['x'], 'y', { deep: 1 })], [soft, twice]), { batch: 2 }).shape, [2, 1]);
});
functions('are read in their own version of the operator set', () => {
  // Opset 11 flattens from the axis on: a softmax over one number per row is 1 only where each row is a row.
  const soft = fn('soft', ['x'], ['y'], [node('Softmax', ['x'], 'y', { axis: 0 })], 11);
  const got = value([call('soft', ['x'], 'y')], [soft]);
  assert.ok(Math.abs(got.reduce((a, b) => a + b, 0) - 1) < 1e-12, 'over all six numbers together');
});
functions('without end are refused', () => {
  const endless = fn('endless', ['x'], ['y'], [call('endless', ['x'], 'y')]);
  assert.throws(() => loadModel(model([call('endless', ['x'], 'y')], [endless])), /the function endless of the file calls itself/);
});
functions.run();
