/** Labels that may be wrong, in sentences and tables. */
import { SUSPECT, type LabelDoubt } from '../saliency/suspects.js';
import { csvLine } from './csv.js';
import { confidence, nineDigits, plural, whole } from './numbers.js';
import { table } from './text-table.js';

/** A picture of a run whose label may be wrong. */
export interface SuspectRow extends LabelDoubt {
  readonly row: { readonly id: number; readonly path: string; readonly label: number; readonly predicted: number;
    readonly confidence: number; readonly labelConfidence: number; readonly loss: number };
}

/** Lines of the text. */
const LISTED = 10;
/** What the rule's numbers are worth: docs/labels.md. */
export const SUSPECT_CAUTION = 'look before changing a label: of such pictures, part are true mistakes of the network (docs/labels.md)';

/** Of one picture, the two halves of a sentence; null where nothing speaks for it. */
export function doubtSentence(doubt: LabelDoubt | null | undefined, label: string, predicted: string): readonly [string, string] | null {
  if (!doubt?.suspect) return null;
  return [
    `Maybe the label is wrong: the network gives "${label}" a probability of at most 1 in ${whole(1 / SUSPECT.labelProbability)}`,
    `and ${doubt.agreeing} of the ${doubt.neighbors} rightly named pictures with the most similar saliency are "${predicted}"`,
  ];
}

/** The list for a terminal; none where there is no suspect. */
export function suspectLines(suspects: readonly SuspectRow[], name: (k: number) => string): string[] {
  if (suspects.length === 0) return [];
  const rows = suspects.slice(0, LISTED).map((
    { row, agreeing, neighbors }
  ) => [String(row.id), row.path, name(row.label), name(row.predicted), confidence(row.confidence), row.loss.toPrecision(3),
    `${agreeing} of ${neighbors}`]
  );
  const first = suspects.length > LISTED ? `, the ${LISTED} with the greatest loss` : '';
  return ['', `${plural(suspects.length, 'label')} that may be wrong${first}`, `(${SUSPECT_CAUTION}):`,
    ...table([['id', 'picture', 'label', 'predicted', 'confidence', 'loss', 'neighbours'], ...rows], [0, 4, 5], '  ')];
}

/** A line for each, by falling loss. */
export function* suspectsCsv(suspects: readonly SuspectRow[], name: (k: number) => string): Generator<string> {
  yield csvLine(['id', 'path', 'label', 'label_name', 'predicted', 'predicted_name', 'confidence', 'label_confidence', 'loss', 'agreeing',
    'neighbors']);
  for (const { row, agreeing, neighbors } of suspects) {
    yield csvLine([row.id, row.path, row.label, name(row.label), row.predicted, name(row.predicted), nineDigits(row.confidence),
      nineDigits(row.labelConfidence), nineDigits(row.loss), agreeing, neighbors]);
  }
}
