/** The columns that tables of samples have in common, spelled as in a run's own table (docs/files.md). */
import type { Answer } from '../saliency/off.js';
import { nineDigits } from './numbers.js';

type Named = (label: number) => string;
type Cells = readonly (string | number)[];

/** A sample of a run, without what was measured of it. */
export interface TableSample {
  readonly id: number;
  readonly path: string;
  readonly label: number;
  readonly predicted: number;
}

/** Which sample it is, and what the network answers. */
export const SAMPLE_COLUMNS = ['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'correct'] as const;

/** `name` is what people call a class. */
export const sampleCells = ({ id, path, label, predicted }: TableSample,
  name: Named): Cells => [id, path, label, name(label), predicted, name(predicted), flag(label === predicted)];

/** What a changed network, or picture, is answered with: confidences are those of the classes `predicted` and `label`. */
export const CHANGED_COLUMNS = ['predicted_now', 'predicted_now_name', 'correct_now', 'confidence_now', 'confidence_change',
  'label_confidence_now', 'label_confidence_change'] as const;

/** `before` is the answer without the change. */
export const changedCells = ({ label }: Pick<TableSample, 'label'>, before: Pick<Answer, 'wrong' | 'label'>, now: Answer,
  name: Named): Cells => [now.predicted, name(now.predicted), flag(now.predicted === label), nineDigits(now.wrong),
  nineDigits(now.wrong - before.wrong), nineDigits(now.label), nineDigits(now.label - before.label)];

/** Truth in a table: 1 or 0. */
export const flag = (is: boolean): number => (is ? 1 : 0);
