/** How many features it takes to change the answers of a layer, over many pictures, beside the same features in random order. */
import { atMostOf, shareOf } from '../../saliency/binomial.js';
import type { Interval } from '../../saliency/bootstrap.js';
import { argmax } from '../../saliency/prediction.js';
import { Random } from '../../saliency/random.js';
import { fewestToFlip, randomToFlip, runnerUp, type Flip } from './flip.js';
import type { Reading } from './layer.js';

/** One picture. Numbers of features are null where no number of them changes the answer. */
export interface Counterfactual {
  readonly row: number;
  readonly label: number;
  readonly predicted: number;
  readonly flip: Flip | null;
  /** In a random order. */
  readonly random: number | null;
}

/** Numbers of features, over pictures; null stands for "never". */
export interface FlipCounts {
  readonly pictures: number;
  /** Pictures whose answer changes at all. */
  readonly flipped: Interval;
  readonly median: number | null;
  /** 95 %, from the order of the values alone; null where that is "never" or there are too few pictures. */
  readonly medianLow: number | null;
  readonly medianHigh: number | null;
  /** Shares of pictures that need at most so many. */
  readonly within: readonly { readonly features: number; readonly share: Interval }[];
}

/** Numbers of features whose shares are told. */
export const WITHIN = [1, 2, 3, 5, 10] as const;
const SEED = 0;

export interface CounterfactualOptions {
  /** By default all. */
  readonly rows?: readonly number[];
  readonly seed?: number;
  readonly onProgress?: (done: number) => void;
}

/** The rows of z [samples, features], each with one random order beside the best one. */
export function counterfactuals(reading: Reading, z: ArrayLike<number>, labels: ArrayLike<number>,
  { rows, seed = SEED, onProgress }: CounterfactualOptions = {}): Counterfactual[] {
  const all = rows ?? Array.from({ length: labels.length }, (_, k) => k);
  return all.map((row, k): Counterfactual => {
    const logits = reading.logits(z, row);
    const flip = fewestToFlip(reading, z, row);
    const against = flip?.against ?? runnerUp(logits);
    onProgress?.(k + 1);
    return { row, label: labels[row], predicted: argmax(logits), flip,
      random: randomToFlip(reading, z, row, against, new Random(seed, row)) };
  });
}

/** Throws where there is none. */
export function flipCounts(counts: readonly (number | null)[]): FlipCounts {
  if (counts.length === 0) throw new Error('there is no picture whose answer could be changed');
  const sorted = counts.map((c) => c ?? Infinity).sort((a, b) => a - b);
  const n = sorted.length;
  const at = (k: number): number | null => (sorted[k] !== undefined && sorted[k] < Infinity ? sorted[k] : null);
  const share = (most: number): Interval => shareOf(sorted.filter((v) => v <= most).length, n);
  // From the k-th to the (n + 1 - k)-th value: that misses the median with probability 2 P(Bin(n, 1/2) < k).
  let k = 0;
  while (k < n / 2 && atMostOf(k, n, 0.5) <= 0.025) k++;
  return { pictures: n, flipped: share(Number.MAX_VALUE), median: at(Math.floor((n - 1) / 2)), medianLow: at(k - 1), medianHigh: at(n - k),
    within: WITHIN.map((features) => ({ features, share: share(features) })) };
}
