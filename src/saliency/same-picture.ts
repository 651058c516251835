/**
 * Whether two samples are one picture under two names, by what was computed of them: the same label, the same answer, and raw profiles
 * (eq. 1) that agree to rounding. Two pictures that a network is sure of look alike once they are standardized; their raw profiles,
 * which reach over orders of magnitude, do not.
 */

/** Stretches of filters, from the first layer to the last, whose sums are compared. */
const STRETCHES = 8;
/** Relative differences of sums: float32 of two adapters, and float16, which also loses what is below its least number. */
const TOLERANCE = { float32: 1e-4, float16: 2e-3 } as const;
const LEAST_HALF = 2 ** -24;

/** What a sample is recognized by. */
export interface Fingerprint {
  readonly label: number;
  readonly predicted: number;
  /** Sum of the raw profile over each stretch of filters. */
  readonly sums: Float64Array;
  readonly filters: number;
}

/** Of a sample whose raw profile [filters] begins at `from`. */
export function fingerprint({ label, predicted }: { readonly label: number; readonly predicted: number }, profiles: ArrayLike<number>,
  from: number, filters: number): Fingerprint {
  const sums = new Float64Array(Math.min(STRETCHES, filters));
  for (let k = 0; k < filters; k++) sums[Math.floor((k * sums.length) / filters)] += profiles[from + k];
  return { label, predicted, sums, filters };
}

/**
 * Whether they are of one picture; `stored` is the coarser of the two forms the profiles were kept in. False where a profile is (almost)
 * zero, which tells nothing. A picture that is in a set twice with two labels counts as two.
 */
export function samePicture(a: Fingerprint, b: Fingerprint, stored: keyof typeof TOLERANCE): boolean {
  if (a.label !== b.label || a.predicted !== b.predicted || a.filters !== b.filters) return false;
  const total = a.sums.reduce((sum, v) => sum + v, 0);
  const lost = stored === 'float16' ? LEAST_HALF * a.filters : 0;
  if (!(total > 100 * lost)) return false;
  return a.sums.every((v, k) => Math.abs(v - b.sums[k]) <= TOLERANCE[stored] * Math.max(v, b.sums[k]) + lost / a.sums.length);
}
