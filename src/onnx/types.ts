/** ONNX's element types (TensorProto.DataType) and a tensor held on the host. */

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const UINT16 = 4;
export const INT16 = 5;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;
export const DOUBLE = 11;
export const UINT32 = 12;
export const UINT64 = 13;
export const BFLOAT16 = 16;

const NAMES: { readonly [type: number]: string } = {
  0: 'no stated type',
  1: 'float',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'double',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
};
export const typeName = (type: number): string => NAMES[type] ?? `type ${type}`;

export const isFloat = (type: number): boolean => type === FLOAT || type === FLOAT16 || type === DOUBLE || type === BFLOAT16;

/** Types with values that float32 does not hold. */
export const isWide = (type: number): boolean => type === DOUBLE || type === INT64 || type === UINT64 || type === INT32 || type === UINT32;

/** Bytes per element in raw data; undefined for types that hold no plain numbers. */
export const ITEM_SIZE: { readonly [type: number]: number } = {
  [FLOAT]: 4,
  [UINT8]: 1,
  [INT8]: 1,
  [UINT16]: 2,
  [INT16]: 2,
  [INT32]: 4,
  [INT64]: 8,
  [BOOL]: 1,
  [FLOAT16]: 2,
  [DOUBLE]: 8,
  [UINT32]: 4,
  [UINT64]: 8,
  [BFLOAT16]: 2,
};

/** Doubles, whole numbers and bools as float64 (whole numbers exact to 2^53; only open slice ends pass that), other floats as float32. */
export type Numbers = Float32Array | Float64Array;

export interface HostTensor {
  readonly type: number;
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/**
 * Reads tensor data kept beside the model: `path` as the file gives it, already known not to leave the model's folder;
 * `length` in bytes. Throws where there is no such file.
 */
export type ReadExternal = (path: string, offset: number, length: number) => Uint8Array;

// ---- as a file stores them: what is read of ONNX's messages. Not onnx-proto's own types, which do not compile without skipLibCheck.

/** A whole number of 64 bits: the decoder has it as an object where the package long is there. */
export type Int64 = number | {
  /** The nearest float64. */
  toNumber(): number;
};

/** TensorProto: a tensor's numbers in one of the forms that decodeTensor reads. */
export interface StoredTensor {
  readonly name?: string | null;
  readonly dims?: readonly Int64[] | null;
  /** Element type, one of the numbers above. */
  readonly dataType?: number | null;
  readonly segment?: object | null;
  readonly rawData?: Uint8Array | null;
  readonly floatData?: readonly number[] | null;
  readonly doubleData?: readonly number[] | null;
  readonly int32Data?: readonly number[] | null;
  readonly int64Data?: readonly Int64[] | null;
  readonly uint64Data?: readonly Int64[] | null;
  /** 1: in a file beside the model, which externalData names. */
  readonly dataLocation?: number | null;
  readonly externalData?: readonly { readonly key?: string | null; readonly value?: string | null }[] | null;
}

/** AttributeProto: one of a number, a text's bytes, a tensor, or lists of numbers. */
export interface StoredAttribute {
  readonly name?: string | null;
  readonly i?: Int64 | null;
  readonly f?: number | null;
  readonly s?: Uint8Array | null;
  readonly t?: StoredTensor | null;
  readonly ints?: readonly Int64[] | null;
  readonly floats?: number[] | null;
}
