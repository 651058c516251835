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
import { BLOCK } from './product.js';

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
