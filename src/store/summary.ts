/** What a whole run shows, in one pass over its table: what `misfire summary` starts from. */
import { RunSummary } from '../saliency/summary.js';
import type { Statistics } from '../saliency/standardize.js';
import type { Meta } from './format.js';
import type { StoredRun } from './stored-run.js';

/**
 * Accuracy, confusions, averaged profiles and layers of the most salient filters; `top` is how many filters of a wrong sample count as
 * such. A run of answers alone has the first two. `onProgress` is told how many samples have been read. Throws one sentence where the
 * run is damaged.
 */
export async function summarizeRun(run: StoredRun, top = 10, onProgress: (done: number) => void = () => undefined): Promise<RunSummary> {
  const { folder, meta } = run;
  const stats = meta.forwardOnly ? noStatistics(meta) : await run.readStatistics();
  const counts = await run.readCounts();
  const found = new RunSummary(run.layers, stats, meta.profiles !== 'none', top);
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach((row, k) => found.add(row, profiles, k * meta.model.filters));
    onProgress(found.right + found.wrong);
  }
  const counted = counts ? counts.right + counts.wrong : stats.samples;
  if (found.right + found.wrong !== counted) {
    throw new Error(`${folder} holds ${found.right + found.wrong} samples, but its statistics are of ${counted}; the run is damaged`);
  }
  return found;
}

const noStatistics = ({ model, aggregation }: Meta): Statistics => ({ model: model.sha256, aggregation, samples: null,
  mean: new Float64Array(0), std: new Float64Array(0) });
