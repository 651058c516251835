/** What every mistake's fine-tuning needs once: the network to be tuned, its neighbours, and the samples that may suffer. */
import type { Row } from '../../src/store/format.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import { Random } from '../../src/saliency/random.js';
import type { Resources } from '../experiment/conduct.js';
import type { Experiment } from '../experiment/open.js';
import { checkComparable } from '../neighbors/options.js';
import { openProfiles, type StoredRun } from '../../src/store/stored-run.js';
import { findNeighbors } from '../neighbors/search.js';
import type { FinetuneSettings } from './settings.js';
import type { Tuning } from './tune.js';

/** The run in which neighbours are sought and accuracy is measured. */
export interface TestRun extends StoredRun {
  readonly rows: readonly Row[];
  readonly mistakes: readonly Row[];
  /** Of the same samples as the run whose mistakes are tuned on. */
  readonly sameList: boolean;
}

/** Throws one sentence where the folder is no run that can be compared, or leaves some mistake without a neighbour. */
export async function openTest(experiment: Experiment, folder: string): Promise<TestRun> {
  const run = await openProfiles(folder);
  checkComparable(experiment, run);
  if (run.meta.model.pictureShape.join() !== experiment.meta.model.pictureShape.join()) {
    throw new Error(
      `${folder} was made with pictures of ${run.meta.model.pictureShape.join(' x ')} and ${experiment.folder} with ${
        experiment.meta.model.pictureShape.join(' x ')
      }; profile both with one size`
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

export async function prepareTuning({ experiment, device, pictures }: Resources, queries: readonly Row[], test: TestRun,
  settings: FinetuneSettings, batch: number | undefined): Promise<Tuning> {
  const found = await findNeighbors(device, {
    run: experiment,
    candidates: test,
    stats: experiment.stats,
    filters: livingFilters(experiment.network.layers, experiment.stats),
    queries,
    k: settings.neighbors,
    admits: (r) => r.label !== r.predicted,
    progress: () => undefined,
  });
  const byId = new Map(test.mistakes.map((r) => [r.id, r]));
  const subset = new Random(settings.seed, test.rows.length).choose(Math.min(settings.subset, test.rows.length), test.rows.length);
  return {
    experiment,
    settings,
    pictures,
    testPictures: test.preparedPictures(),
    sameList: test.sameList,
    tuner: new FineTuner(experiment.network, device, { batch }),
    near: new Map(queries.map((row, q) => [row.id, found[q].map(({ index, similarity }) => ({ row: byId.get(index)!, similarity }))])),
    subset: subset.map((k) => test.rows[k]),
  };
}
