/**
 * LIME (Ribeiro, Singh, Guestrin, arXiv 1602.04938) on squares of pixels: the logits of pictures of which squares are hidden at random
 * (their values 0) are fitted by a linear function of which squares are there, near the whole picture above all.
 *
 *   z in {0,1}^F,   d = 1 - cos(z, all ones),   p = sqrt(exp(-d^2 / width^2))
 *   beta = argmin of sum p (y - a - z beta)^2 + alpha |beta|^2,   a free
 *
 * The fit is of F numbers, in float64 on the host.
 */
import { cholesky, solveCholesky } from '../saliency/cholesky.js';
import type { Draws } from './draws.js';
import { inAllChannels, squares, type Score } from './squares.js';

export const KERNEL_WIDTH = 0.25, RIDGE = 1;

/** The map [C,H,W] of a picture. */
export async function lime(picture: Float32Array, shape: readonly number[], { cell, masks }: Draws, score: Score): Promise<Float32Array> {
  const { of, count } = squares(shape, cell);
  const pixels = of.length;
  const beta = linearFit(masks, await score(masks.length / count, (s) => picture.map((v, k) => v * masks[s * count + of[k % pixels]])));
  return inAllChannels(picture, pixels, (pixel) => beta[of[pixel]]);
}

/** beta [F] for masks z [S,F] of ones and zeros, and logits y [S]. */
export function linearFit(masks: Uint8Array, y: ArrayLike<number>, width = KERNEL_WIDTH, ridge = RIDGE): Float64Array {
  const S = y.length, F = masks.length / S;
  const p = new Float64Array(S), centre = new Float64Array(F);
  let total = 0, level = 0;
  for (let s = 0; s < S; s++) {
    let shown = 0;
    for (let f = 0; f < F; f++) shown += masks[s * F + f];
    const d = 1 - Math.sqrt(shown / F); // of ones and zeros: shown / (sqrt(shown) sqrt(F))
    p[s] = Math.sqrt(Math.exp(-(d * d) / (width * width)));
    total += p[s];
    level += p[s] * y[s];
    for (let f = 0; f < F; f++) centre[f] += p[s] * masks[s * F + f];
  }
  const A = new Float64Array(F * F), right = new Float64Array(F), row = new Float64Array(F);
  for (let s = 0; s < S; s++) {
    for (let f = 0; f < F; f++) row[f] = masks[s * F + f] - centre[f] / total;
    for (let i = 0; i < F; i++) {
      const weighted = p[s] * row[i];
      right[i] += weighted * (y[s] - level / total);
      for (let j = 0; j <= i; j++) A[i * F + j] += weighted * row[j];
    }
  }
  for (let i = 0; i < F; i++) A[i * F + i] += ridge;
  cholesky(A, F); // positive, by the ridge
  return solveCholesky(A, F, right);
}
