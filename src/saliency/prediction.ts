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
