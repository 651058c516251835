/**
 * Paired tests of whether a change is more than chance, two-sided. Their values are SciPy's (test/saliency/significance.test.ts).
 *
 * The distributions are written out here. Of the packages that have them, @stdlib's two brought 322 of the 454 installed, jStat and
 * lib-r-math.js are wrong in the eighth digit, and cephes compiles WebAssembly when imported, which a page may forbid. The sums below are
 * of positive terms or whole numbers alone, so that small probabilities keep their digits.
 */

import { atMostOf } from './binomial.js';

export interface TestResult {
  /** Student's t, or the sum of the ranks of positive differences; null where there is no test. */
  readonly statistic: number | null;
  /** Null where there is no test. */
  readonly p: number | null;
  /** Pairs. */
  readonly n: number;
  /** Why there is no test. */
  readonly note: string | null;
}

/** Student's paired t-test of x - y, n - 1 degrees of freedom. Throws where the lengths differ or a value is not finite. */
export function pairedT(x: ArrayLike<number>, y: ArrayLike<number>): TestResult {
  const d = differences(x, y);
  const n = d.length;
  const note = untestable(d) ?? (d.every((v) => v === d[0]) ? 'all differences are the same, so their spread is unknown' : null);
  if (note !== null) return { statistic: null, p: null, n, note };
  // t knows no scale: in units of the power of two below the largest, which rounds nothing, no square leaves the range of numbers.
  const unit = 2 ** Math.floor(Math.log2(d.reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
  const mean = d.reduce((sum, v) => sum + v / unit, 0) / n;
  const variance = d.reduce((sum, v) => sum + (v / unit - mean) ** 2, 0) / (n - 1);
  const statistic = mean / Math.sqrt(variance / n);
  return { statistic, p: studentTails(statistic, n - 1), n, note: null };
}

/**
 * Wilcoxon's signed-rank test of x - y. Differences of zero are left out, as Wilcoxon did; the distribution is exact up to
 * 50 pairs without zeros and ties, and normal without a correction for continuity elsewhere. Throws as `pairedT`.
 */
export function wilcoxonSignedRank(x: ArrayLike<number>, y: ArrayLike<number>): TestResult {
  const d = differences(x, y);
  const note = untestable(d);
  if (note !== null) return { statistic: null, p: null, n: d.length, note };
  const kept = d.filter((v) => v !== 0);
  const { ranks, repeated } = ranked(kept.map(Math.abs));
  const statistic = ranks.reduce((sum, rank, k) => (kept[k] > 0 ? sum + rank : sum), 0);
  const n = kept.length;
  const exact = n === d.length && n <= EXACT && repeated === 0;
  // Of the sum: mean n (n + 1) / 4, variance n (n + 1) (2 n + 1) / 24, less (t^3 - t) / 48 for each value that is there t times.
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - repeated / 2) / 24);
  const p = exact ? signedRankTails(statistic, n) : normalTails((statistic - (n * (n + 1)) / 4) / deviation);
  return { statistic, p, n: d.length, note: null };
}

/**
 * McNemar's test in its exact form (McNemar, 1947): of the pairs that changed, were as many mended as broken? Under chance each
 * is one or the other with probability 1/2, whatever the pairs that did not change. The statistic is the smaller number; `n` counts
 * the changed pairs. Throws where a number is no count.
 */
export function mcnemar(fixed: number, broken: number): TestResult {
  for (const count of [fixed, broken]) {
    if (!Number.isInteger(count) || count < 0) throw new Error(`${count} is no number of pairs`);
  }
  const n = fixed + broken;
  if (n === 0) return { statistic: null, p: null, n, note: 'no pair changed' };
  const statistic = Math.min(fixed, broken);
  // In the middle, twice one side is more than all.
  return { statistic, p: fixed === broken ? 1 : Math.min(1, 2 * atMostOf(statistic, n, 0.5)), n, note: null };
}

