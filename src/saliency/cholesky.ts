/** Symmetric positive matrices of moderate size, in float64 on the host. */

/** H = L L^T in place of the lower triangle of [M,M]; false where the matrix is not positive. */
export function cholesky(H: Float64Array, M: number): boolean {
  for (let q = 0; q < M; q++) {
    const row = q * M;
    for (let r = 0; r <= q; r++) {
      const other = r * M;
      let s = H[row + r];
      for (let k = 0; k < r; k++) s -= H[row + k] * H[other + k];
      if (r < q) H[row + r] = s / H[other + r];
      else if (s > 0) H[row + q] = Math.sqrt(s);
      else return false;
    }
  }
  return true;
}

/** x with L L^T x = g. */
export function solveCholesky(L: Float64Array, M: number, g: Float64Array): Float64Array {
  const x = g.slice();
  for (let q = 0; q < M; q++) {
    let s = x[q];
    for (let k = 0; k < q; k++) s -= L[q * M + k] * x[k];
    x[q] = s / L[q * M + q];
  }
  for (let q = M - 1; q >= 0; q--) {
    let s = x[q];
    for (let k = q + 1; k < M; k++) s -= L[k * M + q] * x[k];
    x[q] = s / L[q * M + q];
  }
  return x;
}
