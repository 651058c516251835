/**
 * The implicit matrix product: the one form that matrix products, convolutions and their input gradients share.
 *
 *   out[g, m, col] = sum over (k, ty, tx) of A[g, m, k, ty, tx] * B[g, k, y(col, ty), x(col, tx)]
 *
 * g is a group (or an entry of a batch of matrices), M counts rows (m), N columns (col = image, oy, ox), and the
 * reduction K runs over (k, ty, tx): channels and taps. A is a matrix with strides; B is a stack of images that the
 * taps shift, 0 outside their bounds:
 *
 *   y(col, ty) = oy * y.perColumn + y.first + ty * y.perTap      (x likewise)
 *
 * A plain product has one image of one row and one tap. Nothing is unfolded in memory.
 *
 * The order of summation is fixed by the reduction alone, so that a value depends neither on the batch nor on the
 * place of its element in a tile: blocks of BLOCK terms summed by themselves, in the register schedule from sums of
 * QUAD terms, in the tile schedule one after the other, whichever kernel sums them. Long sums in float32 lose digits
 * otherwise.
 */

/** Terms summed before they join the total. */
export const BLOCK = 128;
/** Terms added to each other before they join the block's sum. */
export const QUAD = 4;

/** How one image axis of B follows the output's axis and the taps. */
export interface Axis {
  /** Outputs along the axis. */
  readonly outputs: number;
  /** Size of B's image along the axis; what falls outside counts as 0. */
  readonly extent: number;
  readonly taps: number;
  readonly first: number;
  readonly perColumn: number;
  readonly perTap: number;
}

export interface Product {
  readonly name: string;
  readonly groups: number;
  readonly rows: number;
  readonly k: number;
  readonly images: number;
  readonly y: Axis;
  readonly x: Axis;
  /** Strides and offsets in elements. */
  readonly a: { readonly operand: string; readonly elements: number; readonly offset: number; readonly group: number; readonly row: number;
    readonly k: number; readonly tapY: number; readonly tapX: number };
  readonly b: { readonly operand: string; readonly elements: number; readonly group: number; readonly image: number; readonly k: number;
    readonly y: number; readonly x: number };
  readonly out: { readonly elements: number; readonly offset: number; readonly group: number; readonly image: number; readonly row: number;
    readonly y: number; readonly x: number };
}
