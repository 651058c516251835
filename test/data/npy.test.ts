/** NumPy files, read and written. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ndarray, rowMajor } from '../../src/data/ndarray.js';
import { parseFloatNpy, parseNpy, writeNpy } from '../../src/data/npy.js';

/** A file with the given header text, built by the format's description. */
function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...length, ...Buffer.from(header), ...data]);
}
const dict = (descr: string, shape: string, order = 'False') => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const bytesOf = (a: ArrayBufferView) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

// ---------------------------------------------------------------- parseNpy

const parse = suite('parseNpy');

for (const version of [1, 2, 3]) {
  parse(`version ${version}, from an unaligned start`, () => {
    const a = parseNpy(file(dict('<f4', '(2, 3)') + ' '.repeat(version), bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)), version));
    assert.equal(a.shape, [2, 3]);
    assert.is(a.get(1, 0), 4);
  });
}

for (const [descr, data] of [
  ['<f8', Float64Array.of(0.1, -2)],
  ['<i8', BigInt64Array.of(-5n, 2n ** 40n)],
  ['<i4', Int32Array.of(-1, 7)],
  ['<i2', Int16Array.of(-1, 7)],
  ['|u1', Uint8Array.of(0, 255)],
  ['|i1', Int8Array.of(-1, 1)],
  ['<u2', Uint16Array.of(1, 65535)],
  ['<u4', Uint32Array.of(1, 2 ** 32 - 1)],
  ['<u8', BigUint64Array.of(1n, 2n ** 63n)],
  ['|b1', Uint8Array.of(0, 1)],
] as const) {
  parse(`elements of ${descr}`, () => assert.equal(parseNpy(file(dict(descr, '(2,)'), bytesOf(data))).data, data));
}

parse('big-endian numbers', () => assert.is(parseNpy(file(dict('>i4', '(1,)'), Uint8Array.of(0, 0, 1, 2))).get(0), 258));
parse('a scalar', () => {
  const a = parseNpy(file(dict('<f4', '()'), bytesOf(Float32Array.of(7))));
  assert.equal([a.shape.length, a.data[0]], [0, 7]);
});
parse('an empty array', () => assert.equal(parseNpy(file(dict('<f4', '(0, 3)'), new Uint8Array(0))).shape, [0, 3]));
parse('one column in Fortran order is the same in C order', () => {
  assert.equal(parseNpy(file(dict('<i4', '(2, 1)', 'True'), bytesOf(Int32Array.of(1, 2)))).shape, [2, 1]);
});

const whole = file(dict('<f4', '(2, 3)'), new Uint8Array(24));
for (const [what, bytes, message] of [
  ['nothing', new Uint8Array(0), /^a\.npy is empty\.$/],
  ['random bytes', Uint8Array.from({ length: 200 }, (_, k) => (k * 73) % 256), /not a \.npy file/],
  ['a later version', Uint8Array.from(whole, (b, k) => (k === 6 ? 9 : b)), /version 1, 2 or 3/],
  ['missing data', whole.subarray(0, -4), /needs 24 bytes of data, but the file has 20/],
  ['data left over', Uint8Array.of(...whole, 0), /has 25/],
  ['a cut header', whole.subarray(0, 40), /cut short inside its header/],
  ['Fortran order', file(dict('<f4', '(2, 3)', 'True'), new Uint8Array(24)), /Fortran order/],
  ['text', file(dict('<U5', '(2,)'), new Uint8Array(40)), /'<U5' cannot be read/],
  ['records', file("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}", new Uint8Array(8)), /one plain array/],
] as const) {
  parse(`refuses ${what}`, () => assert.throws(() => parseNpy(bytes, 'a.npy'), message));
}

parse('parseFloatNpy converts', () => {
  assert.equal(parseFloatNpy(file(dict('<i8', '(2,)'), bytesOf(BigInt64Array.of(3n, -4n)))).data, Float32Array.of(3, -4));
});

parse.run();

// ---------------------------------------------------------------- writeNpy

const write = suite('writeNpy');

for (const shape of [[], [6], [2, 3], [1, 1, 6]]) {
  write(`shape [${shape}] comes back, its data at a multiple of 64`, () => {
    const a = ndarray(Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, k) => k / 3), shape);
    const bytes = writeNpy(a);
    assert.is((bytes.length - a.data.byteLength) % 64, 0);
    const back = parseNpy(bytes);
    assert.equal(back.shape, shape);
    assert.equal(back.data, a.data);
  });
}

write('a transposed view is written in row-major order', () => {
  const t = ndarray(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0);
  assert.equal(rowMajor(t), Int32Array.of(1, 4, 2, 5, 3, 6));
  assert.equal(parseNpy(writeNpy(t)).data, Int32Array.of(1, 4, 2, 5, 3, 6));
});

write.run();
