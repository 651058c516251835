/** Two runs over the same pictures in numbers, sentences and tables: what `misfire compare` says. */
import type { Interval } from '../saliency/bootstrap.js';
import type { AnswerPair, Comparison, LabelledAnswer } from '../saliency/compare.js';
import { csvLine } from './csv.js';
import { confidence, nineDigits, percent, plural, points, whole } from './numbers.js';
import { table } from './text-table.js';

/** A row of a run, as far as a comparison shows it. */
export interface ComparedRow extends LabelledAnswer {
  readonly id: number;
  readonly path: string;
  /** Softmax at the predicted class, and at the label. */
  readonly confidence: number;
  readonly labelConfidence: number;
  readonly loss: number;
}

/** What was compared, and how it is called. */
export interface ComparisonResult {
  readonly runs: readonly [ComparedRun, ComparedRun];
  readonly comparison: Comparison<ComparedRow>;
  /** Pictures of each run that the other has not. */
  readonly alone: readonly [number, number];
}

export interface ComparedRun {
  /** As it was given. */
  readonly run: string;
  /** The model's file name. */
  readonly model: string;
}

/** A p-value below which a difference counts as decided. */
const DECIDED = 0.05;
/** Pictures and classes that the text lists of each kind. */
const LISTED = 10;

export const pValue = (p: number): string => (p < 1e-4 ? 'p < 0.0001' : `p = ${p.toPrecision(2)}`);

/** "91.5 % [89.6, 93.2]" */
export const share = ({ mean, low, high }: Interval): string => `${percent(mean)} [${points(low)}, ${points(high)}]`;

/** Which of the two is better, in a sentence that a person can act on, and what was measured. */
export function verdictOf({ runs: [a, b], comparison: { fixed, broken, test, difference } }: ComparisonResult): readonly string[] {
  if (test.p === null) return ['Both networks are right and wrong on the same pictures.'];
  const { mean, low, high } = difference;
  const sign = (v: number) => `${v > 0 ? '+' : ''}${points(v)}`;
  const better = mean > 0 ? b : a;
  return [
    test.p < DECIDED ? `${better.run} is better.` : 'Undecided: chance alone may have made this difference.',
    `${b.run} less ${a.run}: ${sign(mean)} percentage points [${sign(low)}, ${sign(high)}].`,
    `${whole(fixed.length)} fixed against ${whole(broken.length)} broken: McNemar's exact test ${pValue(test.p)}.`,
  ];
}

/** Accuracies, the verdict, the classes that changed most, and the first pictures fixed and broken. */
export function comparisonText(result: ComparisonResult, name: (k: number) => string): string {
  const { runs, comparison: c, alone } = result;
  const accuracy = runs.map(({ run, model },
    k) => [run, model, `${whole(c.right[k])} of ${plural(c.samples, 'picture')} right`, share(c.accuracy[k])]
  );
  const lines = [
    ...table(accuracy, [2, 3]),
    '',
    ...verdictOf(result),
    '',
    ...table([
      ['fixed', whole(c.fixed.length), `wrong in ${runs[0].run}, right in ${runs[1].run}`],
      ['broken', whole(c.broken.length), `right in ${runs[0].run}, wrong in ${runs[1].run}`],
      ['right in both', whole(c.bothRight), ''],
      ['wrong in both', whole(c.bothWrong), `${whole(c.sameMistake)} with the same answer`],
    ], [1], '  '),
  ];
  const classes = [...c.classes].filter(({ fixed, broken }) => fixed + broken > 0)
    .sort((x, y) => Math.abs(y.fixed - y.broken) - Math.abs(x.fixed - x.broken) || y.broken - x.broken || x.label - y.label);
  if (classes.length > 0) {
    const rows = classes.slice(0, LISTED).map((
      k
    ) => [name(k.label), whole(k.samples), percent(k.accuracy[0].mean), percent(k.accuracy[1].mean), whole(k.fixed), whole(k.broken)]);
    lines.push('', `classes that changed most (of ${plural(c.classes.length, 'class', 'classes')}):`,
      ...table([['class', 'pictures', runs[0].run, runs[1].run, 'fixed', 'broken'], ...rows], [1, 2, 3, 4, 5], '  '));
  }
  for (const kind of ['fixed', 'broken'] as const) lines.push(...listed(kind, c[kind], runs, name));
  if (alone[0] + alone[1] > 0) {
    lines.push('', `left out: ${whole(alone[0])} of ${runs[0].run} and ${whole(alone[1])} of ${runs[1].run}, which the other has not`);
  }
  return `${lines.join('\n')}\n`;
}

