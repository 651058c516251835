/** How numbers are written and compared where several commands do. */
import type { Interval } from '../../src/saliency/bootstrap.js';

/** Nine digits, more than float32 has. */
export const short = (v: number): number => Number(v.toPrecision(9));

/** In points of a hundred; a zero has no sign. */
export const points = (v: number): string => (100 * v).toFixed(1).replace(/^-(0\.0)$/, '$1');

/** Mean and interval, in points of a hundred. */
export const spread = ({ mean, low, high }: Interval): string => `${points(mean)} [${points(low)}, ${points(high)}]`;

/** The number of the list that is nearest to the one wanted, the first of two as near. */
export const nearest = (numbers: readonly number[], wanted: number): number =>
  numbers.reduce((best, k) => (Math.abs(k - wanted) < Math.abs(best - wanted) ? k : best));
