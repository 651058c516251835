/** NumPy files, read and written. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ndarray, rowMajor } from '../../src/data/ndarray.js';
import { Classes } from '../../src/data/classes.js';
import { parseNpyLabels } from '../../src/data/npy-labels.js';
import { inputValues, mendShape, npyHeader, npyInputs, parseFloatNpy, parseNpy, writeNpy } from '../../src/data/npy.js';

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
parse('float16 of either byte order comes as float32', () => {
  const halves = Uint8Array.of(0x00, 0x3c, 0x00, 0xc1, 0xff, 0x7b);
  assert.equal(parseNpy(file(dict('<f2', '(3,)'), halves)).data, Float32Array.of(1, -2.5, 65504));
  assert.equal(parseNpy(file(dict('>f2', '(2,)'), Uint8Array.of(0x3c, 0, 0xc1, 0))).data, Float32Array.of(1, -2.5));
});
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
  ['objects', file(dict('|O', '(2,)'), new Uint8Array(40)), /'\|O' cannot be read: they are Python objects, which are not unpickled/],
  ['complex numbers', file(dict('<c8', '(2,)'), new Uint8Array(16)), /they are complex numbers/],
  ['long doubles', file(dict('<f16', '(2,)'), new Uint8Array(32)), /'<f16' cannot be read: save it as float32/],
  ['records', file("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}", new Uint8Array(8)), /one plain array/],
] as const) {
  parse(`refuses ${what}`, () => assert.throws(() => parseNpy(bytes, 'a.npy'), message));
}

parse('parseFloatNpy converts', () => {
  assert.equal(parseFloatNpy(file(dict('<i8', '(2,)'), bytesOf(BigInt64Array.of(3n, -4n)))).data, Float32Array.of(3, -4));
});

parse.run();

// ---------------------------------------------------------------- npyInputs, as explain and profile read them

const inputs = suite('npyInputs');
const open = (bytes: Uint8Array) => npyInputs(npyHeader(bytes, 'x.npy'), 'x.npy');
const swapped = (a: Float32Array) => {
  const view = new DataView(new ArrayBuffer(a.byteLength));
  a.forEach((v, k) => view.setFloat32(k * 4, v));
  return new Uint8Array(view.buffer);
};

for (const [what, descr, data] of [
  ['float32', '<f4', bytesOf(Float32Array.of(1, 2, 3, 4))],
  ['float64', '<f8', bytesOf(Float64Array.of(1, 2, 3, 4))],
  ['big-endian float32', '>f4', swapped(Float32Array.of(1, 2, 3, 4))],
  ['float16', '<f2', Uint8Array.of(0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44)],
] as const) {
  inputs(what, () => {
    const form = open(file(dict(descr, '(4, 1, 1, 1)'), data));
    assert.equal([form.count, ...form.each], [4, 1, 1, 1]);
    assert.equal(inputValues(form, new Uint8Array(data), 'x.npy'), Float32Array.of(1, 2, 3, 4));
  });
}
inputs('one sample without an axis for samples', () => assert.is(open(file(dict('<f4', '(3, 2, 2)'), new Uint8Array(48))).count, 1));
for (const [what, bytes, message] of [
  ['bytes', file(dict('|u1', '(1, 3, 2, 2)'), new Uint8Array(12)), /x\.npy holds whole numbers \(elements of type '\|u1'\); .*float32/],
  ['booleans', file(dict('|b1', '(1, 3, 2, 2)'), new Uint8Array(12)), /holds whole numbers/],
  ['Fortran order', file(dict('<f4', '(1, 3, 2, 2)', 'True'), new Uint8Array(48)), /Fortran order; save it in C order/],
  ['two dimensions', file(dict('<f4', '(3, 2)'), new Uint8Array(24)), /has shape \[3, 2\]; prepared inputs have/],
  ['no samples', file(dict('<f4', '(0, 3, 2, 2)'), new Uint8Array(0)), /has shape \[0, 3, 2, 2\]/],
  ['text', file(dict('<U3', '(1, 3, 2, 2)'), new Uint8Array(144)), /they are text; numbers are needed here/],
] as const) {
  inputs(`refuses ${what}`, () => assert.throws(() => open(bytes), message));
}
inputs('what is not finite is refused', () => {
  const form = open(file(dict('<f4', '(1, 1, 1, 1)'), new Uint8Array(4)));
  for (const v of [NaN, Infinity]) {
    assert.throws(() => inputValues(form, bytesOf(Float32Array.of(v)) as Uint8Array<ArrayBuffer>, 'x.npy[3]'), /x\.npy\[3\] holds a value/);
  }
});

inputs('what to do about another shape', () => {
  assert.match(mendShape('x.npy[2]', [8, 9, 3], [3, 8, 9]), /channels come last: .*numpy\.moveaxis\(array, -1, -3\)/);
  assert.is(mendShape('x.npz:a[2]', [3, 4, 4], [3, 8, 8]), 'prepare the array so');
  assert.is(mendShape('x.png', [3, 4, 4], [3, 8, 8]), 'choose another --preprocess');
});

inputs.run();

// ---------------------------------------------------------------- parseNpyLabels

const labelled = suite('parseNpyLabels');
const animals = new Classes(['cat', 'dog', 'red fox'], 'c.txt');
const label = (bytes: Uint8Array, names: Classes | null = null, count = 2) =>
  parseNpyLabels(bytes, 'y.npy', { count, inputs: 'x.npy', classes: 3, names });
const utf32 = (texts: readonly string[], length: number) => {
  const out = new Uint32Array(texts.length * length);
  texts.forEach((t, k) => out.set([...t].map((c) => c.codePointAt(0)!), k * length));
  return bytesOf(out);
};

for (const [what, bytes] of [
  ['[2]', file(dict('<i8', '(2,)'), bytesOf(BigInt64Array.of(2n, 0n)))],
  ['[2, 1], as Keras and MedMNIST have it', file(dict('<i8', '(2, 1)'), bytesOf(BigInt64Array.of(2n, 0n)))],
  ['[1, 2]', file(dict('|u1', '(1, 2)'), Uint8Array.of(2, 0))],
  ['big-endian', file(dict('>i4', '(2,)'), Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0))],
  ['whole floats', file(dict('<f4', '(2,)'), bytesOf(Float32Array.of(2, 0)))],
  ['one-hot', file(dict('<f8', '(2, 3)'), bytesOf(Float64Array.of(0, 0, 1, 1, 0, 0)))],
  ['one-hot booleans', file(dict('|b1', '(2, 3)'), Uint8Array.of(0, 0, 1, 1, 0, 0))],
  ['digits as text', file(dict('<U2', '(2,)'), utf32(['2', '0'], 2))],
] as const) {
  labelled(what, () => assert.equal(label(bytes), { labels: [2, 0], notice: null }));
}
labelled('booleans are classes 0 and 1', () => assert.equal(label(file(dict('|b1', '(2,)'), Uint8Array.of(1, 0))).labels, [1, 0]));
labelled('names as text of four bytes and of one', () => {
  assert.equal(label(file(dict('<U7', '(2, 1)'), utf32(['red fox', 'dog'], 7)), animals).labels, [2, 1]);
  assert.equal(label(file(dict('|S7', '(2,)'), Buffer.from('red_foxcat\0\0\0\0')), animals).labels, [2, 0]);
});
labelled('numbers are indices, which is told where names are numbers too', () => {
  const { labels, notice } = label(file(dict('<i4', '(2,)'), bytesOf(Int32Array.of(1, 2))), new Classes(['1', '2', '0'], 'svhn.txt'));
  assert.equal(labels, [1, 2]);
  assert.match(notice!, /y\.npy: numbers are class indices: 1 is class 1, "2" of svhn\.txt/);
});
for (const [what, bytes, names, message] of [
  ['names without a list', file(dict('<U3', '(2,)'), utf32(['cat', 'dog'], 3)), null,
    /y\.npy, label 0: Label "cat" is not an index from 0 to 2; .*--classes/],
  ['empty text', file(dict('<U0', '(2,)'), new Uint8Array(0)), animals, /y\.npy, label 0: Label "" is no class/],
  ['an unknown name', file(dict('<U3', '(2,)'), utf32(['cat', 'fog'], 3)), animals, /y\.npy, label 1: Label "fog" is no class of c\.txt/],
  ['objects', file(dict('|O', '(2,)'), new Uint8Array(40)), null, /they are Python objects/],
  ['probabilities', file(dict('<f4', '(2, 3)'), bytesOf(Float32Array.of(0, 0, 1, 0.5, 0.5, 0))), null, /row 1 is not one 1 among zeros/],
  ['two ones', file(dict('|u1', '(2, 3)'), Uint8Array.of(0, 0, 1, 1, 1, 0)), null, /row 1 is not one 1 among zeros/],
  ['another number', file(dict('|u1', '(3,)'), Uint8Array.of(0, 0, 1)), null,
    /has shape \[3\]; the labels of x\.npy have shape \[2\], or, one-hot, \[2, 3\]/],
  ['parts', file(dict('<f4', '(2,)'), bytesOf(Float32Array.of(0.5, 1))), null, /holds 0\.5 as label 0/],
  ['NaN', file(dict('<f4', '(2,)'), bytesOf(Float32Array.of(1, NaN))), null, /holds NaN as label 1/],
] as const) {
  labelled(`refuses ${what}`, () => assert.throws(() => label(bytes, names), message));
}

labelled.run();

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
