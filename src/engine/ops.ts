/**
 * Every op once: its shape rule, its gradient rule written in these same ops, its kernel. The table is total by type:
 * an op named in AttrsOf without all three does not compile.
 */
import { CONV, type ConvAttrs, type ConvInputGradAttrs, type ConvWeightGradAttrs, type FilterSaliencyAttrs } from './ops/conv.js';
import { LAYOUT, type ConcatAttrs, type PadAttrs, type TakeAttrs, type TakeTransposeAttrs } from './ops/layout.js';
import { LOSS } from './ops/loss.js';
import { MATRIX, type MatmulAttrs } from './ops/matrix.js';
import { POINTWISE } from './ops/pointwise.js';
import { POOL, type PoolAttrs, type PoolTransposeAttrs } from './ops/pool.js';
import { REDUCE, type ReduceAttrs } from './ops/reduce.js';
import { SOURCE, type InputAttrs, type IotaAttrs, type LiteralAttrs } from './ops/source.js';
import { VIEW, type BroadcastAttrs, type FlipAttrs, type ReshapeAttrs, type SliceAttrs, type TransposeAttrs } from './ops/view.js';
import type { PointwiseFn } from '../kernels/functions.js';
import type { OpTable } from './rules.js';

export type None = Record<string, never>;

export type AttrsOf = { [F in PointwiseFn]: None } & {
  input: InputAttrs;
  constant: { readonly value: number; readonly shape: readonly number[] };
  literal: LiteralAttrs;
  iota: IotaAttrs;
  reshape: ReshapeAttrs;
  detach: None;
  transpose: TransposeAttrs;
  slice: SliceAttrs;
  flip: FlipAttrs;
  broadcast: BroadcastAttrs;
  pad: PadAttrs;
  concat: ConcatAttrs;
  take: TakeAttrs;
  takeTranspose: TakeTransposeAttrs;
  sum: ReduceAttrs;
  maximum: ReduceAttrs;
  matmul: MatmulAttrs;
  conv: ConvAttrs;
  convInputGrad: ConvInputGradAttrs;
  convWeightGrad: ConvWeightGradAttrs;
  filterSaliency: FilterSaliencyAttrs;
  maxPoolTap: PoolAttrs;
  poolGather: PoolAttrs;
  poolScatter: PoolTransposeAttrs;
  windowSum: PoolAttrs;
  windowSpread: PoolTransposeAttrs;
  crossEntropy: None;
  crossEntropyGrad: None;
};

export type OpName = keyof AttrsOf;

export const OPS: OpTable<OpName> = {
  ...SOURCE,
  ...POINTWISE,
  ...VIEW,
  ...LAYOUT,
  ...REDUCE,
  ...MATRIX,
  ...CONV,
  ...POOL,
  ...LOSS,
};
