/**
 * Standardized saliency (eq. 2 of Levin et al., arXiv 2108.01335) of a sample that is itself among those the statistics are of, with
 * that sample left out of them.
 *
 * With z = (x - m) / s of mean m and unbiased deviation s over n samples, x among them, the other n - 1 have
 *
 *   m' = m - (x - m) / (n - 1),    (n - 2) s'^2 = (n - 1) s^2 - (x - m)^2 n / (n - 1)
 *
 * (Welford's and Chan's formulas of statistics.ts, run backwards), and so, exactly,
 *
 *   z' = (x - m') / s' = z n sqrt(n - 2) / sqrt((n - 1) ((n - 1)^2 - n z^2)).
 *
 * In regression it is the externally studentized residual of a mean (Cook and Weisberg, Residuals and Influence in Regression, 1982,
 * section 2.2.1), but of a new sample: not divided by its own sqrt(n / (n - 1)). It rises with z, so that a ranking stays, and has no
 * bound, where |z| cannot pass (n - 1) / sqrt(n) (Shiffler, The American Statistician 42, 1988): ten of twelve pictures' filters at 3.18
 * are told apart.
 */
import { isDead, type Statistics } from './standardize.js';

/** Statistics of fewer samples are called few: the ten most salient filters change with the samples (measured in docs/explain.md). */
export const FEW_SAMPLES = 300;

/** The largest standardized saliency that a sample can have within its own n samples: (n - 1) / sqrt(n). Throws where n is below 1. */
export function highestWithin(samples: number): number {
  if (!(samples >= 1)) throw new Error(`a bound needs a number of samples of at least 1, got ${samples}`);
  return (samples - 1) / Math.sqrt(samples);
}

/** What is left of (n - 1)^2 - n z^2 after the rounding of z, a part of (n - 1)^2. */
const ROUNDING = 1e-12;

/**
 * z' of the formula above, from z, a sample's standardized saliency within `samples` that it is one of. Where all others are equal to
 * within rounding their deviation is not known: infinite, with the sign of z. NaN where there are fewer than two others.
 */
export function leftOut(z: number, samples: number): number {
  const n = samples;
  if (!(n >= 3)) return NaN;
  const rest = (n - 1) ** 2 - n * z * z;
  if (rest <= ROUNDING * (n - 1) ** 2) return z > 0 ? Infinity : -Infinity;
  return (z * n * Math.sqrt(n - 2)) / Math.sqrt((n - 1) * rest);
}

/**
 * z' of every filter of a sample's `standardized` profile [filters]; 0 at dead ones. Throws where the statistics do not say over how
 * many samples they are, or over fewer than three.
 */
export function standardizeLeftOut(standardized: ArrayLike<number>, stats: Statistics): Float64Array {
  const { samples } = stats;
  if (samples === null || samples < 3) {
    throw new Error(`leaving a sample out needs statistics of at least 3 samples, got ${samples ?? 'none that say of how many they are'}`);
  }
  return Float64Array.from(standardized, (z, k) => (isDead(stats, k) ? 0 : leftOut(z, samples)));
}

/** z' as a field beside a filter's z; none where there are fewer than three samples, or their number is not known (null). */
export const leftOutOf = (z: number,
  samples: number | null): { readonly leftOut?: number } => (samples === null || samples < 3 ? {} : { leftOut: leftOut(z, samples) });
