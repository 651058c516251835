/** Trainings with one thing at a time left to chance: as text and JSON. */
import type { PairMeans } from '../../reproducibility/retrain.js';
import { percent, plural } from '../numbers.js';
import { fittedTable, hanging } from '../text-table.js';

export interface RetrainReport {
  /** What was trained again: "the last layer of r20.onnx (linear, 64 features)". */
  readonly what: string;
  readonly models: number;
  readonly trained: number;
  readonly held: number;
  readonly chances: readonly { readonly name: string; readonly measures: PairMeans }[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly adapter: string;
  readonly version: string;
}

const told = ([mean, error]: readonly [number, number], digits = 4): string =>
  Number.isFinite(mean)
    ? `${mean.toFixed(digits)}${Number.isFinite(error) ? ` +- ${(1.96 * error).toFixed(digits)}` : ''}`
    : 'not a number';

export function retrainText({ what, models, trained, held, chances }: RetrainReport): string {
  const rows = chances.map((
    { name, measures: m }
  ) => [name, told(m.total_variation), told(m.churn), told(m.mistakes_shared, 3),
    Number.isFinite(m.error) ? percent(m.error) : 'not a number', Number.isFinite(m.unanimous) ? percent(m.unanimous) : 'not a number']
  );
  const lines = [
    ...hanging(`${what}: ${plural(models, 'training')} each, on ${plural(trained, 'picture')}, asked about ${plural(held, 'other')}. Means `
      + 'over pairs, +- 1.96 standard errors by leaving out one training at a time.'),
    '',
    ...fittedTable([['left to chance', 'total variation', 'churn', 'mistakes shared', 'wrong', 'unanimous'], ...rows], [4, 5]),
    '',
    ...hanging('Errors stand beside the differences: what always says the same differs least.'),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export const retrainJson = (report: RetrainReport): string =>
  `${JSON.stringify({ command: 'irreproducibility retrain', ...report }, null, 1)}\n`;
