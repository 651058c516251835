/** What the page and the conclusion call classes and files, and when an answer is a mistake. */
import type { Report } from './data.js';

export const className = (report: Pick<Report, 'classes'>, k: number): string => report.classes[k] ?? `class ${k}`;

/** The end of a path. */
export const fileName = (path: string): string => path.split(/[/\\]/).pop() || path;

/** Files as a page that is sent away names them: those of an absolute path by their names alone. Several have commas between. */
export const withoutPlace = (paths: string): string =>
  paths.split(',').map((path) => (/^([/\\]|[A-Za-z]:[/\\])/.test(path) ? fileName(path) : path)).join(',');

/** A report whose files have no place on the machine that made it. */
export function sent(report: Report): Report {
  const { input, among, neighbors, also, made, features } = report;
  const { model, statistics } = made;
  return {
    ...report,
    input: withoutPlace(input),
    ...(among && { among: { ...among, run: withoutPlace(among.run) } }),
    ...(also && { also: also.map((o) => ({ ...o, model: withoutPlace(o.model) })) }),
    ...(features && { features: { ...features, folder: withoutPlace(features.folder) } }),
    neighbors: neighbors && { ...neighbors, run: withoutPlace(neighbors.run) },
    made: { ...made, model: { ...model, file: withoutPlace(model.file) },
      statistics: statistics && { ...statistics, file: withoutPlace(statistics.file) } },
  };
}

export const isMistake = ({ answer }: Pick<Report, 'answer'>): boolean => answer.predicted.class !== answer.label.class;
