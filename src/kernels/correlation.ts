/**
 * Correlation of a layer's input with its output's gradient, which convWeightGrad and filterSaliency share:
 *
 *   dW[k, (c,r,s)] = sum over images and positions p = (oh, ow) of dy[n, k, p] * x[n, c, ih(oh, r), iw(ow, s)]
 *
 * M = the group's filters, N = the group's weights per filter, K = positions, image after image. Positions are taken
 * in blocks of one image, each summed by itself before it joins the total. What becomes of the totals (a
 * gradient, or the mean of absolute values) is the caller's: this is the text in between.
 */
import type { ConvShape } from './conv-shape.js';
import type { KernelWriter } from './kernel.js';
import { BLOCK } from './product.js';
import { divider, params } from './tiling.js';

/** The text of one workgroup's sums. Invocation i holds total{r}_{c}: filter row0 + r, weight firstColumn + c * columnStep. */
export interface Correlation {
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

/** Blocks of positions per image. */
export function positionBlocks(s: ConvShape): number {
  return Math.ceil((s.OH * s.OW) / BLOCK);
}

/** The extents of a correlation. */
export function correlationSizes(s: ConvShape): { positions: number; filters: number; weights: number } {
  return { positions: s.OH * s.OW, filters: s.K / s.groups, weights: (s.C / s.groups) * s.R * s.S };
}

/** What every schedule reads: the two tensors, the sizes as parameters, and divisions by them. */
export function correlationOperands(w: KernelWriter, s: ConvShape) {
  const { positions, filters, weights } = correlationSizes(s);
  const DY = w.read('dy', s.N * s.K * positions);
  const X = w.read('x', s.N * s.C * s.H * s.W);
  const n = params(w, '', {
    filters,
    weights,
    taps: s.R * s.S,
    tapsX: s.S,
    height: s.H,
    width: s.W,
    ow: s.OW,
    positions,
    imageBlocks: positionBlocks(s),
    plane: s.H * s.W,
    xImage: s.C * s.H * s.W,
    xGroup: (s.C / s.groups) * s.H * s.W,
    dyImage: s.K * positions,
    strideH: s.strideH,
    strideW: s.strideW,
    dilationH: s.dilationH,
    dilationW: s.dilationW,
  });
  const pad = params(w, 'pad', { Top: s.padTop, Left: s.padLeft }, 'i32');
  const line = divider(w, 'ow', s.OW, positions);
  const channel = divider(w, 'taps', s.R * s.S, weights);
  const tapRow = divider(w, 'tapsX', s.S, s.R * s.S);
  return { DY, X, n, pad, line, channel, tapRow };
}
