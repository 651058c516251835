/** What the page and the conclusion call classes and files, and when an answer is a mistake. */
import type { Report } from './data.js';

export const className = (report: Pick<Report, 'classes'>, k: number): string => report.classes[k] ?? `class ${k}`;

/** The end of a path. */
export const fileName = (path: string): string => path.split(/[/\\]/).pop() || path;

export const isMistake = ({ answer }: Pick<Report, 'answer'>): boolean => answer.predicted.class !== answer.label.class;
