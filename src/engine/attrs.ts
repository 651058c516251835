/**
 * The ground floor: the name of every op and what it is told besides its inputs. Everything that must be total over the ops
 * (their shapes and kernels in ops/, their gradients in gradients.ts) is typed by this table.
 *
 * A shape is a list of dimensions, row-major; pairs are [vertical, horizontal].
 */
import type { Aggregation } from '../kernels/filter-saliency.js';
import type { PointwiseFn } from '../kernels/functions.js';

export type Shape = readonly number[];
export type Pair = readonly [number, number];
export type NoAttrs = Record<string, never>;

export interface InputAttrs {
  readonly name: string;
  /** 'weight': shared by every plan and seldom written; what depends on weights alone is computed once per change. */
  readonly role: 'data' | 'weight';
  readonly shape: Shape;
}
/** Numbers known when the graph is built: a table of indices, the divisors of an average. */
export type LiteralAttrs = { readonly values: Float32Array; readonly shape: Shape };

/** out[c] = in[starts + steps * c], with out's shape `sizes`; steps at least 1. */
export type SliceAttrs = { readonly starts: readonly number[]; readonly steps: readonly number[]; readonly sizes: Shape };
/** Per dimension: `low` before, `high` after (negative crops), `interior` between neighbours; filled with `value`. */
export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}

/** Inputs: a, b, each with its last two dimensions exchanged where so flagged. */
export type MatmulAttrs = { readonly transA: boolean; readonly transB: boolean };

/** Inputs: x [N,C,H,W], w [K,C/groups,R,S]. */
export interface ConvAttrs {
  readonly stride: Pair;
  readonly dilation: Pair;
  /** [top, left, bottom, right]; negative crops. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
  /**
   * How many samples of a batch the groups hold, where each sample has been made groups of its own (1 where left out): what
   * is computed is the same, and no choice of kernel, tile or order counts more than one of them.
   */
  readonly samples?: number;
}
/** Inputs: dy [N,K,OH,OW], w; `input` is x's shape. */
export type ConvInputGradAttrs = ConvAttrs & { readonly input: Shape };
/** Inputs: x, dy; `kernel` is [R,S]. */
export type ConvWeightGradAttrs = ConvAttrs & { readonly kernel: Pair };
/**
 * Inputs: x, dy. out[n,k] = mean over c,r,s of |dW_n[k,c,r,s]| ('mean-abs', eq. 1 of the paper) or |mean of dW_n| ('abs-mean',
 * its authors' first statistics), where dW_n is the weight gradient of sample n alone.
 */
export type FilterSaliencyAttrs = ConvWeightGradAttrs & { readonly aggregation: Aggregation };

export interface PoolAttrs {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** [top, left]; what lies below and right follows from `output`. Padding never wins and adds nothing. */
  readonly pads: Pair;
  /** [OH, OW], given because formats round it up or down. */
  readonly output: Pair;
}
/** [H, W] of the pooled tensor. */
export type PoolTransposeAttrs = PoolAttrs & { readonly input: Pair };

export type AttrsOf = { [F in PointwiseFn]: NoAttrs } & {
  // sources
  input: InputAttrs;
  constant: { readonly value: number; readonly shape: Shape };
  literal: LiteralAttrs;
  /** iota[..., k, ...] = k along the axis. */
  iota: { readonly axis: number; readonly shape: Shape };
  // views
  reshape: { readonly shape: Shape };
  detach: NoAttrs;
  /** Dimension k of the output is dimension perm[k] of the input. */
  transpose: { readonly perm: readonly number[] };
  slice: SliceAttrs;
  flip: { readonly axes: readonly number[] };
  broadcast: { readonly shape: Shape };
  // layout
  pad: PadAttrs;
  concat: { readonly axis: number };
  /** Inputs: x, indices [n] (whole numbers). out[.., k, ..] = x[.., indices[k], ..]. */
  take: { readonly axis: number };
  /** Inputs: g, indices. out[.., e, ..] = sum of g[.., k, ..] over k with indices[k] = e; `extent` is the axis' size in out. */
  takeTranspose: { readonly axis: number; readonly extent: number };
  // reductions
  sum: { readonly axes: readonly number[] };
  maximum: { readonly axes: readonly number[] };
  // matrix kernels
  matmul: MatmulAttrs;
  conv: ConvAttrs;
  convInputGrad: ConvInputGradAttrs;
  convWeightGrad: ConvWeightGradAttrs;
  filterSaliency: FilterSaliencyAttrs;
  // pooling
  maxPoolTap: PoolAttrs;
  poolGather: PoolAttrs;
  poolScatter: PoolTransposeAttrs;
  windowSum: PoolAttrs;
  windowSpread: PoolTransposeAttrs;
  // loss
  crossEntropy: NoAttrs;
  crossEntropyGrad: NoAttrs;
};

export type OpName = keyof AttrsOf;
