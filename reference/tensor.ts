/** What the reference's tables are made of: a value with its shape, and a walk over coordinates. */
import type { Node } from '../src/engine/graph.js';
import type { OpName } from '../src/engine/attrs.js';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type Rule<K extends OpName> = (inputs: readonly Tensor[], node: Node<K>) => Float64Array;
export type Table<K extends OpName> = { readonly [N in K]: Rule<N> };

/** Position of coordinates in a row-major tensor. */
export function at(shape: readonly number[], c: readonly number[]): number {
  let i = 0;
  for (let k = 0; k < shape.length; k++) {
    if (c[k] < 0 || c[k] >= shape[k]) throw new Error(`reference: [${c}] lies outside [${shape}]`);
    i = i * shape[k] + c[k];
  }
  return i;
}

/** A tensor made element by element from its coordinates. */
export function build(shape: readonly number[], value: (c: readonly number[]) => number): Float64Array {
  const out = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const c = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = value(c);
    for (let k = shape.length - 1; k >= 0 && ++c[k] === shape[k]; k--) c[k] = 0;
  }
  return out;
}

/** The element of x that broadcasting puts at the coordinates of a larger shape. */
export function stretched(x: Tensor, c: readonly number[]): number {
  const lead = c.length - x.shape.length;
  return x.data[at(x.shape, x.shape.map((d, k) => (d === 1 ? 0 : c[k + lead])))];
}
