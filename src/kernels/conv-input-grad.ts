/**
 * Input gradient of a convolution: dx[n,c,ih,iw] = sum over k and the taps that hit of w[k,c,r,s] * dy[n,k,oh,ow].
 *
 * Tap r reaches row ih from oh = (ih + padTop - r * dilationH) / strideH, where that is whole. So the rows of one
 * residue class ih = h0 + strideH * i share their taps: every (strideH / gcd(strideH, dilationH))-th one from the
 * first that hits, and each further one looks a fixed number of rows higher in dy. (iw likewise.) One implicit GEMM
 * (gemm.ts) per pair of classes: M = the group's channels, N = images times the class's positions, K = the group's
 * filters; no tap is tried in vain. A class that no tap reaches is a GEMM of no terms: zeros, through finish.
 */
import { describe, type ConvShape } from './conv-shape.js';
import { usualSizes, type Axis } from './gemm.js';
import type { Kernel, Lowering, Target } from './kernel.js';
import type { Pointwise } from './pointwise.js';
import { gemmKernel } from './schedule.js';

/** Operands 'dy' [N,K,OH,OW], 'w' [K,C/groups,R,S] and 'out' [N,C,H,W]; element i is stored as finish(i, sum). */
export function convInputGrad(target: Target, s: ConvShape, finish?: Pointwise): Lowering {
  const channels = s.C / s.groups;
  const filters = s.K / s.groups;
  const taps = s.R * s.S;
  const plane = s.H * s.W;
  const positions = s.OH * s.OW;
  const kernels: Kernel[] = [];
  for (const v of residueClasses(s.H, s.strideH, s.dilationH, s.padTop, s.R, s.OH)) {
    for (const h of residueClasses(s.W, s.strideW, s.dilationW, s.padLeft, s.S, s.OW)) {
      kernels.push(gemmKernel(target, {
        name: `conv input gradient ${describe(s)} ${target.schedule}`,
        groups: s.groups,
        rows: channels,
        k: filters,
        images: s.N,
        usual: usualSizes(s, channels, v.axis.outputs * h.axis.outputs),
        y: v.axis,
        x: h.axis,
        a: {
          operand: 'w',
          elements: s.K * channels * taps,
          offset: v.firstTap * s.S + h.firstTap,
          group: filters * channels * taps,
          row: taps,
          k: channels * taps,
          tapY: v.tapStep * s.S,
          tapX: h.tapStep,
        },
        b: { operand: 'dy', elements: s.N * s.K * positions, group: filters * positions, image: s.K * positions, k: positions, y: s.OW,
          x: 1 },
        out: {
          elements: s.N * s.C * plane,
          offset: v.start * s.W + h.start,
          group: channels * plane,
          image: s.C * plane,
          row: plane,
          y: s.strideH * s.W,
          x: s.strideW,
        },
      }, finish));
    }
  }
  return { kernels, scratch: [] };
}

interface ResidueClass {
  /** First input index of the class; the next are a stride apart. */
  readonly start: number;
  readonly firstTap: number;
  readonly tapStep: number;
  readonly axis: Axis;
}

/** The classes of one image axis that have any index. */
export function residueClasses(size: number, stride: number, dilation: number, pad: number, taps: number, outputs: number): ResidueClass[] {
  const tapStep = stride / gcd(stride, dilation);
  return Array.from({ length: Math.min(stride, size) }, (_, start) => {
    let firstTap = 0;
    while (firstTap < tapStep && (start + pad - firstTap * dilation) % stride !== 0) firstTap++;
    const hits = firstTap < tapStep && firstTap < taps;
    return {
      start,
      firstTap: hits ? firstTap : 0,
      tapStep,
      axis: {
        outputs: Math.ceil((size - start) / stride),
        extent: outputs,
        taps: hits ? Math.ceil((taps - firstTap) / tapStep) : 0,
        first: hits ? (start + pad - firstTap * dilation) / stride : 0,
        perColumn: 1,
        perTap: -(tapStep * dilation) / stride,
      },
    };
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
