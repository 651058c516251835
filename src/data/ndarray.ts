/**
 * Arrays on the host: the package `ndarray`, with the part of its interface that is used here typed (it ships no types
 * of its own, and these reach whoever imports the library).
 */
// @ts-ignore -- untyped package, see above
import construct from 'ndarray';

export type NumberArray = Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

export type ArrayData = NumberArray | BigInt64Array | BigUint64Array;

export type Element<T extends ArrayData> = T extends NumberArray ? number : bigint;

/** A view on a typed array: element (i, j, ...) is data[offset + i * stride[0] + j * stride[1] + ...]. */
export interface NdArray<T extends ArrayData = Float32Array> {
  readonly data: T;
  readonly shape: number[];
  readonly stride: number[];
  offset: number;
  readonly size: number;
  readonly dimension: number;
  /** The element at an index, one number a dimension. */
  get(...index: number[]): Element<T>;
  /** Writes the last argument to the element at the index before it, and returns it. */
  set(...indexThenValue: [...number[], Element<T>]): Element<T>;
  /** Where in `data` the element lies. */
  index(...index: number[]): number;
  /** The view with the given leading indices fixed; null leaves a dimension free. */
  pick(...index: (number | null)[]): NdArray<T>;
  /** The view without what lies before the given index, in each leading dimension. */
  lo(...index: number[]): NdArray<T>;
  /** The view of what lies before the given index, in each leading dimension. */
  hi(...index: number[]): NdArray<T>;
  /** The view of every n-th element, n for each leading dimension; a negative n goes backwards. */
  step(...by: number[]): NdArray<T>;
  /** The view whose dimension k is dimension order[k] of this one. */
  transpose(...order: number[]): NdArray<T>;
}

/** A row-major view of `data` unless strides are given; throws where the shape needs more elements than there are. */
export function ndarray<T extends ArrayData>(data: T, shape: readonly number[] = [data.length], stride?: readonly number[]): NdArray<T> {
  const size = shape.reduce((n, d) => n * d, 1);
  if (stride === undefined && size !== data.length) {
    throw new Error(`ndarray: shape [${shape}] has ${size} elements, but ${data.length} were given`);
  }
  return (construct as (...args: unknown[]) => NdArray<T>)(data, [...shape], stride && [...stride]);
}

/** Whether the elements stand in the data in row-major order without gaps, so that the data can be used as it is. */
export function isRowMajor(array: NdArray<ArrayData>): boolean {
  let step = 1;
  for (let d = array.shape.length - 1; d >= 0; d--) {
    if (array.shape[d] !== 1 && array.stride[d] !== step) return false;
    step *= array.shape[d];
  }
  return true;
}

/** The elements in row-major order: the data itself where they already stand so, else a copy. */
export function rowMajor<T extends ArrayData>(array: NdArray<T>): T {
  const { data, shape, stride, offset, size } = array;
  if (isRowMajor(array)) return data.subarray(offset, offset + size) as T;
  const out = new (data.constructor as new(n: number) => T)(size);
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let k = 0; k < size; k++) {
    out[k] = data[at];
    for (let d = shape.length - 1; d >= 0; d--) {
      at += stride[d];
      if (++index[d] < shape[d]) break;
      at -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}
