/** Tensors of ONNX files in every form they are stored in. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import onnxProto, { type onnx } from 'onnx-proto';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from '../../src/data/half.js';
import { checkFinite, decodeTensor, decodeTensorFile } from '../../src/onnx/tensor.js';

const { TensorProto } = onnxProto.onnx;
const TYPE = { float: 1, uint8: 2, int8: 3, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, half: 10, double: 11, uint64: 13, brain: 16 };
const raw = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
/** Through the wire and back, as it comes out of a file. */
const read = (t: onnx.ITensorProto): number[] => [...decodeTensorFile(TensorProto.encode(t).finish()).data];

// ---------------------------------------------------------------- storage forms

const forms = suite('decodeTensor: storage forms');

const STORED: [string, onnx.ITensorProto, number[]][] = [
  ['float, raw', { dataType: TYPE.float, dims: [3], rawData: raw(Float32Array.of(1.5, -2, 3e-30)) }, [1.5, -2, Math.fround(3e-30)]],
  ['float, typed', { dataType: TYPE.float, dims: [3], floatData: [1.5, -2, 0.25] }, [1.5, -2, 0.25]],
  ['double, raw', { dataType: TYPE.double, dims: [2], rawData: raw(Float64Array.of(1.5, 1e200)) }, [1.5, 1e200]],
  ['double, typed', { dataType: TYPE.double, dims: [2], doubleData: [1.5, 0.1] }, [1.5, 0.1]],
  ['half, raw', { dataType: TYPE.half, dims: [4], rawData: raw(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff)) }, [1, -2, 2 ** -24, 65504]],
  ['half, typed', { dataType: TYPE.half, dims: [2], int32Data: [0x3c00, 0x8400] }, [1, -(2 ** -14)]],
  ['bfloat16, raw', { dataType: TYPE.brain, dims: [2], rawData: raw(Uint16Array.of(0x3f80, 0xc049)) }, [1, -3.140625]],
  ['bfloat16, typed', { dataType: TYPE.brain, dims: [1], int32Data: [0x3f80] }, [1]],
  ['int64, raw', { dataType: TYPE.int64, dims: [2], rawData: raw(BigInt64Array.of(-5n, 2n ** 40n)) }, [-5, 2 ** 40]],
  ['int64, typed', { dataType: TYPE.int64, dims: [2], int64Data: [-5, 2 ** 40] }, [-5, 2 ** 40]],
  ['uint64, raw', { dataType: TYPE.uint64, dims: [1], rawData: raw(BigUint64Array.of(2n ** 63n)) }, [2 ** 63]],
  ['int32, raw', { dataType: TYPE.int32, dims: [2], rawData: raw(Int32Array.of(-7, 9)) }, [-7, 9]],
  ['int32, typed', { dataType: TYPE.int32, dims: [2], int32Data: [-7, 9] }, [-7, 9]],
  ['int16, raw', { dataType: TYPE.int16, dims: [2], rawData: raw(Int16Array.of(-7, 900)) }, [-7, 900]],
  ['int8, raw', { dataType: TYPE.int8, dims: [2], rawData: raw(Int8Array.of(-7, 9)) }, [-7, 9]],
  ['uint8, raw', { dataType: TYPE.uint8, dims: [2], rawData: Uint8Array.of(0, 255) }, [0, 255]],
  ['bool, raw', { dataType: TYPE.bool, dims: [2], rawData: Uint8Array.of(1, 0) }, [1, 0]],
  ['bool, typed', { dataType: TYPE.bool, dims: [2], int32Data: [1, 0] }, [1, 0]],
  ['a scalar', { dataType: TYPE.float, rawData: raw(Float32Array.of(4)) }, [4]],
  ['nothing', { dataType: TYPE.int64, dims: [0] }, []],
];
for (const [name, tensor, want] of STORED) forms(name, () => assert.equal(read(tensor), want));

forms('raw data at every alignment', () => {
  for (let k = 0; k < 8; k++) {
    const name = 'n'.repeat(k + 1);
    for (const wrap of [(b: Uint8Array) => b, (b: Uint8Array) => Buffer.from(b)]) {
      const bytes = wrap(TensorProto.encode({ name, dataType: TYPE.double, dims: [2], rawData: raw(Float64Array.of(0.5, 8)) }).finish());
      assert.equal([...decodeTensorFile(bytes).data], [0.5, 8]);
    }
  }
});

forms('the decoded numbers are a copy', () => {
  const bytes = new Uint8Array(TensorProto.encode({ dataType: TYPE.float, dims: [1], rawData: raw(Float32Array.of(4)) }).finish());
  const { data } = decodeTensorFile(bytes);
  bytes.fill(0);
  assert.is(data[0], 4);
});

forms.run();

// ---------------------------------------------------------------- refusals

const refusals = suite('decodeTensor: refusals');

