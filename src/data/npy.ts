/**
 * NumPy's .npy files: the six bytes "\x93NUMPY", a version, the length of a header, the header (a Python dictionary
 * literal with descr, fortran_order and shape, padded so that the data starts at a multiple of 64), the data.
 */
import { butIs } from './file-kind.js';
import { fromHalf } from './half.js';
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

/** What the elements of a file are. */
export interface NpyElements {
  /** Bytes of one. */
  readonly width: number;
  readonly float: boolean;
  /** The numbers that the bytes are, which begin a buffer of their own and may be changed; float16 becomes float32. */
  read(bytes: Uint8Array<ArrayBuffer>): ArrayData;
}

/** What NumPy calls kinds of elements that are no plain numbers, and what to do about them. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  O: "they are Python objects, which are not unpickled; save numbers (array.astype('float32')) or, for labels, text (array.astype('U'))",
  U: 'they are text; numbers are needed here',
  S: 'they are text; numbers are needed here',
  c: 'they are complex numbers; save real ones (array.real)',
  M: 'they are dates; numbers are needed here',
  m: 'they are spans of time; numbers are needed here',
};

/** Whole numbers, booleans (as bytes) and floats of 1 to 8 bytes, either byte order. Throws one sentence where they are none of these. */
export function npyElements(descr: string, name: string): NpyElements {
  const [, order, kind, bytes] = /^([<>|=]?)([A-Za-z])(\d*)$/.exec(descr) ?? [];
  const half = kind === 'f' && bytes === '2';
  const Class = half ? Uint16Array : CLASSES[kind + bytes];
  if (!Class) {
    const why = OTHER_KINDS[kind] ?? "save it as float32 (array.astype('float32'))";
    throw new Error(`${name}: elements of type '${descr}' cannot be read: ${why}.`);
  }
  const width = Class.BYTES_PER_ELEMENT;
  return {
    width,
    float: kind === 'f',
    read: (data) => {
      if (order === '>') swapBytes(data, width);
      const numbers = new Class(data.buffer);
      return half ? Float32Array.from(numbers as Uint16Array, fromHalf) : numbers;
    },
  };
}

/**
 * Reads versions 1 to 3 with any whole-number or float type of 1 to 8 bytes, either byte order; booleans come as bytes, float16 as
 * float32. `name` is what messages call the file. Throws where it is no .npy file, is cut short, or is in Fortran order.
 */
export function parseNpy(bytes: Uint8Array, name = 'the .npy file'): NdArray<ArrayData> {
  const header = npyHeader(bytes, name);
  const elements = npyElements(header.descr, name);
  if (header.shape.filter((d) => d !== 1).length > 1) refuseFortran(header, name);
  return ndarray(elements.read(npyData(bytes, header, elements.width, name)), header.shape);
}

/** The bytes of a file's data, copied: they may start anywhere, and a typed array may not. Throws where they are too few or too many. */
export function npyData(bytes: Uint8Array, { descr, shape, start }: NpyHeader, width: number, name: string): Uint8Array<ArrayBuffer> {
  const length = sizeOf(shape) * width;
  const found = bytes.length - start;
  if (found !== length) {
    throw new Error(`${name}: shape [${shape.join(', ')}] of '${descr}' needs ${length} bytes of data, but the file has ${found}.`);
  }
  return new Uint8Array(bytes.subarray(start));
}

/** Samples ready for the network, one after another in a file. */
export interface NpyInputs {
  readonly count: number;
  /** [channels, height, width] of one. */
  readonly each: readonly number[];
  readonly elements: NpyElements;
  /** Where the first begins, in bytes. */
  readonly start: number;
}

/**
 * What a header says of inputs that come prepared. Throws one sentence where they are not floats, or with `whole` also whole
 * numbers, [C,H,W] or [N,C,H,W] in C order.
 */
export function npyInputs(header: NpyHeader, name: string, whole = false): NpyInputs {
  const { descr, shape, start } = header;
  const elements = npyElements(descr, name);
  if (!elements.float && !whole) {
    throw new Error(
      `${name} holds whole numbers (elements of type '${descr}'); inputs that come prepared are float32 (array.astype('float32')), ` +
        'scaled as the network takes them'
    );
  }
  refuseFortran(header, name);
  if ((shape.length !== 3 && shape.length !== 4) || shape.includes(0)) {
    throw new Error(
      `${name} has shape [${shape.join(', ')}]; prepared inputs have [channels, height, width] or [samples, channels, height, width]`
    );
  }
  return { count: shape.length === 3 ? 1 : shape[0], each: shape.slice(-3), elements, start };
}

/** The samples' values as the network takes them. Throws where one is not finite; `name` says which sample it is. */
export function inputValues({ elements }: NpyInputs, bytes: Uint8Array<ArrayBuffer>, name: string): Float32Array {
  const numbers = elements.read(bytes);
  const values = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers as ArrayLike<number>, Number);
  if (values.some((v) => !Number.isFinite(v))) throw new Error(`${name} holds a value that is not finite`);
  return values;
}

/** What to do where an input `name` has the shape [C,H,W] of no use to a network that takes `wanted`. */
export function mendShape(name: string, shape: readonly number[], wanted: readonly number[]): string {
  const [height, width, channels] = shape;
  if (shape.length === 3 && [channels, height, width].join() === wanted.join()) {
    return 'its channels come last: move them to the front (numpy.moveaxis(array, -1, -3))';
  }
  return /\.np[yz]\b/i.test(name) ? 'prepare the array so' : 'choose another --preprocess';
}

function refuseFortran({ fortran }: NpyHeader, name: string): void {
  if (fortran) throw new Error(`${name}: the array is in Fortran order; save it in C order (numpy.ascontiguousarray).`);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

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
  const head = npyHead(NAMES.get(data.constructor)!, array.shape);
  const out = new Uint8Array(head.length + data.byteLength);
  out.set(head);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), head.length);
  return out;
}

/** What stands before the data of such a file, for data that is written piece by piece. */
export function npyHead(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const fixed = MAGIC.length + 4;
  const total = Math.ceil((fixed + text.length + 1) / 64) * 64;
  const out = new Uint8Array(total);
  out.set(MAGIC);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, total - fixed, true);
  out.fill(0x20, fixed, total - 1);
  for (let k = 0; k < text.length; k++) out[fixed + k] = text.charCodeAt(k);
  out[total - 1] = 0x0a;
  return out;
}

/** What a file's first bytes say of it: the type of its elements, their order, its shape, and where its data starts. */
export interface NpyHeader {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly start: number;
}

/** Throws one sentence where the bytes do not begin as a .npy file of one plain array. */
export function npyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (bytes.length === 0) throw new Error(`${name} is empty.`);
  const version = bytes[6];
  const fixed = version === 1 ? 10 : 12;
  if (bytes.length < fixed || !MAGIC.every((b, k) => bytes[k] === b) || version < 1 || version > 3) {
    const other = MAGIC.every((b, k) => bytes[k] === b) ? '' : butIs(bytes, 'array');
    throw new Error(`${name} is not a .npy file of version 1, 2 or 3${other}.`);
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
