/** The results of `misfire mask --paste` as CSV, JSON and text. */
import type { Row } from '../../src/store/format.js';
import type { PastedSample, PastingAnalysis, Pull } from '../../src/saliency/experiments/pasting.js';
import type { Region } from '../../src/saliency/experiments/regions.js';
import type { SampleResult } from '../../src/saliency/experiments/sample.js';
import { table } from '../../src/report/text-table.js';
import { SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { csvTable } from '../../src/report/csv.js';
import { spread } from '../../src/report/numbers.js';
import { jsonLines, sampleFields } from '../shared/json-lines.js';
import type { JournalHead } from '../experiment/journal.js';
import { chances } from './show.js';

export interface PasteResult {
  readonly run: string;
  readonly model: string;
  readonly head: JournalHead;
  /** The mistake whose region was pasted; the class it was pulled to is the one predicted. */
  readonly source: Row;
  readonly region: Region;
  /** The class of the pictures it was pasted onto. */
  readonly onto: number;
  readonly draws: number;
  readonly seed: number;
  readonly name: (label: number) => string;
  readonly samples: readonly SampleResult<PastedSample, Row>[];
  readonly analysis: PastingAnalysis;
}

/** One line per picture and paste. */
export function csvOf({ samples, name }: PasteResult): Generator<string> {
  const heading = [...SAMPLE_COLUMNS, 'choice', 'draw', 'predicted_now', 'predicted_now_name', 'pulled_confidence', 'pulled_confidence_now',
    'pulled_confidence_change'];
  return csvTable(heading, samples, ({ sample, result: { before, salient, random } }) => {
    const line = (choice: string, draw: number | '',
      now: Pull) => [...sampleCells(sample, name), choice, draw, now.predicted, name(now.predicted), before.pulled, now.pulled,
      now.pulled - before.pulled];
    return [line('salient', '', salient), ...random.map((now, draw) => line('random', draw, now))];
  });
}

export function jsonOf(
  { run, model, head: { version, adapter }, source, region, onto, draws, seed, samples, analysis }: PasteResult
): Generator<string> {
  const settings = { sample: sampleFields(source), region, pulled: source.predicted, onto, draws, seed };
  return jsonLines({ command: 'mask --paste', version, run, model, adapter, ...settings, ...analysis }, 'results',
    samples.map(({ sample, result: { before, salient, random } }) => ({ ...sampleFields(sample), before, salient, random })));
}

export const shownRegion = ({ x0, y0, x1, y1 }: Region): string => `${x1 - x0} x ${y1 - y0} pixels from ${x0},${y0}`;

/** What was found, a row each: heading, change, p, rising, taken. */
export function rowsOf({ analysis: { pictures, salient, random, difference, rising, taken } }: PasteResult): string[][] {
  const count = (n: number): string => `${Number(n.toFixed(1))} of ${pictures}`;
  return [
    ['salient region', spread(salient), chances(salient), count(rising.salient), count(taken.salient)],
    ['random regions', spread(random), chances(random), count(rising.random), count(taken.random)],
    ['salient less random', spread(difference), chances(difference), '', ''],
  ];
}

export const HEADING = ['pasted', 'change of its confidence', 'p', 'pictures in which it rises', 'pictures given it'] as const;

export function textOf(result: PasteResult): string {
  const { source, region, onto, name, analysis: { before, pictures, taken } } = result;
  return [
    `sample ${source.id}, ${source.path}: ${name(source.label)}, taken for ${name(source.predicted)}; ` +
    `its region of ${shownRegion(region)} pasted onto ${pictures} other pictures of ${name(onto)}`,
    `confidence in ${name(source.predicted)} before: ${spread(before)}, given to ${taken.before} of ${pictures}; ` +
    `in % with 95 % bootstrap intervals, p of the t-test and of Wilcoxon's`,
    ...table([[...HEADING], ...rowsOf(result)], [1, 2, 3, 4], '  '),
    '',
  ].join('\n');
}
