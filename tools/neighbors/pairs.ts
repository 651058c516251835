/**
 * Do neighbours confuse the same classes? Of a query with (label, prediction) = (a, b): the share of its neighbours with
 * (a, b), or with (b, a), beside the share of all its possible neighbours. Both are averaged over the queries.
 */
import type { Row } from '../../src/store/format.js';

export interface Shares {
  readonly same: number;
  /** Not counted where it is the same. */
  readonly reversed: number;
  readonly either: number;
}

export interface Pairs {
  /** Queries that have a neighbour. */
  readonly queries: number;
  readonly neighbors: Shares;
  readonly chance: Shares;
}

const key = (label: number, predicted: number): string => `${label} ${predicted}`;

/** `excludes` says that a query is among the candidates itself. */
export function pairShares(queries: readonly Row[], neighbors: readonly (readonly Row[])[], candidates: readonly Row[],
  excludes: (query: Row) => boolean): Pairs {
  const counts = new Map<string, number>();
  for (const { label, predicted } of candidates) counts.set(key(label, predicted), (counts.get(key(label, predicted)) ?? 0) + 1);
  const totals = { near: [0, 0], chance: [0, 0], queries: 0 };
  queries.forEach((query, q) => {
    if (neighbors[q].length === 0) return;
    const { label, predicted } = query;
    const isSame = (row: Row) => row.label === label && row.predicted === predicted;
    const isReversed = (row: Row) => label !== predicted && row.label === predicted && row.predicted === label;
    const own = excludes(query) ? 1 : 0;
    totals.queries++;
    totals.near[0] += neighbors[q].filter(isSame).length / neighbors[q].length;
    totals.near[1] += neighbors[q].filter(isReversed).length / neighbors[q].length;
    totals.chance[0] += ((counts.get(key(label, predicted)) ?? 0) - own) / (candidates.length - own);
    totals.chance[1] += label === predicted ? 0 : (counts.get(key(predicted, label)) ?? 0) / (candidates.length - own);
  });
  const shares = ([same, reversed]: number[]): Shares => {
    const n = Math.max(1, totals.queries);
    return { same: same / n, reversed: reversed / n, either: (same + reversed) / n };
  };
  return { queries: totals.queries, neighbors: shares(totals.near), chance: shares(totals.chance) };
}
