/** What logits say: the class a network answers, and how sure it is. */

/** The class with the largest of the logits [classes], the first of equals. */
export function argmax(logits: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[best]) best = k;
  return best;
}

/** Softmax of the logits [classes] at class k, exp(z_k) / sum over j of exp(z_j), without overflow. */
export function probability(logits: ArrayLike<number>, k: number): number {
  let sum = 0;
  for (let j = 0; j < logits.length; j++) sum += Math.exp(logits[j] - logits[k]);
  return 1 / sum;
}

/**
 * Throws where rows of logits [classes] are all at least 0 and sum to 1 or to 100: they are probabilities, and the cross-entropy would
 * take their softmax once more.
 */
export function refuseProbabilities(rows: readonly Float32Array[]): void {
  const sums = (to: number): boolean =>
    rows.every((row) => row.length > 1 && row.every((p) => p >= 0) && Math.abs(row.reduce((t, p) => t + p, 0) - to) <= 1e-4 * to);
  const to = [1, 100].find(sums);
  if (to === undefined) return;
  throw new Error(
    `the network's answers are at least 0 and sum to ${to}: they are probabilities already, whose logits were not found in the file; ` +
      'export it without its softmax'
  );
}
