/**
 * Cholesky factors in float64 on the host: D^3 / 3 multiply-adds, which is right for D up to about 1,152 (a second and a half).
 * src/kernels/cholesky.ts has it for larger ones.
 */

/** A pivot that is not positive. */
export class NotPositive extends Error {
  constructor(readonly column: number, readonly pivot: number) {
    super(`the pivot of column ${column} is ${pivot}`);
  }
}

/** L lower triangular [D, D] with A = L L^T, zeros above. Reads the lower triangle of A. Throws NotPositive. */
export function cholesky(A: Float64Array, D: number): Float64Array {
  const L = new Float64Array(D * D);
  for (let i = 0; i < D; i++) {
    const row = i * D;
    for (let j = 0; j <= i; j++) {
      const other = j * D;
      // Four sums side by side: one alone would wait for each of its additions.
      let a = 0, b = 0, c = 0, d = 0, k = 0;
      for (; k + 4 <= j; k += 4) {
        a += L[row + k] * L[other + k];
        b += L[row + k + 1] * L[other + k + 1];
        c += L[row + k + 2] * L[other + k + 2];
        d += L[row + k + 3] * L[other + k + 3];
      }
      for (; k < j; k++) a += L[row + k] * L[other + k];
      const rest = A[row + j] - (a + b + (c + d));
      if (j < i) L[row + j] = rest / L[other + j];
      else if (rest > 0) L[row + i] = Math.sqrt(rest);
      else throw new NotPositive(i, rest);
    }
  }
  return L;
}

/** R upper triangular with A = R R^T: the Cholesky factor of A with rows and columns reversed, reversed. Throws NotPositive. */
export function reversedFactor(A: Float64Array, D: number): Float64Array {
  try {
    return cholesky(A.slice().reverse(), D).reverse();
  } catch (error) {
    throw error instanceof NotPositive ? new NotPositive(D - 1 - error.column, error.pivot) : error;
  }
}

/** A^-1 [D, D] of A = L L^T. */
export function inverseFromFactor(L: Float64Array, D: number): Float64Array {
  const inverse = new Float64Array(D * D);
  // M = L^-1, lower triangular; A^-1 = M^T M.
  const M = new Float64Array(D * D);
  for (let c = 0; c < D; c++) {
    for (let r = c; r < D; r++) {
      let sum = r === c ? 1 : 0;
      for (let k = c; k < r; k++) sum -= L[r * D + k] * M[k * D + c];
      M[r * D + c] = sum / L[r * D + r];
    }
  }
  for (let k = 0; k < D; k++) {
    for (let i = 0; i <= k; i++) {
      const m = M[k * D + i];
      if (m !== 0) { for (let j = 0; j <= k; j++) inverse[i * D + j] += m * M[k * D + j]; }
    }
  }
  return inverse;
}
