/**
 * Percentile bootstrap (Efron and Tibshirani, 1993, chapter 13): samples are drawn with replacement, as many as there are,
 * and the interval holds the middle 95 % of the means so found. It stands for how much a mean would change with other
 * samples of the same kind.
 *
 * Where all n values are the same, resamples cannot tell: of 48 answers none changed, and yet more would. There, of values that are
 * known to lie within [a, b], the interval is exact. If the mean is m > c, a value is c with a probability of at most (b - m) / (b - c),
 * so that all n are with at most its n-th power; set to 2.5 %, and likewise below,
 *
 *   c - (c - a) (1 - q) <= m <= c + (b - c) (1 - q),    q = 0.025^(1 / n),
 *
 * which for shares of 0 of n and n of n is the interval of Clopper and Pearson (Biometrika 26, 1934).
 */
import type { Random } from './random.js';

/** The least and the greatest that the values of a column can be. */
export type Range = readonly [low: number, high: number];
/** Of a share, and of a difference of shares. */
export const SHARE: Range = [0, 1], SHARE_CHANGE: Range = [-1, 1];

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export const RESAMPLES = 10_000;
const LEVEL = 0.95;

/**
 * Mean and interval of each column; a column has a value for each sample. All columns see the same resamples, so a
 * hundred of them cost no more draws than one, and the difference of two columns may be a column itself. A column that has one
 * of `ranges`, as those of answers counted have (a share, or a difference of shares), gets the exact interval where all of its values
 * are the same; null: a mean of measurements, whose spread the values show. Throws where there is no value, the columns are not of one
 * length, or the number of resamples is no whole number of at least 1.
 */
export function bootstrapMeans(columns: readonly ArrayLike<number>[], random: Random, resamples = RESAMPLES,
  ranges: readonly (Range | null)[] = []): Interval[] {
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
    const range = ranges[c] ?? null;
    if (range && column.every((v) => v === column[0])) return constantInterval(column[0], n, range);
    means[c].sort();
    return { mean: dot(times, column) / n, low: quantile(means[c], (1 - LEVEL) / 2), high: quantile(means[c], (1 + LEVEL) / 2) };
  });
}

/**
 * The exact 95 % interval of the mean of values within `range`, of which `n` were seen and all are `value` (the formula above). Throws
 * where n is no whole number of at least 1, or the value is not in the range.
 */
export function constantInterval(value: number, n: number, [a, b]: Range): Interval {
  if (!Number.isInteger(n) || n < 1) throw new Error(`an interval needs a number of values of at least 1, got ${n}`);
  if (!(value >= a && value <= b)) throw new Error(`${value} is not within ${a} to ${b}`);
  const beyond = -Math.expm1(Math.log((1 - LEVEL) / 2) / n); // 1 - q
  return { mean: value, low: value - (value - a) * beyond, high: value + (b - value) * beyond };
}

/** Mean of the values and its interval. Throws as `bootstrapMeans`. */
export const bootstrapMean = (values: ArrayLike<number>, random: Random, resamples = RESAMPLES, range: Range | null = null): Interval =>
  bootstrapMeans([values], random, resamples, [range])[0];

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
