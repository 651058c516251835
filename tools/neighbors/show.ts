/** The results of `misfire neighbors` as text, JSON and CSV. */
import { csvTable } from '../../src/report/csv.js';
import { percent } from '../../src/report/numbers.js';
import { table } from '../../src/report/text-table.js';
import type { Meta, Row } from '../../src/store/format.js';
import type { Pairs, Shares } from './pairs.js';

export interface Found {
  readonly row: Row;
  readonly similarity: number;
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
  readonly queries: readonly { readonly row: Row; readonly neighbors: readonly Found[] }[];
  readonly pairs: Pairs | null;
}

const named = ({ id, path, label, predicted }: Row) => ({ id, path, label, predicted });

export function jsonOf({ meta, queries, pairs, ...rest }: Result): string {
  const { run, against, ...settings } = rest;
  return `${
    JSON.stringify({
      run,
      against,
      model: meta.model.sha256,
      aggregation: meta.aggregation,
      ...settings,
      pairs,
      queries: queries.map(({ row, neighbors }) => ({ ...named(row),
        neighbors: neighbors.map((n) => ({ ...named(n.row), similarity: n.similarity })) })
      ),
    })
  }\n`;
}

/** One line per neighbour. */
export function csvOf({ queries }: Result): Generator<string> {
  const heading = ['query', 'queryPath', 'queryLabel', 'queryPredicted', 'rank', 'id', 'path', 'label', 'predicted', 'similarity'];
  return csvTable(heading, queries,
    ({ row: q, neighbors }) =>
      neighbors.map(({ row, similarity },
        k) => [q.id, q.path, q.label, q.predicted, k + 1, row.id, row.path, row.label, row.predicted, similarity]
      ));
}

export function textOf({ queries, pairs }: Result, name: (label: number) => string, whole: boolean): string {
  const told = (
    { path, id, label, predicted }: Row
  ) => [String(id), path, `${name(label)}${label === predicted ? '' : ` → ${name(predicted)}`}`];
  const lines = whole ?
    queries.flatMap(({ row, neighbors }) => [
      told(row).join('  '),
      ...table(neighbors.map((n) => ['  ', n.similarity.toFixed(4), ...told(n.row)]), [1, 2]),
    ]) :
    [];
  if (pairs) lines.push(...showPairs(pairs));
  return lines.map((line) => `${line}\n`).join('');
}

function showPairs({ queries, neighbors, chance }: Pairs): string[] {
  const row = (what: string,
    key: keyof Shares) => [what, percent(neighbors[key], 2), percent(chance[key], 2),
    chance[key] > 0 ? `${(neighbors[key] / chance[key]).toFixed(1)} x` : ''];
  return [`(label, prediction) of the neighbours of ${queries} ${queries === 1 ? 'query' : 'queries'}:`,
    ...table([['', 'neighbours', 'chance', ''], row('same pair', 'same'), row('reversed pair', 'reversed'), row('either', 'either')], [1, 2,
      3])];
}
