/**
 * What an op says of itself beside its gradient (gradients.ts): its shape and how it is executed. The tables of src/engine/ops/
 * are made of these; ops.ts joins them into one.
 */
import type { AttrsOf, OpName } from './attrs.js';
import type { Node, Shape } from './graph.js';
import type { Lowering, Target } from '../kernels/kernel.js';
import type { Pointwise } from '../kernels/pointwise.js';

/** Reads of a view: input coordinate = offset + step * output coordinate `axis` (axis null: the offset alone). */
export type ViewAxis = { readonly axis: number | null; readonly step: number; readonly offset: number };

export type Execution<K extends OpName> =
  /** No work: an input, bound by the runner. */
  | { readonly kind: 'source' }
  /** One scalar function; fused with its neighbours. */
  | { readonly kind: 'pointwise' }
  /** Same elements in the same order under another shape: never copied. */
  | { readonly kind: 'alias' }
  /** An affine choice of elements: becomes the index map of an element-wise load. One entry per input dimension. */
  | { readonly kind: 'view'; readonly axes: (node: Node<K>) => readonly ViewAxis[] }
  /** Each input is written into its place along attrs.axis, fused with its own element-wise work. */
  | { readonly kind: 'concatenation' }
  /** Kernels of its own. Operand names of the inputs, in order; `finish` is fused element-wise work, if any. */
  | {
    readonly kind: 'kernels';
    readonly operands: readonly string[];
    readonly lower: (target: Target, node: Node<K>, finish?: Pointwise) => Lowering;
  };

export interface OpRule<K extends OpName> {
  /** Output shape; throws a sentence where the inputs do not fit. */
  readonly shape: (inputs: readonly Shape[], attrs: AttrsOf[K]) => number[];
  readonly run: Execution<K>;
}

export type OpTable<K extends OpName> = { readonly [N in K]: OpRule<N> };

/** An op with kernels of its own. */
export function kernels<K extends OpName>(
  operands: readonly string[],
  lower: (target: Target, node: Node<K>, finish?: Pointwise) => Lowering
): Execution<K> {
  return { kind: 'kernels', operands, lower };
}
