/** What every mistake's fine-tuning needs once: the network to be tuned, its neighbours, and the samples that may suffer. */
import type { Row } from '../../src/store/format.js';
import type { TuningSettings } from '../../src/saliency/experiments/tuning-settings.js';
import { drawSubset } from '../../src/saliency/experiments/tuning.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import type { Experiment } from '../experiment/open.js';
import type { CommonOptions } from '../experiment/options.js';
import type { Computer } from '../shared/computer.js';
import { Progress } from '../shared/progress.js';
import { PreparedPictures } from '../../src/store/sample.js';
import { checkComparable } from '../neighbors/options.js';
import { openProfiles, type StoredRun } from '../../src/store/stored-run.js';
import { findNeighbors } from '../../src/store/neighbors.js';

/** The run in which neighbours are sought and accuracy is measured. */
export interface TestRun extends StoredRun {
  readonly rows: readonly Row[];
  readonly mistakes: readonly Row[];
  /** Whether it is of the same samples as the run whose mistakes are tuned on, so that an id means the same one in both. */
  readonly sameList: boolean;
}

/** What stays the same from mistake to mistake. */
export interface PreparedTuning {
  readonly tuner: FineTuner;
  /** By the mistake's id: mistakes of the test run, nearest first. */
  readonly neighbors: ReadonlyMap<number, readonly { readonly row: Row; readonly similarity: number }[]>;
  /** Samples of the test run on which accuracy is measured. */
  readonly subset: readonly Row[];
  readonly testPictures: PreparedPictures;
  readonly sameList: boolean;
}

/** Throws one sentence where the folder is no run that can be compared, or leaves some mistake without a neighbour. */
export async function openTest(experiment: Experiment, folder: string): Promise<TestRun> {
  const run = await openProfiles(folder);
  checkComparable(experiment, run);
  if (run.meta.model.pictureShape.join() !== experiment.meta.model.pictureShape.join()) {
    throw new Error(
      `${folder} was made with pictures of ${run.meta.model.pictureShape.join(' x ')} and ${experiment.folder} with ` +
        `${experiment.meta.model.pictureShape.join(' x ')}; profile both with one size`
    );
  }
  const rows = await run.readRows();
  const mistakes = rows.filter((r) => r.label !== r.predicted);
  const sameList = run.meta.data.sha256 === experiment.meta.data.sha256;
  const own = new Set(sameList ? experiment.mistakes.map((r) => r.id) : []);
  if (mistakes.every(({ id }) => own.has(id)) && mistakes.length < 2) {
    throw new Error(
      `${folder} has no other sample that the network gets wrong, so that mistakes have no neighbours there; give another run to --test`
    );
  }
  return Object.assign(run, { rows, mistakes, sameList });
}

/** Finds the neighbours of the mistakes `queries`, draws the subset, and opens the network to be tuned. */
export async function prepareTuning(experiment: Experiment, computer: Computer, queries: readonly Row[], test: TestRun,
  settings: TuningSettings, { batch, quiet, progress: form }: CommonOptions): Promise<PreparedTuning> {
  // In JSON, what is counted are the mistakes alone.
  const progress = new Progress(queries.length, 0, { quiet: quiet || form === 'json' });
  progress.begin();
  const found = await findNeighbors(computer, {
    run: experiment,
    candidates: test,
    stats: experiment.stats,
    filters: livingFilters(experiment.network.layers, experiment.stats),
    queries,
    k: settings.neighbors,
    admits: (r) => r.label !== r.predicted,
    progress: (done) => progress.update(done),
  }).finally(() => progress.clear());
  const byId = new Map(test.mistakes.map((r) => [r.id, r]));
  return {
    tuner: new FineTuner(experiment.network, computer, { batch }),
    neighbors: new Map(
      queries.map((row, q) => [row.id, found[q].nearest.map(({ index, similarity }) => ({ row: byId.get(index)!, similarity }))])
    ),
    subset: drawSubset(test.rows, settings),
    testPictures: new PreparedPictures(test.meta),
    sameList: test.sameList,
  };
}
