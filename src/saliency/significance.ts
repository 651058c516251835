/** Two paired tests of whether a change is more than chance, two-sided, by a statistics package. */
import studentTest from '@stdlib/stats-ttest';
import signedRank from '@stdlib/stats-wilcoxon';

export interface TestResult {
  /** Student's t, or the sum of the ranks of positive differences; null where there is no test. */
  readonly statistic: number | null;
  /** Null where there is no test. Below 1e-15 the packages give 0 for the signed-rank test. */
  readonly p: number | null;
  /** Pairs. */
  readonly n: number;
  /** Why there is no test. */
  readonly note: string | null;
}

/** Student's paired t-test of x - y, n - 1 degrees of freedom. Throws where the lengths differ or a value is not finite. */
export function pairedT(x: ArrayLike<number>, y: ArrayLike<number>): TestResult {
  const d = differences(x, y);
  const note = untestable(d) ?? (d.every((v) => v === d[0]) ? 'all differences are the same, so their spread is unknown' : null);
  if (note !== null) return { statistic: null, p: null, n: d.length, note };
  const { statistic, pValue } = studentTest(d);
  return { statistic, p: pValue, n: d.length, note: null };
}

/**
 * Wilcoxon's signed-rank test of x - y. Differences of zero are left out, as Wilcoxon did; the distribution is exact up to
 * 50 pairs without zeros and ties, and normal without a correction for continuity elsewhere. Throws as `pairedT`.
 */
export function wilcoxonSignedRank(x: ArrayLike<number>, y: ArrayLike<number>): TestResult {
  const d = differences(x, y);
  const note = untestable(d);
  if (note !== null) return { statistic: null, p: null, n: d.length, note };
  const { statistic, pValue } = signedRank(d, { correction: false });
  // Twice the probability of one side, which in the middle is above a half.
  return { statistic, p: Math.min(1, pValue), n: d.length, note: null };
}

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
