/** What a search for sparsities came to, for a terminal. */
import type { Evaluation } from '../spade/tune.js';
import { percent, plural, whole } from './numbers.js';
import { table, wrapped } from './text-table.js';

export interface Tuning {
  readonly stages: readonly string[];
  readonly objective: 'insertion' | 'auc';
  readonly method: string;
  /** Least share of traces that name the network's class. */
  readonly agreement: number;
  readonly pictures: number;
  readonly dense: Evaluation;
  /** What is taken where nothing is tuned. */
  readonly usual: Evaluation;
  readonly best: Evaluation;
  readonly uniform: readonly Evaluation[];
  readonly looked: number;
}

/** The dense network first, what was found last, and what it must not be read as. */
export function tuningText({ stages, objective, method, agreement, pictures, dense, usual, best, uniform, looked }: Tuning): string {
  const score = ({ score: s }: Evaluation): string => (s === null ? 'not asked' : percent(s, 2));
  const row = (name: string, e: Evaluation): string[] => [name, ...e.setting.map(String), percent(e.agreement, 0), score(e)];
  const what = objective === 'auc' ? 'pixel AUC' : 'insertion on the dense network';
  return [
    `${what} of ${method}, mean of ${plural(pictures, 'picture')}; ${whole(looked)} settings looked at`,
    ...table([
      ['', ...stages, 'same class', objective === 'auc' ? 'AUC' : 'insertion'],
      row('dense network', dense),
      row('not tuned', usual),
      ...uniform.filter(({ setting }) => setting[0] !== 0).map((e) => row('uniform', e)),
      row('found', best),
    ], stages.map((_, k) => k + 1).concat(stages.length + 1, stages.length + 2), '  '),
    ...wrapped(
      `Sparsities were chosen among settings whose traces name the network's class in at least ${percent(agreement, 0)} of these ` +
        'pictures, and by these pictures: what they are worth shows on others.'
    ),
    '',
  ].join('\n');
}
