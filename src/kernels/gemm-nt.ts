/**
 * Implicit GEMM with the second factor transposed (GEMM NT in the words of BLAS): C = A B^T, where the sum runs over the
 * positions of images and B is gathered by taps, not unfolded. The weight gradients of a layer:
 *
 *   dW[k, (c,r,s)] = sum over images and positions p = (oh, ow) of dy[n, k, p] * x[n, c, ih(oh, r), iw(ow, s)]
 *
 * M = the group's filters (rows, of A = dy), N = the group's weights per filter (columns, rows of B = x), K = positions,
 * image after image. Positions are taken in blocks of one image, each summed by itself before it joins the total
 * (summation.ts). What becomes of the totals is the caller's: conv-weight-grad.ts stores them, filter-saliency.ts takes
 * the mean of absolute values. This is the text in between; schedule.ts says which micro-kernel writes it. Matrix products
 * with transposed factors are plain implicit GEMMs (gemm.ts): there a transpose is a stride.
 */
import { isPointwiseConv, type ConvShape } from './conv-shape.js';
import { divider } from './division.js';
import { BLOCK } from './summation.js';
import type { KernelWriter } from './writer.js';

/** The text of one workgroup's sums. Invocation i holds total{r}_{c}: filter row0 + r, weight firstColumn + c * columnStep. */
export interface GemmNT {
  /** What the tiles divide: groups, and the filters of each. */
  readonly groups: number;
  readonly filters: number;
  /** Blocks of positions per image. */
  readonly imageBlocks: number;
  readonly workgroup: number;
  /** Filters and weights per workgroup. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Filters and weights per invocation. */
  readonly rows: number;
  readonly columns: number;
  readonly columnStep: number;
  /** Invocations that hold sums of the same filters; `sharer` is this one's number among them. */
  readonly sharers: number;
  /** Once, at the top: needs `group` and `tileRow`, the tile's first filter; gives `row0` and `sharer`. */
  readonly setup: string;
  /** Sums over blocks [block0, block1): needs `tileColumn`, the tile's first weight; gives `firstColumn` and the totals. */
  readonly sum: string;
}

/** A group's filters and the weights of each, an image's positions and the blocks they make. */
export function gemmNTSizes(s: ConvShape) {
  const positions = s.OH * s.OW;
  return { filters: s.K / s.groups, weights: (s.C / s.groups) * s.R * s.S, positions, imageBlocks: Math.ceil(positions / BLOCK) };
}

/**
 * What the tile and the register micro-kernel read: the two tensors, the sizes as parameters `n`, where a weight begins in
 * x, and the line of a position. `flat`: a weight is a channel and its positions are x's own.
 */
export function gemmNTOperands(w: KernelWriter, s: ConvShape) {
  const DY = w.read('dy', s.N * s.K * s.OH * s.OW);
  return { DY, ...gatherOperands(w, s) };
}

/** The part of it that is of x, for what has no second tensor (gram.ts). */
export function gatherOperands(w: KernelWriter, s: ConvShape) {
  const { filters, weights, positions, imageBlocks } = gemmNTSizes(s);
  const X = w.read('x', s.N * s.C * s.H * s.W);
  const n = w.params('', {
    filters,
    weights,
    taps: s.R * s.S,
    tapsX: s.S,
    height: s.H,
    width: s.W,
    ow: s.OW,
    positions,
    imageBlocks,
    plane: s.H * s.W,
    xImage: s.C * s.H * s.W,
    xGroup: (s.C / s.groups) * s.H * s.W,
    dyImage: s.K * positions,
    strideH: s.strideH,
    strideW: s.strideW,
    dilationH: s.dilationH,
    dilationW: s.dilationW,
  });
  const pad = w.params('pad', { Top: s.padTop, Left: s.padLeft }, 'i32');
  const line = divider(w, 'ow', s.OW, positions);
  const channel = divider(w, 'taps', s.R * s.S, weights);
  const tapRow = divider(w, 'tapsX', s.S, s.R * s.S);
  const flat = isPointwiseConv(s);
  /** Text: where the image of weight `column{i}` begins in x is b{i}, and its tap there y{i} and x{i}. */
  const locate = (i: number | string): string => {
    if (flat) return `  let b${i} = group * ${n.xGroup} + column${i} * ${n.plane};`;
    const x = `i32((tap${i} - tapY${i} * ${n.tapsX}) * ${n.dilationW})`;
    return [
      `  let channel${i} = ${channel(`column${i}`)}; let tap${i} = column${i} - channel${i} * ${n.taps};`
      + ` let tapY${i} = ${tapRow(`tap${i}`)};`,
      `  let y${i} = i32(tapY${i} * ${n.dilationH}) - ${pad.Top}; let x${i} = ${x} - ${pad.Left};`,
      `  let b${i} = group * ${n.xGroup} + channel${i} * ${n.plane};`,
    ].join('\n');
  };
  return { X, n, flat, line, locate };
}
