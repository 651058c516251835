/** The results of `misfire prune` as CSV, JSON and text. */
import type { Interval } from '../../src/saliency/bootstrap.js';
import type { Row } from '../../src/store/format.js';
import type { PruningAnalysis, PruningPoint } from '../../src/saliency/experiments/pruning-analysis.js';
import type { PrunedSample, PruningSettings } from '../../src/saliency/experiments/pruning.js';
import type { SampleResult } from '../../src/saliency/experiments/sample.js';
import { table } from '../../src/report/text-table.js';
import { CHANGED_COLUMNS, changedCells, SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { csvTable } from '../../src/report/csv.js';
import { jsonLines, sampleFields } from '../shared/json-lines.js';
import type { JournalHead } from '../experiment/journal.js';
import { points, spread } from '../../src/report/numbers.js';

export interface PruneResult {
  readonly run: string;
  readonly model: string;
  readonly head: JournalHead;
  readonly settings: PruningSettings;
  readonly resamples: number;
  readonly samples: readonly SampleResult<PrunedSample, Row>[];
  readonly groups: PruningAnalysis;
  /** What people call a class. */
  readonly name: (label: number) => string;
}

/** One line per sample, curve and count. */
export function csvOf({ samples, settings: { counts, curves }, name }: PruneResult): Generator<string> {
  const heading = [...SAMPLE_COLUMNS, 'curve', 'k', ...CHANGED_COLUMNS, 'checked', 'broken'];
  return csvTable(heading, samples, ({ sample, result: { unchanged, checked, steps } }) =>
    curves.flatMap((curve) =>
      counts.map((k, j) => {
        const step = steps[curve]![j];
        return [...sampleCells(sample, name), curve, k, ...changedCells(sample, unchanged, step, name), checked, step.broken];
      })
    ));
}

/** Settings, curves and every sample; a line each, so that large results need no large text. */
export function jsonOf({ run, model, head: { version, adapter }, settings, resamples, samples, groups }: PruneResult): Generator<string> {
  return jsonLines({ command: 'prune', version, run, model, adapter, ...settings, resamples, groups }, 'samples',
    samples.map(({ sample, result }) => ({ ...sampleFields(sample), ...result })));
}

export const PANELS: readonly { readonly key: keyof Omit<PruningPoint, 'k'>; readonly wrong: string; readonly right: string }[] = [
  { key: 'wrong', wrong: "Change of the wrong class's confidence", right: 'Change of the confidence' },
  { key: 'label', wrong: "Change of the true class's confidence", right: "Change of the true class's confidence" },
  { key: 'right', wrong: 'Samples corrected', right: 'Samples still named rightly' },
  { key: 'broken', wrong: 'Damage: right samples broken by the same filters', right: 'Other right samples broken by the same filters' },
];

/** A table for each measure: a line per count, a column per curve, in percent; the first curve with its interval. */
export function textOf({ run, groups, settings: { curves } }: PruneResult): string {
  const lines: string[] = [];
  for (const kind of ['wrong', 'right'] as const) {
    const group = groups[kind];
    if (!group) continue;
    lines.push(
      `${run}: ${group.samples} samples that the network names ${kind === 'wrong' ? 'wrongly' : 'rightly'}; means in %, ` +
        'in brackets 95 % bootstrap intervals'
    );
    for (const { key, [kind]: title } of PANELS.filter((p) => kind === 'wrong' || p.key !== 'label')) {
      const lists = curves.map((c) => group.curves[c]!);
      if (lists[0].every((p) => p[key] === null)) continue;
      const cell = (interval: Interval, curve: number) => (curve === 0 ? spread(interval) : points(interval.mean));
      const rows = lists[0].map(({ k }, j) => [String(k), ...lists.map((p, c) => cell(p[j][key]!, c))]);
      lines.push('', `${title}:`, ...table([['filters off', ...curves], ...rows], rows[0].map((_, c) => c), '  '));
    }
    lines.push('');
  }
  return lines.map((line) => `${line}\n`).join('');
}
