/** Whether a network names samples no better than chance: the sign of other preprocessing or another order of classes. */

/** Fewer samples tell nothing. */
export const FEWEST = 50;
/** Below this probability of as many right answers by chance, they are taken for better than chance. */
const SIGNIFICANT = 0.05;

/**
 * Whether `right` of `samples` answers among `classes` are not significantly more than by chance: samples are at least `fewest` (50),
 * most are wrong, and one who names a class at random, 1 / classes, has as many right with a probability of at least 0.05
 * (exact binomial, one-sided).
 */
export function atChance(right: number, samples: number, classes: number, fewest = FEWEST): boolean {
  return samples >= fewest && classes >= 2 && 2 * right <= samples && binomialTail(right, samples, 1 / classes) >= SIGNIFICANT;
}

/** From this difference on, a network is sure in a way that its answers do not bear out; trained ones are off by a tenth at most. */
const OVERSURE = 0.2;

/**
 * Whether `right` of `samples` answers is far from what the network itself suggests: samples are at least 50, and its mean confidence
 * (softmax at the class given) is above the share that is right by at least 0.2. Wrong colours and another order of classes do that.
 */
export function farFromConfidence(right: number, samples: number, confidence: number): boolean {
  return samples >= FEWEST && confidence - right / samples >= OVERSURE;
}

/** The probability of at least `k` successes in `n` independent tries of probability `p`, 0 < p < 1: summed term by term. */
export function binomialTail(k: number, n: number, p: number): number {
  let term = n * Math.log1p(-p); // the logarithm, which does not underflow
  let sum = k <= 0 ? Math.exp(term) : 0;
  for (let i = 1; i <= n; i++) {
    term += Math.log(((n - i + 1) / i) * (p / (1 - p)));
    if (i >= k) sum += Math.exp(term);
  }
  return Math.min(1, sum);
}
