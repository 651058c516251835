/** How numbers are written in texts, tables and pages alike. */
import type { Interval } from '../saliency/bootstrap.js';

/** Nine digits tell any two float32 apart. */
export const nineDigits = (v: number): number => Number(v.toPrecision(9));

/** 4321 as "4,321". */
export const whole = (n: number): string => n.toLocaleString('en-GB');

/** "1 filter", "4,321 filters". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

/** 0.9712 as "97.1 %". */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** With the digits it takes and at most two after the point: 0.05 as "5 %", 0.0125 as "1.25 %". */
export const shortPercent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;

/** A probability, 0.9712 as "97.1 %"; one that is not quite 0 or 1 does not become it. */
export function confidence(probability: number): string {
  const text = percent(probability);
  if (text === '100.0 %' && probability < 1) return 'over 99.9 %';
  if (text === '0.0 %' && probability > 0) return 'under 0.1 %';
  return text;
}

/** In percentage points; a zero has no sign. */
export const points = (v: number): string => (100 * v).toFixed(1).replace(/^-(0\.0)$/, '$1');

/** Mean and interval, in percent or in percentage points. */
export const spread = ({ mean, low, high }: Interval): string => `${points(mean)} [${points(low)}, ${points(high)}]`;
