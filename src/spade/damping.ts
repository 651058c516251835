/** A Hessian made ready for a factorization: dead columns and damping. */

export interface Damped {
  /** [D, D], whole. */
  readonly matrix: Float64Array;
  /** Columns that are 0 on every view; their weights become 0 at no cost, and the diagonal 1. */
  readonly dead: Uint8Array;
}

/**
 * `share`: of the mean of the diagonal, what is added to it: 0.01 for FastSPADE. The mean is over LIVE columns; with `released` the
 * ones of dead columns enter it, as in the code that the paper's authors released.
 */
export function damped(hessian: Float64Array, D: number, share: number, released = false): Damped {
  const matrix = Float64Array.from(hessian);
  const dead = new Uint8Array(D);
  let sum = 0, live = 0;
  for (let d = 0; d < D; d++) {
    const at = d * D + d;
    if (matrix[at] === 0) {
      dead[d] = 1;
      matrix[at] = 1;
    } else {
      sum += matrix[at];
      live++;
    }
  }
  const mean = released ? (sum + D - live) / D : live === 0 ? 1 : sum / live;
  for (let d = 0; d < D; d++) matrix[d * D + d] += share * mean;
  return { matrix, dead };
}