function listed(kind: string, pairs: readonly AnswerPair<ComparedRow>[], [a, b]: ComparisonResult['runs'],
  name: (k: number) => string): string[] {
  if (pairs.length === 0) return [];
  const rows = pairs.slice(0, LISTED).map((
    [x, y]
  ) => [String(x.id), x.path, name(x.label), `${name(x.predicted)} ${confidence(x.confidence)}`,
    `${name(y.predicted)} ${confidence(y.confidence)}`]
  );
  const more = pairs.length > LISTED ? `, the first ${LISTED} of ${whole(pairs.length)}` : '';
  return ['', `${kind}${more}:`, ...table([['id', 'picture', 'label', a.run, b.run], ...rows], [0], '  ')];
}

/** The numbers and both lists; every picture that changed is in it. */
export function comparisonJson({ runs, comparison, alone }: ComparisonResult, name: (k: number) => string): string {
  const { fixed, broken, classes, ...rest } = comparison;
  const shown = (pairs: readonly AnswerPair<ComparedRow>[]) =>
    pairs.map(([a, b]) => ({ path: a.path, label: a.label, labelName: name(a.label), ids: [a.id, b.id],
      predicted: [a.predicted, b.predicted], predictedNames: [name(a.predicted), name(b.predicted)],
      confidence: [a.confidence, b.confidence], labelConfidence: [a.labelConfidence, b.labelConfidence], loss: [a.loss, b.loss] })
    );
  return `${
    JSON.stringify({ runs, alone, ...rest, fixed: shown(fixed), broken: shown(broken),
      classes: classes.map((c) => ({ ...c, name: name(c.label) })) }, null, 1)
  }\n`;
}

/** A line for every picture that one network gets right and the other wrong. */
export function* changedCsv({ comparison }: ComparisonResult, name: (k: number) => string): Generator<string> {
  const both = ['id', 'predicted', 'predicted_name', 'confidence', 'label_confidence', 'loss'];
  yield csvLine(['change', 'path', 'label', 'label_name', ...both.map((c) => `${c}_1`), ...both.map((c) => `${c}_2`)]);
  const cells = (
    { id, predicted, confidence, labelConfidence, loss }: ComparedRow
  ) => [id, predicted, name(predicted), nineDigits(confidence), nineDigits(labelConfidence), nineDigits(loss)];
  for (const kind of ['fixed', 'broken'] as const) {
    for (const [a, b] of comparison[kind]) yield csvLine([kind, a.path, a.label, name(a.label), ...cells(a), ...cells(b)]);
  }
}

/** A line for every class that has pictures. */
export function* classComparisonCsv({ comparison: { classes } }: ComparisonResult, name: (k: number) => string): Generator<string> {
  const both = ['right', 'accuracy', 'low', 'high'];
  yield csvLine(['label', 'label_name', 'pictures', ...both.map((c) => `${c}_1`), ...both.map((c) => `${c}_2`), 'fixed', 'broken']);
  for (const { label, samples, right, accuracy, fixed, broken } of classes) {
    const cells = (k: 0 | 1) => [right[k], ...[accuracy[k].mean, accuracy[k].low, accuracy[k].high].map(nineDigits)];
    yield csvLine([label, name(label), samples, ...cells(0), ...cells(1), fixed, broken]);
  }
}
