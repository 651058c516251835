/**
 * Percentile bootstrap (Efron and Tibshirani, 1993, chapter 13): samples are drawn with replacement, as many as there are,
 * and the interval holds the middle 95 % of the means so found. It stands for how much a mean would change with other
 * samples of the same kind.
 */
import type { Random } from './random.js';

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export const RESAMPLES = 10_000;
const LEVEL = 0.95;

/**
 * Mean and interval of each column; a column has a value for each sample. All columns see the same resamples, so a
 * hundred of them cost no more draws than one, and the difference of two columns may be a column itself. Throws where
 * there is no value, the columns are not of one length, or the number of resamples is no whole number of at least 1.
 */
export function bootstrapMeans(columns: readonly ArrayLike<number>[], random: Random, resamples = RESAMPLES): Interval[] {
  if (columns.length === 0) return [];
  const n = columns[0].length;
  if (n === 0 || columns.some((c) => c.length !== n)) {
    throw new Error(`a bootstrap needs columns of one length of at least 1, got ${[...new Set(columns.map((c) => c.length))].join(', ')}`);
  }
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new Error(`the number of resamples is a whole number of at least 1, got ${resamples}`);
  }
  const values = columns.map((c) => Float64Array.from(c));
  const means = values.map(() => new Float64Array(resamples));
  const times = new Float64Array(n);
  for (let r = 0; r < resamples; r++) {
    times.fill(0);
    for (let k = 0; k < n; k++) times[random.below(n)]++;
    values.forEach((column, c) => {
      means[c][r] = dot(times, column) / n;
    });
  }
  times.fill(1);
  return values.map((column, c) => {
    means[c].sort();
    return { mean: dot(times, column) / n, low: quantile(means[c], (1 - LEVEL) / 2), high: quantile(means[c], (1 + LEVEL) / 2) };
  });
}

/** Mean of the values and its interval. Throws as `bootstrapMeans`. */
export const bootstrapMean = (values: ArrayLike<number>, random: Random, resamples = RESAMPLES): Interval =>
  bootstrapMeans([values], random, resamples)[0];

/** Mean of x - y, sample by sample, and its interval: what differs although samples differ more. Throws where the lengths differ. */
export function bootstrapDifference(x: ArrayLike<number>, y: ArrayLike<number>, random: Random, resamples = RESAMPLES): Interval {
  if (x.length !== y.length) throw new Error(`${x.length} and ${y.length} values are no pairs`);
  return bootstrapMean(Float64Array.from(x, (v, k) => v - y[k]), random, resamples);
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
  return sum;
}

/** The q-quantile of sorted values, between neighbours in proportion. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
