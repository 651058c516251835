/**
 * Which micro-kernel sums what: the schedules of both matrix families are chosen here and nowhere else.
 *
 *   micro-kernel   where                                      why
 *   depthwise      one row and one channel per group          no rows to share a load of B, but the taps of neighbouring
 *                                                             outputs overlap: strips of them share it
 *   tile           target 'tile', more than NARROW rows       a GPU's workgroup memory lets a load serve a whole side of the
 *                                                             tile; with fewer rows most of the tile would compute nothing
 *   register       all else: target 'register', few rows      without barriers, which cost a CPU adapter dearly; few rows
 *                                                             find room in an invocation's registers on any adapter
 *
 * On a GPU tile and register add in the same order (summation.ts), so that a matrix product whose rows are a batch gives a
 * sample the same numbers in a small one and a large one. Tile sizes are chosen where the micro-kernel is (gemm-tile.ts,
 * register-tile.ts, ...).
 */
import type { ConvShape } from './conv-shape.js';
import type { Gemm } from './gemm.js';
import { depthwiseGemm } from './gemm-depthwise.js';
import type { GemmNT } from './gemm-nt.js';
import { depthwiseGemmNT } from './gemm-nt-depthwise.js';
import { registerGemmNT } from './gemm-nt-register.js';
import { tileGemmNT } from './gemm-nt-tile.js';
import { registerGemm } from './gemm-register.js';
import { registerGram } from './gram-register.js';
import type { Gram } from './gram-sums.js';
import { tileGram } from './gram-tile.js';
import { tileGemm } from './gemm-tile.js';
import type { Kernel, Target } from './kernel.js';
import type { Pointwise } from './pointwise.js';
import type { KernelWriter } from './writer.js';

type MicroKernel = 'depthwise' | 'tile' | 'register';

const GEMM: Record<MicroKernel, (target: Target, gemm: Gemm, finish?: Pointwise) => Kernel> = {
  depthwise: depthwiseGemm,
  tile: tileGemm,
  register: registerGemm,
};

const GEMM_NT: Record<MicroKernel, (w: KernelWriter, s: ConvShape) => GemmNT> = {
  depthwise: depthwiseGemmNT,
  tile: tileGemmNT,
  register: registerGemmNT,
};

/** Rows per group up to which a shared-memory tile would mostly compute nothing. */
const NARROW = 16;

function choose(target: Target, rows: number, depthwise: boolean): MicroKernel {
  if (depthwise) return 'depthwise';
  return target.schedule === 'tile' && rows > NARROW ? 'tile' : 'register';
}

/** The kernel of one implicit GEMM, which stores finish(i, sum) at element i of 'out'. */
export function gemmKernel(target: Target, gemm: Gemm, finish?: Pointwise): Kernel {
  // Strips need taps along x that overlap; a batch of inner products has none.
  const depthwise = gemm.rows === 1 && gemm.k === 1 && gemm.x.perTap !== 0 && gemm.x.taps > 0;
  const kernel = GEMM[choose(target, gemm.usual.rows, depthwise)](target, gemm, finish);
  const { groups, rows, images, y, x, k } = gemm;
  return { ...kernel, work: Math.max(kernel.work, groups * rows * images * y.outputs * x.outputs * k * y.taps * x.taps) };
}

/** The text of the sums over positions of a convolution of this shape, for a kernel of conv-weight-grad.ts or filter-saliency.ts. */
export function gemmNT(w: KernelWriter, s: ConvShape): GemmNT {
  w.takes((s.N * s.K * s.OH * s.OW * s.R * s.S * s.C) / s.groups);
  return GEMM_NT[choose(w.target, s.K / s.groups, s.C === s.groups && s.K === s.groups)](w, s);
}

/** The text of the sums of a Gram matrix (gram.ts): narrow ones, a depthwise layer's above all, find room in registers everywhere. */
export const gramSums = (w: KernelWriter, s: ConvShape): Gram =>
  (choose(w.target, s.K / s.groups, false) === 'tile' ? tileGram : registerGram)(w, s);
