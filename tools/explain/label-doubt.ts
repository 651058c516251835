/** Whether the labels of samples of `misfire explain` may be wrong, by the rightly named pictures of a run. */
import { resolve } from 'node:path';
import { isSurprising, SuspectSearch, type LabelDoubt } from '../../src/saliency/suspects.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import type { SampleExplanation } from './explained.js';

/** One for each sample; null where its label is no surprise to the network. The run is read only where one is. */
export async function labelDoubts(run: StoredRun, explained: readonly SampleExplanation[],
  stats: Statistics): Promise<(LabelDoubt | null)[]> {
  const surprising = explained.filter(isSurprising);
  if (surprising.length === 0) return explained.map(() => null);
  const { data, model: { filters } } = run.meta;
  const own = surprising.map(({ input }) => resolve(input));
  const search = new SuspectSearch(run.layers, stats, surprising);
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach(({ label, predicted, path }, k) => {
      if (label !== predicted) return;
      const place = resolve(data.root, path);
      search.add(label, profiles, k * filters, (q) => own[q] !== place);
    });
  }
  const results = search.results();
  return explained.map((e) => (surprising.includes(e) ? results[surprising.indexOf(e)] : null));
}
