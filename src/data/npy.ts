/**
 * NumPy's .npy files: the six bytes "\x93NUMPY", a version, the length of a header, the header (a Python dictionary
 * literal with descr, fortran_order and shape, padded so that the data starts at a multiple of 64), the data.
 */
import { ndarray, rowMajor, type ArrayData, type NdArray } from './ndarray.js';

type ArrayClass = { new(buffer: ArrayBuffer): ArrayData; readonly BYTES_PER_ELEMENT: number };

const CLASSES: Record<string, ArrayClass> = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  b1: Uint8Array,
};

const NAMES = new Map<unknown, string>([
  [Float32Array, '<f4'],
  [Float64Array, '<f8'],
  [Int8Array, '|i1'],
  [Int16Array, '<i2'],
  [Int32Array, '<i4'],
  [BigInt64Array, '<i8'],
  [Uint8Array, '|u1'],
  [Uint16Array, '<u2'],
  [Uint32Array, '<u4'],
  [BigUint64Array, '<u8'],
]);

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads versions 1 to 3 with any whole-number or float type of 1 to 8 bytes (float16 apart), either byte order; booleans
 * come as bytes. `name` is what messages call the file. Throws where it is no .npy file, is cut short, or is in Fortran order.
 */
export function parseNpy(bytes: Uint8Array, name = 'the .npy file'): NdArray<ArrayData> {
  const { descr, fortran, shape, start } = npyHeader(bytes, name);
  const parts = /^([<>|=]?)([a-z]\d+)$/.exec(descr);
  const Class = parts && CLASSES[parts[2]];
  if (!Class) {
    throw new Error(`${name}: elements of type '${descr}' cannot be read; save it as float32 (array.astype('float32')).`);
  }
  if (fortran && shape.filter((d) => d !== 1).length > 1) {
    throw new Error(`${name}: the array is in Fortran order; save it in C order (numpy.ascontiguousarray).`);
  }
  const count = shape.reduce((n, d) => n * d, 1);
  const length = count * Class.BYTES_PER_ELEMENT;
  const found = bytes.length - start;
  if (found !== length) {
    throw new Error(`${name}: shape [${shape.join(', ')}] of '${descr}' needs ${length} bytes of data, but the file has ${found}.`);
  }
  const copy = new Uint8Array(bytes.subarray(start)); // the data may start anywhere, and a typed array may not
  if (parts[1] === '>') swapBytes(copy, Class.BYTES_PER_ELEMENT);
  return ndarray(new Class(copy.buffer), shape);
}

/** As parseNpy, with the elements converted to float32: what the engine works in. */
export function parseFloatNpy(bytes: Uint8Array, name?: string): NdArray<Float32Array> {
  const array = parseNpy(bytes, name);
  return array.data instanceof Float32Array
    ? array as NdArray<Float32Array>
    : ndarray(Float32Array.from(array.data as ArrayLike<number>, Number), array.shape);
}

/** The file numpy.save would write, in C order whatever the view's strides are. */
export function writeNpy(array: NdArray<ArrayData>): Uint8Array {
  const data = rowMajor(array);
  const descr = NAMES.get(data.constructor);
  const tuple = array.shape.length === 1 ? `(${array.shape[0]},)` : `(${array.shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const fixed = MAGIC.length + 4;
  const total = Math.ceil((fixed + text.length + 1) / 64) * 64;
  const out = new Uint8Array(total + data.byteLength);
  out.set(MAGIC);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, total - fixed, true);
  out.fill(0x20, fixed, total - 1);
  for (let k = 0; k < text.length; k++) out[fixed + k] = text.charCodeAt(k);
  out[total - 1] = 0x0a;
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), total);
  return out;
}

/** What a file's first bytes say of it: the type of its elements, their order, its shape, and where its data starts. */
export function npyHeader(bytes: Uint8Array, name: string): { descr: string; fortran: boolean; shape: number[]; start: number } {
  if (bytes.length === 0) throw new Error(`${name} is empty.`);
  const version = bytes[6];
  const fixed = version === 1 ? 10 : 12;
  if (bytes.length < fixed || !MAGIC.every((b, k) => bytes[k] === b) || version < 1 || version > 3) {
    throw new Error(`${name} is not a .npy file of version 1, 2 or 3.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = fixed + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw new Error(`${name} is cut short inside its header.`);
  const text = new TextDecoder().decode(bytes.subarray(fixed, start));
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]+)['"]/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!descr || !order || !shape) {
    throw new Error(
      `${name}: the header "${text.trim().slice(0, 100)}" does not describe one plain array; save a single array of numbers.`
    );
  }
  const dims = shape[1].split(',').map((d) => d.trim()).filter((d) => d !== '').map((d) => parseInt(d, 10));
  return { descr: descr[1], fortran: order[1] === 'True', shape: dims, start };
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let k = 0; k < bytes.length; k += width) bytes.subarray(k, k + width).reverse();
}
