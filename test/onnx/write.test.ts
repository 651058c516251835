/** ONNX files with some weights replaced, and all else as it was. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto, { type onnx } from 'onnx-proto';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { withWeights } from '../../src/onnx/write.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { filled, floats, ints, makeModel } from './make.js';

const raw = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
/** x w + the rest: one weight 'w' of two numbers, stored as given. */
const file = (w: Partial<onnx.ITensorProto>): Uint8Array =>
  makeModel({
    nodes: [{ op: 'Cast', inputs: ['w'], outputs: ['f'], attributes: { to: 1 } }, { op: 'Mul', inputs: ['x', 'f'], outputs: ['y'] }],
    inputs: { x: ['N', 2] },
    outputs: ['y'],
    initializers: [filled('before', [2], () => 7), { name: 'w', dims: [2], docString: 'kept', ...w }, filled('after', [2], () => 8)],
  });
const valuesOf = (bytes: Uint8Array, name = 'w'): number[] => [...importGraph(loadModel(bytes), { batch: 1 }).weights.get(name)!.data];
const one = (name: string, ...values: number[]) => new Map([[name, Float32Array.from(values)]]);

const test = suite('withWeights');

const FORMS: [string, Partial<onnx.ITensorProto>][] = [
  ['float, raw', { dataType: 1, rawData: raw(Float32Array.of(1, 2)) }],
  ['float, typed', { dataType: 1, floatData: [1, 2] }],
  ['double, raw', { dataType: 11, rawData: raw(Float64Array.of(1, 2)) }],
  ['double, typed', { dataType: 11, doubleData: [1, 2] }],
  ['half, raw', { dataType: 10, rawData: raw(Uint16Array.of(0x3c00, 0x4000)) }],
  ['half, typed', { dataType: 10, int32Data: [0x3c00, 0x4000] }],
  ['bfloat16, raw', { dataType: 16, rawData: raw(Uint16Array.of(0x3f80, 0x4000)) }],
  ['bfloat16, typed', { dataType: 16, int32Data: [0x3f80, 0x4000] }],
];
for (const [name, form] of FORMS) {
  test(`${name}: the values change, nothing else does`, () => {
    const before = file(form);
    const after = withWeights(before, one('w', -0.5, 96));
    assert.equal(valuesOf(after), [-0.5, 96]);
    const [was, is] = [before, after].map((b) => onnxProto.onnx.ModelProto.decode(b));
    const tensor = is.graph!.initializer![1];
    assert.is(tensor.dataType, form.dataType);
    assert.is(tensor.docString, 'kept');
    assert.is((tensor.rawData?.length ?? 0) > 0, form.rawData !== undefined);
    is.graph!.initializer![1] = was.graph!.initializer![1];
    assert.equal(onnxProto.onnx.ModelProto.encode(is).finish(), onnxProto.onnx.ModelProto.encode(was).finish());
    assert.equal(withWeights(after, one('w', 1, 2)), before);
  });
}

test('fields this version of the format does not know stay', () => {
  // Field 77 in the model, appended; the decoder would drop it.
  const before = Uint8Array.from([...file(FORMS[0][1]), 0xea, 0x04, 0x03, 1, 2, 3]);
  const after = withWeights(before, one('w', 5, 6));
  assert.equal(valuesOf(after), [5, 6]);
  assert.equal([...after.subarray(-6)], [0xea, 0x04, 0x03, 1, 2, 3]);
});

test("a Constant node's values", () => {
  const bytes = makeModel({
    nodes: [{ op: 'Constant', name: 'c', inputs: [], outputs: ['w'], attributes: { value: floats('inner', [2], [1, 2]) } }, { op: 'Mul',
      inputs: ['x', 'w'], outputs: ['y'] }],
    inputs: { x: ['N', 2] },
    outputs: ['y'],
  });
  assert.equal(valuesOf(withWeights(bytes, one('w', 5, 6))), [5, 6]);
});

test('external data move into the file', () => {
  const bytes = file({ dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] });
  assert.equal(valuesOf(withWeights(bytes, one('w', 5, 6))), [5, 6]);
});

test('refusals', () => {
  const bytes = file(FORMS[4][1]);
  assert.throws(() => withWeights(bytes, one('v', 1, 2)), /^the file has no weight "v"$/);
  assert.throws(() => withWeights(bytes, one('w', 1)), /^weight "w" has 2 values, 1 were given$/);
  assert.throws(() => withWeights(bytes, one('w', 1, NaN)), /^weight "w" holds NaN at position 1/);
  assert.throws(() => withWeights(bytes, one('w', 1, 70000)), /^weight "w" is kept as float16, which cannot hold 70000 \(position 1\)$/);
  const made = makeModel({
    nodes: [{ op: 'ConstantOfShape', inputs: ['s'], outputs: ['w'] }, { op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
    inputs: { x: ['N', 2] },
    outputs: ['y'],
    initializers: [ints('s', [2])],
  });
  assert.throws(() => withWeights(made, one('w', 1, 2)), /^weight "w" is made by a ConstantOfShape node/);
  assert.throws(() =>
    withWeights(makeModel({
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
      inputs: { x: ['N', 2] },
      outputs: ['y'],
      initializers: [ints('k', [1, 2])],
    }), one('k', 1, 2)), /^weight "k" has elements of int64; only weights of floating point can be replaced$/);
});

const model = join(shared, 'data/models/cifar10-resnet20.onnx');
if (skipUnless(existsSync(model), `withWeights on a real model: ${model} is absent`)) {
  test('a real model: there and back is the same file', () => {
    const bytes = readFileSync(model);
    const { weights } = importGraph(loadModel(bytes));
    const original = new Map([...weights].map(([name, w]) => [name, w.data]));
    const doubled = new Map([...original].map(([name, data]) => [name, data.map((v) => 2 * v)]));
    const changed = withWeights(bytes, doubled);
    for (const [name, w] of importGraph(loadModel(changed)).weights) assert.equal(w.data, doubled.get(name));
    assert.is(Buffer.compare(withWeights(changed, original), bytes), 0);
  });
}

test.run();
