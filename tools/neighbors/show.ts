/** The results of `misfire neighbors` as text, JSON and CSV. */
import { flag, SAMPLE_COLUMNS, sampleCells } from '../../src/report/sample-columns.js';
import { csvTable } from '../../src/report/csv.js';
import { percent } from '../../src/report/numbers.js';
import { table } from '../../src/report/text-table.js';
import type { Meta, Row } from '../../src/store/format.js';
import { sampleFields } from '../shared/json-lines.js';
import type { Pairs, Shares } from './pairs.js';

export interface Found {
  readonly row: Row;
  readonly similarity: number;
}

export interface ResultQuery {
  readonly row: Row;
  readonly neighbors: readonly Found[];
  /** Candidates that are its own picture under another name, left out. */
  readonly same: readonly Row[];
  /** The network is so sure of it that its profile is that of no gradient at all: its neighbours say nothing. */
  readonly blank: boolean;
}

export interface Result {
  readonly run: string;
  readonly against: string | null;
  readonly meta: Meta;
  readonly adapter: { readonly description: string; readonly software: boolean };
  readonly k: number;
  readonly wrongOnly: boolean;
  /** Names of the first and last layer compared. */
  readonly layers: readonly [string, string];
  readonly filters: number;
  readonly candidates: number;
  readonly queries: readonly ResultQuery[];
  readonly pairs: Pairs | null;
}

export function jsonOf({ meta, queries, pairs, run, against, ...settings }: Result): string {
  const found = queries.map(({ row, neighbors, same, blank }) => ({
    ...sampleFields(row),
    blank,
    same: same.map(({ id, path }) => ({ id, path })),
    neighbors: neighbors.map((n) => ({ ...sampleFields(n.row), similarity: n.similarity })),
  }));
  const { aggregation, model: { sha256: model } } = meta;
  return `${JSON.stringify({ run, against, model, aggregation, ...settings, pairs, queries: found })}\n`;
}

/** One line per neighbour. */
export function csvOf({ queries }: Result, name: (label: number) => string): Generator<string> {
  const heading = [...SAMPLE_COLUMNS.map((c) => `query_${c}`), 'query_sure', 'rank', ...SAMPLE_COLUMNS, 'similarity'];
  return csvTable(heading, queries,
    ({ row: q, neighbors, blank }) =>
      neighbors.map(({ row, similarity }, k) => [...sampleCells(q, name), flag(blank), k + 1, ...sampleCells(row, name), similarity]));
}

const BLANK = '    the network is sure of this picture: its profile is almost zero, as that of every sure picture, so these say nothing:';

/** With the list of neighbours where it is asked for. */
export function textOf({ queries, pairs }: Result, name: (label: number) => string, listed: boolean): string {
  const cells = ({ path, id, label, predicted }: Row): string[] => {
    const mistaken = label === predicted ? '' : ` → ${name(predicted)}`;
    return [String(id), path, `${name(label)}${mistaken}`];
  };
  const lines = !listed ? [] : queries.flatMap(({ row, neighbors, same, blank }) => [
    cells(row).join('  '),
    ...same.map(({ id, path }) => `    left out: ${id}  ${path} is the same picture under another name`),
    ...(blank ? [BLANK] : []),
    ...table(neighbors.map((n) => [n.similarity.toFixed(4), ...cells(n.row)]), [0, 1], '    '),
  ]);
  if (pairs) lines.push(...pairLines(pairs));
  return lines.map((line) => `${line}\n`).join('');
}

function pairLines({ queries, neighbors, chance }: Pairs): string[] {
  const row = (what: string, key: keyof Shares): string[] => {
    const times = chance[key] > 0 ? `${(neighbors[key] / chance[key]).toFixed(1)} x` : '';
    return [what, percent(neighbors[key], 2), percent(chance[key], 2), times];
  };
  return [
    `(label, prediction) of the neighbours of ${queries} ${queries === 1 ? 'query' : 'queries'}:`,
    ...table([
      ['', 'neighbours', 'chance', ''],
      row('same pair', 'same'),
      row('reversed pair', 'reversed'),
      row('either', 'either'),
    ], [1, 2, 3]),
  ];
}
