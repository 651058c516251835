/** What an op must say of itself. The tables of src/engine/ops/ are made of these; ops.ts joins them into one. */
import type * as Builder from './builder.js';
import type { Node, Shape } from './graph.js';
import type { AttrsOf, OpName } from './ops.js';
import type { Lowering, Target } from '../kernels/kernel.js';
import type { Pointwise } from '../kernels/pointwise.js';

/**
 * Gradients with respect to each input, given the gradient g of the output, written in the same ops (b builds them),
 * so that a second differentiation needs no code of its own. null: the output does not depend on that input, or is
 * piecewise constant in it. Where inputs broadcast, g's shape is the output's; grad.ts sums it back.
 */
export type Gradient<K extends OpName> = (b: typeof Builder, g: Node, node: Node<K>) => readonly (Node | null)[];

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
  /** Concatenation along attrs.axis: each input is written into its place, fused with its own element-wise work. */
  | { readonly kind: 'pieces' }
  /** Kernels of its own. Operand names of the inputs, in order; `finish` is fused element-wise work, if any. */
  | {
    readonly kind: 'kernels';
    readonly operands: (node: Node<K>) => readonly string[];
    readonly lower: (target: Target, node: Node<K>, finish?: Pointwise) => Lowering;
  };

export interface OpRule<K extends OpName> {
  /** Output shape; throws a sentence where the inputs do not fit. */
  readonly shape: (inputs: readonly Shape[], attrs: AttrsOf[K]) => number[];
  readonly grad: Gradient<K>;
  readonly run: Execution<K>;
}

export type OpTable<K extends OpName> = { readonly [N in K]: OpRule<N> };
