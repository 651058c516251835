/** The results of `misfire mask` as CSV, JSON and text. */
import type { Row } from '../../src/store/format.js';
import type { Change } from '../../src/saliency/experiments/change.js';
import type { MaskingAnalysis, MaskingChanges, MaskingPoint } from '../../src/saliency/experiments/masking-analysis.js';
import type { MaskedSample, MaskingSettings } from '../../src/saliency/experiments/masking.js';
import type { SampleResult } from '../../src/saliency/experiments/sample.js';
import { BOOST } from '../../src/saliency/input.js';
import { BLUR } from '../../src/saliency/masking.js';
import type { TestResult } from '../../src/saliency/significance.js';
import { table } from '../../src/report/text-table.js';
import { CHANGED_COLUMNS, changedCells, SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { csvTable } from '../../src/report/csv.js';
import { jsonLines, sampleFields } from '../shared/json-lines.js';
import type { JournalHead } from '../experiment/journal.js';
import { nineDigits, shortPercent, spread } from '../../src/report/numbers.js';

export interface MaskResult {
  readonly run: string;
  readonly model: string;
  readonly head: JournalHead;
  readonly settings: MaskingSettings;
  readonly samples: readonly SampleResult<MaskedSample, Row>[];
  readonly analysis: MaskingAnalysis;
  /** What people call a class. */
  readonly name: (label: number) => string;
}

/** One line per sample and step. */
export function csvOf({ samples, name }: MaskResult): Generator<string> {
  const heading = [...SAMPLE_COLUMNS, 'maskable', 'fill', 'share', 'pixels', 'choice', 'draw', ...CHANGED_COLUMNS, 'saliency',
    'saliency_now'];
  return csvTable(heading, samples, ({ sample, result: { maskable, before, steps } }) =>
    steps.map((s) => [
      ...sampleCells(sample, name),
      maskable,
      s.fill,
      s.share,
      s.pixels,
      s.choice,
      s.draw ?? '',
      ...changedCells(sample, before, s, name),
      nineDigits(before.saliency!),
      s.saliency === null ? '' : nineDigits(s.saliency),
    ]));
}

/** Settings, what came of it and every sample; a line each, so that large results need no large text. */
export function jsonOf({ run, model, head: { version, adapter }, settings, samples, analysis }: MaskResult): Generator<string> {
  return jsonLines({ command: 'mask', version, run, model, adapter, ...settings, boost: BOOST, blur: BLUR, ...analysis }, 'results',
    samples.map(({ sample, result }) => ({ ...sampleFields(sample), ...result })));
}

/** The p-values of both tests. */
export const chances = ({ t, wilcoxon }: Change): string => `${chance(t)}, ${chance(wilcoxon)}`;

function chance({ p }: TestResult): string {
  if (p === null) return 'none';
  return p < 1e-15 ? '< 1e-15' : p < 0.001 ? p.toExponential(0) : p.toFixed(3);
}

export const PANELS: readonly { readonly key: keyof MaskingChanges; readonly title: string }[] = [
  { key: 'wrong', title: "Change of the wrong class's confidence" },
  { key: 'label', title: "Change of the true class's confidence" },
  { key: 'corrected', title: 'Samples corrected' },
  { key: 'saliency', title: "Change of the boosted filters' saliency" },
];

/** A choice of pixels, or the difference of two, as it is shown side by side with others. */
export interface Column {
  readonly title: string;
  changes(point: MaskingPoint): MaskingChanges;
  readonly difference: boolean;
}

export const columnsOf = ({ controls }: MaskingSettings): readonly Column[] => [
  { title: 'salient', changes: (p) => p.curves.salient, difference: false },
  ...controls.map((c) => ({ title: c, changes: (p: MaskingPoint) => p.curves[c]!, difference: false })),
  ...controls.map((c) => ({ title: `salient less ${c}`, changes: (p: MaskingPoint) => p.salientMinus[c]!, difference: true })),
];

/** A share corrected starts at 0, so there is nothing to test. */
export const hasTests = (key: keyof MaskingChanges): key is Exclude<keyof MaskingChanges, 'corrected'> => key !== 'corrected';

/** A table for each fill and measure: a line per share, with intervals, and of the differences p-values. */
export function textOf({ run, settings, analysis: { samples, skipped, boxed, points } }: MaskResult): string {
  const lines = [
    `${run}: ${samples} mistakes masked${boxed > 0 ? `, ${boxed} of them outside their object boxes` : ''}; ` +
    `means in % with 95 % bootstrap intervals, p of the t-test and of Wilcoxon's`,
  ];
  for (const { id, why } of skipped) lines.push(`sample ${id} is left out: ${why}`);
  const columns = columnsOf(settings);
  for (const fill of samples > 0 ? settings.fills : []) {
    for (const { key, title } of PANELS) {
      const heading = ['masked', ...columns.flatMap((c) => (c.difference && hasTests(key) ? [c.title, 'p'] : [c.title]))];
      const cells = (p: MaskingPoint, c: Column): string[] =>
        c.difference && hasTests(key) ? [spread(c.changes(p)[key]), chances(c.changes(p)[key])] : [spread(c.changes(p)[key])];
      const rows = points.filter((p) => p.fill === fill).map((p) => [shortPercent(p.share), ...columns.flatMap((c) => cells(p, c))]);
      lines.push('', `${title}, filled with ${fill}:`, ...table([heading, ...rows], heading.map((_, c) => c), '  '));
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
