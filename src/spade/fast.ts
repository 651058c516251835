/**
 * FastSPADE: SparseGPT's elimination (Frantar and Alistarh, arXiv 2301.00774) with a quota for every block of columns, without an
 * inverse. With A = R R^T, R upper, and U = R^-1 (A^-1 = U^T U, U_jj = 1 / R_jj), block B of columns [b, e) starts from
 *
 *   W_B = W0_B + ((W0 - Q) before B) R[before, B] R_BB^-1
 *
 * scores W_B^2 R_jj^2, prunes the smallest of all rows together, and goes on by columns: w_j = W_B,j + ((W_B - Q_B) before j)
 * R_BB[before j, j] / R_jj, Q_j = w_j with the pruned set to 0. What each column takes away, e_j = (w_j - q_j) R_jj, sums to
 * 1/2 sum of e^2 = 1/2 tr((W - Q) A (W - Q)^T), which checks the whole.
 */
import { choose } from './choose.js';

export interface Solution {
  /** [rows, columns] */
  readonly weights: Float64Array;
  /** 1 where a weight is kept. */
  readonly kept: Uint8Array;
  /** What the solver adds up along the way: equal to the damped error up to rounding. */
  readonly loss: number;
}

export interface Elimination {
  readonly rows: number;
  readonly columns: number;
  /** Columns pruned together. */
  readonly block: number;
  readonly sparsity: number;
  readonly released?: boolean;
}

/** `W` [rows, columns] with dead columns at 0 already, `R` of the damped Hessian; `dead` columns are never kept. */
export function fastSpade(W: Float64Array, R: Float64Array, dead: Uint8Array, how: Elimination): Solution {
  const { rows, columns: D, block, sparsity, released = false } = how;
  const Q = Float64Array.from(W);
  const kept = Uint8Array.from(W, (_, k) => 1 - dead[k % D]);
  if (sparsity === 0 && !released) return { weights: Q, kept, loss: 0 };
  const change = new Float64Array(rows * D); // W0 - Q
  let loss = 0;
  for (let b = 0; b < D; b += block) {
    const width = Math.min(block, D - b);
    const start = blockStart(W, R, change, { rows, D, b, width });
    const scores = start.map((w, k) => (w * R[(b + (k % width)) * (D + 1)]) ** 2);
    const gone = choose(scores, sparsity, released);
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < width; j++) {
        const at = r * width + j, column = b + j, pivot = R[column * D + column];
        let w = start[at];
        // What the block's columns before j have moved away from where the block began.
        for (let i = 0; i < j; i++) w += (start[at - j + i] - Q[r * D + b + i]) * R[(b + i) * D + column] / pivot;
        const place = r * D + column;
        Q[place] = gone[at] ? 0 : w;
        if (gone[at]) {
          kept[place] = 0;
          loss += 0.5 * (w * pivot) ** 2;
        }
        change[place] = W[place] - Q[place];
      }
    }
  }
  return { weights: Q, kept, loss };
}

/** W_B of every row as a block begins, [rows, width]. */
function blockStart(W: Float64Array, R: Float64Array, change: Float64Array,
  { rows, D, b, width }: { rows: number; D: number; b: number; width: number }): Float64Array {
  const out = new Float64Array(rows * width);
  const moved = new Float64Array(width);
  // The block's columns of R, one row of them after another: they are read once for every row of W.
  const above = new Float64Array(b * width);
  for (let i = 0; i < b; i++) for (let j = 0; j < width; j++) above[i * width + j] = R[i * D + b + j];
  for (let r = 0; r < rows; r++) {
    moved.fill(0);
    for (let i = 0; i < b; i++) {
      const c = change[r * D + i];
      if (c !== 0) { for (let j = 0, at = i * width; j < width; j++) moved[j] += c * above[at + j]; }
    }
    // y R_BB = moved, from the left: R_BB is upper triangular.
    for (let j = 0; j < width; j++) {
      let y = moved[j];
      for (let i = 0; i < j; i++) y -= (out[r * width + i] - W[r * D + b + i]) * R[(b + i) * D + b + j];
      out[r * width + j] = W[r * D + b + j] + y / R[(b + j) * (D + 1)];
    }
  }
  return out;
}
