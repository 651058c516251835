/**
 * Matrix product: out[i] = a[i] * b[i] for every i of a batch; M rows, N columns, K terms.
 *
 * Tiling: that of the implicit GEMM (gemm.ts), with batch entries as its groups, one image of one row, and one
 * tap. Sums are per element, so the transposed product out^T = b^T a^T gives the same numbers: it is taken where it
 * fills the tiles better, as for a matrix times a vector. Samples of a batch are always rows, in tiles whose height does not
 * depend on how many there are.
 */
import { USUAL_BATCH, type Gemm } from './gemm.js';
import type { Lowering, Target } from './kernel.js';
import type { Pointwise } from './pointwise.js';
import { gemmKernel } from './schedule.js';

export interface MatmulShape {
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** a is [K, M] instead of [M, K]. */
  readonly transA: boolean;
  /** b is [N, K] instead of [K, N]. */
  readonly transB: boolean;
  /** Elements from one batch entry to the next; 0: all entries share one matrix. */
  readonly strideA: number;
  readonly strideB: number;
  /** Which of out's dimensions counts samples of a batch, as a fully connected layer's do. */
  readonly samples?: 'rows' | 'columns';
}

/** Rows of the tiles of samples: a batch of one computes little for nothing, one of many still shares what it loads. */
const SAMPLE_ROWS = 4;

/** Operands 'a', 'b' and 'out' [batch, M, N]; element i is stored as finish(i, sum). */
export function matmul(target: Target, s: MatmulShape, finish?: Pointwise): Lowering {
  const a = { operand: 'a', elements: extent(s.batch, s.strideA, s.M * s.K), outer: s.transA ? 1 : s.K, k: s.transA ? s.M : 1,
    stride: s.strideA };
  const b = { operand: 'b', elements: extent(s.batch, s.strideB, s.K * s.N), outer: s.transB ? s.K : 1, k: s.transB ? 1 : s.N,
    stride: s.strideB };
  const swap = s.samples ? s.samples === 'columns' : work(s.N, s.M) < work(s.M, s.N);
  const [rows, columns] = swap ? [s.N, s.M] : [s.M, s.N];
  const [left, right] = swap ? [b, a] : [a, b];
  const usual = { groups: USUAL_BATCH, rows: s.samples ? SAMPLE_ROWS : rows, columns };
  const one = { outputs: 1, extent: 1, taps: 1, first: 0, perColumn: 1, perTap: 0 };
  const gemm: Gemm = {
    name: `matmul ${target.schedule}`,
    groups: s.batch,
    rows,
    k: s.K,
    images: 1,
    usual,
    y: one,
    x: { ...one, outputs: columns, extent: columns },
    a: { operand: left.operand, elements: left.elements, offset: 0, group: left.stride, row: left.outer, k: left.k, tapY: 0, tapX: 0 },
    b: { operand: right.operand, elements: right.elements, group: right.stride, image: 0, k: right.k, y: 0, x: right.outer },
    out: { elements: s.batch * s.M * s.N, offset: 0, group: s.M * s.N, image: 0, row: swap ? 1 : s.N, y: 0, x: swap ? s.N : 1 },
  };
  return { kernels: [gemmKernel(target, gemm, finish)], scratch: [] };
}

function extent(batch: number, stride: number, matrix: number): number {
  return (batch - 1) * stride + matrix;
}

/** Elements computed, with those that only fill tiles: columns fill vectors of 16, rows powers of two up to 32. */
function work(rows: number, columns: number): number {
  const tile = Math.min(32, 2 ** Math.ceil(Math.log2(rows)));
  return Math.ceil(rows / tile) * tile * Math.ceil(columns / 16) * 16;
}
