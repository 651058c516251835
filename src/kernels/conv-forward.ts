/**
 * Convolution: out[n,k,oh,ow] = sum over c,r,s of w[k,c,r,s] * x[n,c,ih,iw].
 *
 * As an implicit GEMM (gemm.ts): M = the group's filters, N = images times positions, K = channels, with r and
 * s as taps. The images of a batch are columns beside each other, so that small maps fill the tiles.
 */
import { describe, type ConvShape } from './conv-shape.js';
import { usualSizes, type Gemm } from './gemm.js';
import type { Lowering, Target } from './kernel.js';
import type { Pointwise } from './pointwise.js';
import { gemmKernel } from './schedule.js';

/** Operands 'x' [N,C,H,W], 'w' [K,C/groups,R,S] and 'out' [N,K,OH,OW]; element i is stored as finish(i, sum). */
export function convForward(target: Target, s: ConvShape, finish?: Pointwise): Lowering {
  const channels = s.C / s.groups;
  const filters = s.K / s.groups;
  const taps = s.R * s.S;
  const plane = s.H * s.W;
  const positions = s.OH * s.OW;
  const gemm: Gemm = {
    name: `conv ${describe(s)} ${target.schedule}`,
    groups: s.groups,
    rows: filters,
    k: channels,
    images: s.N,
    usual: usualSizes(s, filters, positions),
    y: { outputs: s.OH, extent: s.H, taps: s.R, first: -s.padTop, perColumn: s.strideH, perTap: s.dilationH },
    x: { outputs: s.OW, extent: s.W, taps: s.S, first: -s.padLeft, perColumn: s.strideW, perTap: s.dilationW },
    a: { operand: 'w', elements: s.K * channels * taps, offset: 0, group: filters * channels * taps, row: channels * taps, k: taps,
      tapY: s.S, tapX: 1 },
    b: { operand: 'x', elements: s.N * s.C * plane, group: channels * plane, image: s.C * plane, k: plane, y: s.W, x: 1 },
    out: { elements: s.N * s.K * positions, offset: 0, group: filters * positions, image: s.K * positions, row: positions, y: s.OW, x: 1 },
  };
  return { kernels: [gemmKernel(target, gemm, finish)], scratch: [] };
}
