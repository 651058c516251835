/**
 * Implicit GEMM (general matrix multiplication): C = A B, where B is never unfolded in memory but gathered by taps. The
 * one form that matrix products, convolutions and their input gradients share.
 *
 *   out[g, m, col] = sum over (k, ty, tx) of A[g, m, k, ty, tx] * B[g, k, y(col, ty), x(col, tx)]
 *
 * g is a group (or an entry of a batch of matrices), M counts rows (m), N columns (col = image, oy, ox), and the
 * reduction K runs over (k, ty, tx): channels and taps. A is a matrix with strides; B is a stack of images that the
 * taps shift, 0 outside their bounds:
 *
 *   y(col, ty) = oy * y.perColumn + y.first + ty * y.perTap      (x likewise)
 *
 * A plain matrix product has one image of one row and one tap. summation.ts says in which order terms are added,
 * schedule.ts which micro-kernel does it.
 */
import type { ConvShape } from './conv-shape.js';
import type { KernelWriter } from './writer.js';

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

/** A factor or the result: the name of its operand, its size, and strides and offset in elements. */
type Strided<Stride extends string> = { readonly elements: number } & { readonly [S in Stride]: number };

/**
 * What a micro-kernel and its tiles are chosen by: the sizes that a batch of USUAL_BATCH samples has, whatever the batch is, so
 * that one of another size is computed by the same text.
 */
export interface UsualSizes {
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
}

/** For the choice alone: about where a GPU begins to be full. */
export const USUAL_BATCH = 16;

export interface Gemm {
  readonly name: string;
  readonly groups: number;
  readonly rows: number;
  readonly k: number;
  readonly images: number;
  readonly usual: UsualSizes;
  readonly y: Axis;
  readonly x: Axis;
  readonly a: { readonly operand: string } & Strided<'offset' | 'group' | 'row' | 'k' | 'tapY' | 'tapX'>;
  readonly b: { readonly operand: string } & Strided<'group' | 'image' | 'k' | 'y' | 'x'>;
  readonly out: Strided<'offset' | 'group' | 'image' | 'row' | 'y' | 'x'>;
}

/** Of a convolution with so many rows in a group and places in an image: samples are images, or groups of their own. */
export function usualSizes({ groups, samples }: ConvShape, rows: number, places: number): UsualSizes {
  return samples === undefined
    ? { groups, rows, columns: USUAL_BATCH * places }
    : { groups: (USUAL_BATCH * groups) / samples, rows, columns: places };
}

/** Declares both axes and all strides as parameters. */
export function gemmParams(w: KernelWriter, { y, x, a, b, out }: Gemm) {
  const axis = (name: string, { extent, first, perColumn, perTap }: Axis) => ({
    ...w.params(name, { Extent: extent }),
    ...w.params(name, { First: first, PerColumn: perColumn, PerTap: perTap }, 'i32'),
  });
  return {
    y: axis('y', y),
    x: axis('x', x),
    as: w.params('a', { Offset: a.offset, Group: a.group, Row: a.row, K: a.k, TapY: a.tapY, TapX: a.tapX }),
    bs: w.params('b', { Group: b.group, Image: b.image, K: b.k, Y: b.y, X: b.x }),
    os: w.params('o', { Offset: out.offset, Group: out.group, Image: out.image, Row: out.row, Y: out.y, X: out.x }),
  };
}