const REFUSED: [string, onnx.ITensorProto, RegExp][] = [
  ['too few bytes', { dataType: TYPE.float, dims: [3], rawData: new Uint8Array(8) },
    /^w has 8 bytes of data where its shape and type ask for 12/],
  ['too few values', { dataType: TYPE.float, dims: [3], floatData: [1] }, /^w has 1 values where its shape asks for 3/],
  ['no values', { dataType: TYPE.float, dims: [3] }, /^w has 0 values where its shape asks for 3/],
  ['strings', { dataType: TYPE.string, dims: [1] }, /^w holds elements of string/],
  ['a negative dimension', { dataType: TYPE.float, dims: [-1] }, /^w has the impossible shape \[-1\]/],
  ['segments', { dataType: TYPE.float, dims: [1], segment: { begin: 0, end: 1 } }, /^w is split into segments/],
];
for (const [name, tensor, message] of REFUSED) refusals(name, () => assert.throws(() => decodeTensor(tensor, 'w'), message));

refusals('files that are no tensor', () => {
  assert.throws(() => decodeTensorFile(new Uint8Array(0), 'a.pb'), /^a\.pb is not an ONNX tensor: it is empty$/);
  assert.throws(() => decodeTensorFile(Uint8Array.of(0x08, 0xff), 'a.pb'), /^a\.pb is not an ONNX tensor: /);
});

refusals('NaN always, infinity unless allowed', () => {
  assert.throws(() => checkFinite(Float32Array.of(0, NaN), 'w', true), /^w holds NaN at position 1/);
  assert.throws(() => checkFinite(Float32Array.of(-Infinity), 'w'), /^w holds an infinite value at position 0/);
  checkFinite(Float32Array.of(-Infinity, 3e38, -0), 'w', true);
});

refusals.run();

// ---------------------------------------------------------------- external data

const external = suite('decodeTensor: external data');

const store = Uint8Array.from({ length: 64 }, (_, k) => k);
const outside = (location: string, more: Record<string, string> = {}): onnx.ITensorProto => ({
  dataType: TYPE.uint8,
  dims: [4],
  dataLocation: 1,
  externalData: Object.entries({ location, ...more }).map(([key, value]) => ({ key, value })),
});
const reader = (path: string, offset: number, length: number): Uint8Array => {
  if (path !== 'weights/w.bin') throw new Error('no such file');
  return store.subarray(offset, offset + length);
};

external('is read at its offset', () => {
  assert.equal([...decodeTensor(outside('weights/w.bin', { offset: '16', length: '4' }), 'w', reader).data], [16, 17, 18, 19]);
  assert.equal([...decodeTensor(outside('weights/w.bin'), 'w', reader).data], [0, 1, 2, 3]);
});

for (const path of ['../w.bin', 'weights/../../w.bin', '/etc/passwd', '\\share\\w', 'a\\..\\..\\w', 'C:\\w.bin', 'file:///etc/passwd', '',
  'a\0b']) {
  external(`${JSON.stringify(path)} leaves the folder`, () => {
    let asked = false;
    const spy = (): Uint8Array => {
      asked = true;
      return store.subarray(0, 4);
    };
    assert.throws(() => decodeTensor(outside(path), 'w', spy), /not a file within the model's folder: refused$/);
    assert.not(asked);
  });
}

external('missing, short or without a folder: one sentence', () => {
  assert.throws(() => decodeTensor(outside('gone.bin'), 'w', reader),
    /^w is kept in the file "gone\.bin" beside the model, which cannot be read \(no such file\)/);
  assert.throws(() => decodeTensor(outside('weights/w.bin', { offset: '62' }), 'w', reader),
    /^w needs 4 bytes at 62 of "weights\/w\.bin", which has only 2 there/);
  assert.throws(() => decodeTensor(outside('weights/w.bin', { length: '5' }), 'w', reader), /its shape asks for 4/);
  assert.throws(() => decodeTensor(outside('weights/w.bin', { offset: '-1' }), 'w', reader), /the file is damaged/);
  assert.throws(() => decodeTensor(outside('weights/w.bin'), 'w'), /opened without its folder/);
});

external.run();

// ---------------------------------------------------------------- sixteen bits

const sixteen = suite('half precision');

sixteen('every number goes there and back', () => {
  for (let h = 0; h < 65536; h++) {
    const v = fromHalf(h);
    if (v === v) assert.is(toHalf(v), h, `half ${h}`);
    const w = fromBfloat16(h);
    if (w === w) assert.is(toBfloat16(w), h, `bfloat16 ${h}`);
  }
});

sixteen('rounds to the nearest, ties to even', () => {
  for (let h = 0; h < 0x7bff; h++) {
    const [low, high] = [fromHalf(h), fromHalf(h + 1)];
    assert.is(toHalf((low + high) / 2), h % 2 === 0 ? h : h + 1);
    assert.is(toHalf(low + (high - low) * 0.49), h);
    assert.is(toHalf(low + (high - low) * 0.51), h + 1);
  }
  assert.is(toHalf(65520), 0x7c00);
  assert.is(toHalf(65519), 0x7bff);
});

sixteen.run();
