/** The work of `misfire finetune`: a step for each mistake of a run, kept in its journal, written as files. */
import type { Row } from '../../src/store/format.js';
import { analyseTuning } from '../../src/saliency/experiments/tuning-analysis.js';
import { sweptCount, type TuningSettings } from '../../src/saliency/experiments/tuning-settings.js';
import { checkedSamples, tuneSample, type TunedSample } from '../../src/saliency/experiments/tuning.js';
import { filterCount } from '../../src/saliency/network.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import type { PreparedPictures } from '../../src/store/sample.js';
import type { StoredSample } from '../../src/store/stored-run.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { next } from '../shared/next.js';
import { checkJson } from '../shared/results.js';
import { resolveCounts } from './options.js';
import { pageContext } from '../experiment/page-context.js';
import { finetunePage } from './page.js';
import { openTest, prepareTuning, type PreparedTuning } from './prepare.js';
import { saveTuned } from './save.js';
import { settingsOf, type TuningOptions } from './settings.js';
import { csvOf, jsonOf, textOf, type FinetuneResult } from './show.js';
import { UsageError } from '../shared/usage.js';

export interface FinetuneOptions extends CommonOptions, TuningOptions {
  readonly test?: string;
  readonly resamples: number;
  readonly save?: string;
  readonly sample?: number;
  readonly k?: number | 'all';
  readonly force?: boolean;
}

export async function runFinetune(folder: string, options: FinetuneOptions): Promise<void> {
  if ((options.save === undefined) !== (options.sample === undefined)) {
    throw new UsageError('--save FILE and --sample ID go together: the step is for one sample');
  }
  if (options.k !== undefined && options.save === undefined) {
    throw new UsageError('-k is for --save; --counts says how many filters are tuned');
  }
  if (options.force && options.save === undefined) throw new UsageError('--force is for --save: it writes all the same');
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (options.save !== undefined) {
    await save(experiment, options);
    return next('whether such a step mends other mistakes too', ['finetune', folder], options);
  }

  const settings = settingsOf(experiment, options);
  const rows = limited(experiment.mistakes, options.limit, options.seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right, so that there is no mistake to mend`);
  const result = await finetuneMistakes(experiment, rows, options.test ?? folder, settings, options);
  if (result) next('whether the pixels that set those filters off cause the mistakes', ['mask', folder], options);
}

/** The mistakes with everything the settings ask for; the result, or null where it was stopped. */
export async function finetuneMistakes(experiment: Experiment, rows: readonly Row[], testFolder: string, settings: TuningSettings,
  options: CommonOptions & { readonly resamples: number }): Promise<FinetuneResult | null> {
  const { folder, name } = experiment;
  const test = await openTest(experiment, testFolder);
  const subset = Math.min(settings.subset, test.rows.length);
  const filters = filterCount(experiment.network.layers);
  let prepared: PreparedTuning | null = null;
  const conducted = conduct<TunedSample, FinetuneResult>({
    experiment,
    command: 'finetune',
    out: outOf(folder, 'finetune', options),
    rows,
    options,
    settings: { 'test run': test.meta.data.sha256, 'preprocessing of the test run': test.meta.preprocessing, ...settings, subset },
    prepare: async ({ computer }) => {
      prepared = await prepareTuning(experiment, computer, rows, test, settings, options);
    },
    compute: (sample, { pictures }) => tune(experiment, sample, pictures, prepared!, settings),
    summarize: (samples, head) => ({ ...analyseTuning(samples, settings, filters, options.resamples), run: folder, test: testFolder,
      model: experiment.meta.model.file, head, settings, resamples: options.resamples, filters, subset, samples, name }),
    forms: { csv: csvOf, json: jsonOf, page: (result) => finetunePage(result, pageContext(experiment, options)), text: textOf },
  });
  return conducted.finally(() => prepared?.testPictures.close());
}

async function tune({ mistakes, stats, lastStage }: Experiment, { row, profile }: StoredSample, pictures: PreparedPictures,
  { tuner, neighbors, subset, testPictures, sameList }: PreparedTuning, settings: TuningSettings): Promise<TunedSample> {
  const picture = await pictures.read(row);
  const read = (rows: readonly Row[]) => Promise.all(rows.map(async (r) => ({ ...r, picture: await testPictures.read(r) })));
  const found = neighbors.get(row.id)!;
  const turn = mistakes.findIndex(({ id }) => id === row.id);
  const [others, checked] = await Promise.all([
    read(found.map((n) => n.row)),
    read(checkedSamples(subset, turn, settings, sameList ? row.id : null)),
  ]);
  const near = others.map((sample, k) => ({ ...sample, similarity: found[k].similarity }));
  return tuneSample({ tuner, stats, lastStage }, { ...row, picture, profile }, near, checked, settings);
}

function save(experiment: Experiment, options: FinetuneOptions): Promise<void> {
  const numbers = resolveCounts(options.counts, filterCount(experiment.network.layers));
  const k = options.k ?? options.sweepAt ?? (numbers.length > 0 ? sweptCount(numbers) : 'all');
  return saveTuned(experiment, { ...options, save: options.save!, sample: options.sample!, k: k === 'all' ? null : k,
    step: options.step[0] });
}
