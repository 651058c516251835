/** The commands that mend an explanation without statistics, ready to be pasted but for the folder of pictures. */
import { NOT_STANDARDIZED } from '../../src/report/statistics.js';
import { wrapped } from '../../src/report/text-table.js';
import { commandLine } from '../shared/next.js';
import type { ExplainOptions } from './options.js';

/** What stands after pictures that were explained without --stats and --run. */
export function rawAdvice(images: readonly string[], { model, label, classes, preprocess, output, aggregation }: ExplainOptions): string {
  const given = { '--model': model, '--output': output, '--classes': classes, '--preprocess': preprocess,
    '--aggregation': aggregation === 'mean-abs' ? undefined : aggregation };
  const common = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const shown = images.length > 3 ? ['IMAGE...'] : images;
  return [
    ...wrapped(NOT_STANDARDIZED),
    ...wrapped('To see what is unusual, take statistics over some hundred other labelled pictures once, and give them:'),
    '',
    `  ${commandLine('profile', 'PICTURES', ...common, '--out', 'run')}`,
    `  ${commandLine('explain', ...shown, ...common, '--label', label ?? 'LABEL', '--run', 'run')}`,
    '',
    ...wrapped('PICTURES is a folder with a folder per class, a folder with labels.csv, CIFAR files or arrays (docs/datasets.md).'),
    '',
  ].join('\n');
}
