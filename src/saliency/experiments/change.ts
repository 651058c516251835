/** A mean change over samples, as the analyses of section 3.4 report it: with its interval and two tests. */
import type { Interval } from '../bootstrap.js';
import { pairedT, wilcoxonSignedRank, type TestResult } from '../significance.js';

/** A mean over the samples with its 95 % bootstrap interval, and whether it differs from no change. */
export interface Change extends Interval {
  readonly t: TestResult;
  readonly wilcoxon: TestResult;
}

/** The interval of the values' mean together with tests of the values against zero. Throws where a value is not finite. */
export function tested(interval: Interval, values: Float64Array): Change {
  const zeros = new Float64Array(values.length);
  return { ...interval, t: pairedT(values, zeros), wilcoxon: wilcoxonSignedRank(values, zeros) };
}

/** NaN where there is no value. */
export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
