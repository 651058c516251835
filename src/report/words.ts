/** Numbers and names as the page and the conclusion write them. */
import type { Report } from './data.js';

/** 0.9712 as "97.1 %"; what is not quite 0 or 1 does not become it. */
export function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (text === '100.0' && share < 1) return 'over 99.9 %';
  if (text === '0.0' && share > 0) return 'under 0.1 %';
  return `${text} %`;
}

export const whole = (n: number): string => n.toLocaleString('en-GB');

export const plural = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

export const className = (report: Pick<Report, 'classes'>, k: number): string => report.classes[k] ?? `class ${k}`;

/** The end of a path. */
export const fileName = (path: string): string => path.split(/[/\\]/).pop() || path;

export const isMistake = ({ answer }: Pick<Report, 'answer'>): boolean => answer.predicted.class !== answer.label.class;