/** Pairs up to which 2^pairs, the number of ways to give signs, is counted: as in SciPy; float64 holds whole numbers to 2^53. */
const EXACT = 50;

function differences(x: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  if (x.length !== y.length) throw new Error(`${x.length} and ${y.length} values are no pairs`);
  const d = Float64Array.from(x, (v, k) => v - y[k]);
  const bad = d.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) throw new Error(`pair ${bad} is ${x[bad]} and ${y[bad]}; a test needs finite numbers`);
  return d;
}

function untestable(d: Float64Array): string | null {
  if (d.length < 2) return 'a test needs at least two pairs';
  return d.every((v) => v === 0) ? 'every difference is zero' : null;
}

/** Ranks from 1, equal values sharing the mean of theirs; `repeated`, the sum of t^3 - t over values that are there t times. */
function ranked(values: Float64Array): { ranks: Float64Array; repeated: number } {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  let repeated = 0;
  for (let from = 0, end = 0; from < order.length; from = end) {
    while (end < order.length && values[order[end]] === values[order[from]]) end++;
    for (let k = from; k < end; k++) ranks[order[k]] = (from + end + 1) / 2;
    repeated += (end - from) ** 3 - (end - from);
  }
  return { ranks, repeated };
}

// ---------------------------------------------------------------- distributions

/** The probability that |T| is at least |t|, for Student's T with f degrees of freedom: I_x(f / 2, 1 / 2) at x = f / (f + t^2). */
function studentTails(t: number, f: number): number {
  const square = t * t;
  const [a, x] = [f / 2, f / (f + square)];
  // B(a, 1/2), from B(1/2, 1/2) = pi or B(1, 1/2) = 2 upwards.
  let beta = f % 2 === 1 ? Math.PI : 2;
  for (let k = f % 2 === 1 ? 0.5 : 1; k < a; k++) beta *= k / (k + 0.5);
  const common = Math.exp(-a * Math.log1p(square / f)) / Math.sqrt(1 + f / square) / beta; // x^a (1 - x)^(1/2) / B
  // Each of the two series is quick where the other is slow; where the second one is taken, the difference is above 0.08.
  return x < (a + 1) / (a + 2.5) ? (common / a) * betaSeries(x, a, 0.5) : 1 - 2 * common * betaSeries(1 - x, 0.5, a);
}

/** Sum of (a + b)(a + b + 1)... / ((a + 1)(a + 2)...) x^k: the incomplete beta function over x^a (1 - x)^b / a (DLMF 8.17.8). */
function betaSeries(x: number, a: number, b: number): number {
  let sum = 1;
  for (let term = 1, k = 0; term > 1e-17 * sum; k++) sum += term *= (x * (a + b + k)) / (a + 1 + k);
  return sum;
}

/** The probability that a normal variable is at least |z| deviations off its mean: erfc(|z| / sqrt 2). */
function normalTails(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const common = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x > 2) { // DLMF 7.9.2, from its far end
    let fraction = x;
    for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
    return common / fraction;
  }
  let sum = 1; // DLMF 7.6.2
  for (let term = 1, k = 1; term > 1e-17 * sum; k++) sum += term *= (2 * x * x) / (2 * k + 1);
  return 1 - 2 * x * common * sum;
}

/** The probability that the sum of ranks is as far off its mean: counted over the subsets of 1 to n by their sums. */
function signedRankTails(statistic: number, n: number): number {
  const total = (n * (n + 1)) / 2;
  const subsets = new Float64Array(total + 1);
  subsets[0] = 1;
  for (let rank = 1; rank <= n; rank++) for (let sum = total; sum >= rank; sum--) subsets[sum] += subsets[sum - rank];
  const nearer = Math.min(statistic, total - statistic);
  // In the middle, twice one side is more than all.
  return Math.min(1, subsets.subarray(0, nearer + 1).reduce((count, v) => count + v, 0) / 2 ** (n - 1));
}
