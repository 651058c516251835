/**
 * Counterfactuals: how few of a picture's features, set to their means, change the answer. For a class t against the answer p each feature
 * takes its D_j from logit_p - logit_t by itself, so that the largest D_j first is the best order, and the least over all t is the fewest
 * features that there are: no search is needed. In a dense layer as in a sparse one.
 */
import { argmax } from '../../saliency/prediction.js';
import type { Random } from '../../saliency/random.js';
import { contributions } from './contributions.js';
import type { Reading } from './layer.js';

/** The fewest features that change an answer. */
export interface Flip {
  /** By falling D_j against `against`. */
  readonly features: readonly number[];
  /** The class whose logit passes that of the answer first, and the class that is then answered. */
  readonly against: number;
  readonly to: number;
}

/** The fewest features of row `row` of z whose setting to their means changes the answer; null where no choice of features does. */
export function fewestToFlip(reading: Reading, z: ArrayLike<number>, row: number): Flip | null {
  const logits = reading.logits(z, row);
  const p = argmax(logits);
  let best: { count: number; against: number } | null = null;
  for (let t = 0; t < logits.length; t++) {
    if (t === p) continue;
    const count = fewestAgainst(reading, z, row, p, t, logits[p] - logits[t], best?.count ?? Infinity);
    if (count !== null && (best === null || count < best.count)) best = { count, against: t };
  }
  if (best === null) return null;
  const features = contributions(reading, z, row, p, best.against).slice(0, best.count).map((c) => c.feature);
  const after = features.reduce((now, j) => reading.without(now, j, z[row * reading.layer.features + j]), logits);
  return { features, against: best.against, to: argmax(after) };
}

/** How many D_j of p against t, the largest first, it takes to pass `margin`; null where all do not, or not fewer than `most`. */
function fewestAgainst(reading: Reading, z: ArrayLike<number>, row: number, p: number, t: number, margin: number, most: number):
  | number
  | null {
  const { features, weights } = reading.layer;
  const positive: number[] = [];
  let total = 0, largest = 0;
  const take = (j: number): void => {
    const d = (weights[p * features + j] - weights[t * features + j]) * z[row * features + j];
    if (d <= 0) return;
    positive.push(d);
    total += d;
    if (d > largest) largest = d;
  };
  for (const j of reading.ofClass[p].at) take(j);
  for (const j of reading.ofClass[t].at) if (weights[p * features + j] === 0) take(j);
  // Most classes are far away: neither their sum, nor fewer of their largest than the best so far, can reach.
  if (total <= margin || largest * (most - 1) <= margin) return null;
  const sorted = Float64Array.from(positive).sort();
  let left = margin;
  for (let count = 1; count <= sorted.length && count < most; count++) {
    left -= sorted[sorted.length - count];
    if (left < 0) return count;
  }
  return null;
}

/**
 * The control: the features that the answer's class or the class `against` uses, set to their means in random order, and how many it takes
 * until the answer changes; null where it never does.
 */
export function randomToFlip(reading: Reading, z: ArrayLike<number>, row: number, against: number, random: Random): number | null {
  let logits = reading.logits(z, row);
  const p = argmax(logits);
  const pool = [...new Set([...reading.ofClass[p].at, ...reading.ofClass[against].at])].sort((a, b) => a - b);
  for (const [k, at] of random.choose(pool.length, pool.length).entries()) {
    logits = reading.without(logits, pool[at], z[row * reading.layer.features + pool[at]]);
    if (argmax(logits) !== p) return k + 1;
  }
  return null;
}

/** The class with the second greatest logit. */
export function runnerUp(logits: ArrayLike<number>): number {
  const p = argmax(logits);
  return argmax(Float64Array.from(logits, (v, c) => (c === p ? -Infinity : v)));
}
