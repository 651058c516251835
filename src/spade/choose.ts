/** Which weights of a block are pruned. */

/** How many of n weights a sparsity prunes: exactly floor(n s). */
export const prunedCount = (n: number, sparsity: number): number => Math.floor(n * sparsity + 1e-9);

/**
 * 1 where pruned: the `prunedCount` smallest scores, ties to the lower index. With `released`, as in the code that the paper's authors
 * released, everything that is no greater than the element of rank floor(n s): one more, and all of equals.
 */
export function choose(scores: Float64Array, sparsity: number, released = false): Uint8Array {
  const n = scores.length;
  const gone = new Uint8Array(n);
  if (released) {
    const limit = scores.slice().sort()[Math.trunc(n * sparsity)];
    for (let k = 0; k < n; k++) gone[k] = Number(scores[k] <= limit);
    return gone;
  }
  const count = prunedCount(n, sparsity);
  if (count === 0) return gone;
  const limit = scores.slice().sort()[count - 1];
  let left = count;
  for (let k = 0; k < n; k++) {
    if (scores[k] < limit) {
      gone[k] = 1;
      left--;
    }
  }
  for (let k = 0; k < n && left > 0; k++) {
    if (scores[k] === limit) {
      gone[k] = 1;
      left--;
    }
  }
  return gone;
}
