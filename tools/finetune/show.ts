/** The results of `misfire finetune` as CSV, JSON and text. */
import type { Row } from '../../src/store/format.js';
import type { Interval } from '../../src/saliency/bootstrap.js';
import type { SampleResult } from '../../src/saliency/experiments/sample.js';
import type { TuningAnalysis, TuningMeasures, TuningPoint } from '../../src/saliency/experiments/tuning-analysis.js';
import type { TuningCurve, TuningSettings } from '../../src/saliency/experiments/tuning-settings.js';
import type { TunedSample } from '../../src/saliency/experiments/tuning.js';
import { table } from '../../src/report/text-table.js';
import { CHANGED_COLUMNS, changedCells, SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { csvTable } from '../../src/report/csv.js';
import { jsonLines, sampleFields } from '../shared/json-lines.js';
import type { JournalHead } from '../experiment/journal.js';
import { nineDigits, spread } from '../../src/report/numbers.js';

export interface FinetuneResult extends TuningAnalysis {
  readonly run: string;
  readonly test: string;
  readonly model: string;
  readonly head: JournalHead;
  readonly settings: TuningSettings;
  readonly resamples: number;
  /** How many the network has. */
  readonly filters: number;
  /** Samples of the subset drawn. */
  readonly subset: number;
  readonly samples: readonly SampleResult<TunedSample, Row>[];
  /** What people call a class. */
  readonly name: (label: number) => string;
}

/** One line per mistake and step. */
export function csvOf({ samples, name }: FinetuneResult): Generator<string> {
  const heading = [...SAMPLE_COLUMNS, 'curve', 'k', 'step', 'filters', 'gradient_norm', ...CHANGED_COLUMNS, 'neighbors',
    'neighbors_correct_now', 'neighbors_label_confidence_change', 'checked', 'checked_correct', 'checked_correct_now'];
  return csvTable(heading, samples, ({ sample, result: { before, near, checked, outcomes } }) =>
    outcomes.map((o) => {
      const step = [o.curve, o.k, o.step, o.filters, nineDigits(o.norm)];
      const neighbors = [near.length, o.nearRight, nineDigits(o.nearLabel - before.nearLabel)];
      return [...sampleCells(sample, name), ...step, ...changedCells(sample, before, o, name), ...neighbors, checked, before.checkedRight,
        o.checkedRight];
    }));
}

/** Settings, means and every mistake; a line each, so that large results need no large text. */
export function jsonOf(
  { run, test, model, head: { version, adapter }, settings, resamples, filters, subset, points, salientMinus, samples }: FinetuneResult
): Generator<string> {
  return jsonLines({ command: 'finetune', version, run, test, model, adapter, ...settings, subset, filters, resamples,
    mistakes: samples.length, points, salientMinus }, 'samples',
    samples.map(({ sample, result }) => ({ ...sampleFields(sample), ...result })));
}

export const PANELS: readonly { readonly key: keyof TuningMeasures; readonly title: string }[] = [
  { key: 'corrected', title: 'Mistakes corrected' },
  { key: 'label', title: "Change of the mistakes' true-class confidence" },
  { key: 'near', title: 'Neighbours corrected' },
  { key: 'nearLabel', title: "Change of the neighbours' true-class confidence" },
  { key: 'accuracy', title: 'Change of the accuracy on the subset' },
];

/** The point of a curve; 'all' has one for each step. */
export const pointAt = (points: readonly TuningPoint[], curve: TuningCurve, k: number, step: number): TuningPoint | undefined =>
  points.find((p) => p.curve === curve && p.step === step && (curve === 'all' || p.k === k));

const cell = (v: Interval | null | undefined): string => (v ? spread(v) : '');

/** For each measure a table of the curves, then one of the sweep, in percent with the interval. */
export function textOf(result: FinetuneResult): string {
  const { run, test, samples, settings: { curves, counts, steps, sweep, sweepAt }, points } = result;
  const lines = [
    `${run}: one step on ${samples.length} mistakes, ${test} for neighbours and accuracy; means in % with 95 % bootstrap intervals`,
  ];
  const panels = PANELS.filter(({ key }) => points[0][key] !== null);
  const tables = (title: string, heads: readonly string[],
    rows: readonly (readonly [string, (key: keyof TuningMeasures) => readonly (Interval | null | undefined)[]])[]): void => {
    lines.push('', title);
    for (const { key, title: what } of panels) {
      const body = rows.map(([first, intervals]) => [first, ...intervals(key).map(cell)]);
      lines.push('', `${what}:`, ...table([heads, ...body], heads.map((_, c) => c), '  '));
    }
  };
  const numbers = counts.length > 0 && curves.some((c) => c !== 'all') ? counts : [0];
  tables(`A step of ${steps[0]}, by the number of filters tuned:`, ['filters', ...curves],
    numbers.map((k) => [k === 0 ? 'all' : String(k), (key) => curves.map((curve) => pointAt(points, curve, k, steps[0])?.[key])]));
  if (steps.length > 1 && sweep.length > 0) {
    const ascending = [...steps].sort((a, b) => a - b);
    tables(`By the length of the step, with ${sweepAt} filters:`, ['step', ...sweep], ascending.map((step) => [String(step), (key) =>
      sweep.map((curve) => pointAt(points, curve, sweepAt, step)?.[key])]
    ));
  }
  return `${lines.join('\n')}\n`;
}
