/** The pictures of a run whose labels may be wrong (saliency/suspects.ts): two passes over its table. */
import { isSurprising, SuspectSearch, type LabelDoubt } from '../saliency/suspects.js';
import type { Row } from './format.js';
import type { StoredRun, StoredSample } from './stored-run.js';

export interface Suspects {
  /** By falling loss, ties by id. */
  readonly suspects: readonly (LabelDoubt & { readonly row: Row })[];
  /** Pictures whose label the network gives at most the rule's probability, and how many of these were looked at. */
  readonly surprising: number;
  readonly checked: number;
}

const MOST = 200;

/**
 * Those of the `most` (default 200) surprising pictures with the greatest loss whose neighbours agree that the label is wrong. Throws
 * one sentence where the run has no profiles or is damaged.
 */
export async function findSuspects(run: StoredRun, most = MOST): Promise<Suspects> {
  const { filters } = run.meta.model;
  const stats = await run.readStatistics();
  const greater = (a: Row, b: Row): number => b.loss - a.loss || a.id - b.id;
  let found: StoredSample[] = [];
  let surprising = 0;
  for await (const { rows, profiles } of run.parts()) {
    const more = rows.flatMap((row, k) => isSurprising(row) ? [{ row, profile: profiles.subarray(k * filters, (k + 1) * filters) }] : []);
    surprising += more.length;
    const kept = new Set([...found, ...more].sort((a, b) => greater(a.row, b.row)).slice(0, most));
    // Copies, so that no part stays in memory for the few rows of it.
    found = [...found.filter((s) => kept.has(s)), ...more.filter((s) =>
      kept.has(s)
    ).map(({ row, profile }) => ({ row, profile: profile.slice() }))];
  }
  found.sort((a, b) => greater(a.row, b.row));
  if (found.length === 0) return { suspects: [], surprising, checked: 0 };
  const search = new SuspectSearch(run.layers, stats, found.map(({ row, profile }) => ({ predicted: row.predicted, profile })));
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach(({ label, predicted }, k) => {
      if (label === predicted) search.add(label, profiles, k * filters);
    });
  }
  const suspects = search.results().map((doubt, k) => ({ ...doubt, row: found[k].row })).filter(({ suspect }) => suspect);
  return { suspects, surprising, checked: found.length };
}
