/** How numbers are written in texts, tables and pages alike. */
import type { Interval } from '../saliency/bootstrap.js';

/** Nine digits, more than float32 has. */
export const short = (v: number): number => Number(v.toPrecision(9));

/** 0.9712 as "97.1 %". */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** In points of a hundred; a zero has no sign. */
export const points = (v: number): string => (100 * v).toFixed(1).replace(/^-(0\.0)$/, '$1');

/** Mean and interval, in points of a hundred. */
export const spread = ({ mean, low, high }: Interval): string => `${points(mean)} [${points(low)}, ${points(high)}]`;
