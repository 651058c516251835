/** The most salient filters of stored samples, read part by part. */
import { topFilters } from '../../src/saliency/shared-filters.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { StoredRun } from '../../src/store/stored-run.js';

/** By id, of those samples: the `count` most salient of `among`. */
export async function storedTopFilters(run: StoredRun, ids: ReadonlySet<number>, stats: Statistics, among: Int32Array,
  count: number): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>();
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach(({ id }, k) => {
      if (ids.has(id)) found.set(id, topFilters(profiles, k * run.meta.model.filters, stats, among, count));
    });
  }
  return found;
}
