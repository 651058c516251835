/** `misfire finetune`: section 3.3 of the paper, does tuning the filters blamed for a mistake mend it, and its neighbours? */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Row } from '../../src/store/format.js';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { filterCount } from '../../src/saliency/network.js';
import { isDead } from '../../src/saliency/standardize.js';
import { notice, positive } from '../shared/terminal.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import { limited, natural, outOf, withCommonOptions, type CommonOptions } from '../experiment/options.js';
import { checkJson, writeResults } from '../experiment/write.js';
import { measure, type Finished } from '../finetune/measure.js';
import { openTest, prepareTuning } from '../finetune/prepare.js';
import { saveTuned } from '../finetune/save.js';
import { conditionsOf, counts, CURVES, curves, resolveCounts, steps, sweptCount, type Counts, type Curve,
  type FinetuneSettings } from '../finetune/settings.js';
import { csvOf, jsonOf, textOf, type FinetuneResult } from '../finetune/show.js';
import { tune, type Tuned, type Tuning } from '../finetune/tune.js';

/** Of the command line. */
export interface SettingsAsked {
  readonly counts: Counts;
  readonly curves: readonly Curve[];
  readonly step: readonly number[];
  readonly sweep: readonly Curve[];
  readonly sweepAt?: number;
  readonly neighbors: number;
  readonly subset: number;
  readonly check: number;
  readonly seed: number;
  readonly quiet?: boolean;
}

interface Options extends CommonOptions, SettingsAsked {
  readonly seed: number;
  readonly quiet?: boolean;
  readonly test?: string;
  readonly resamples: number;
  readonly save?: string;
  readonly sample?: number;
  readonly k?: number | 'all';
}

const COUNTS = '10,25,50,100,150,1%,all', STEPS = '0.1,0.5,1', SWEEP = 'salient,random,all';
/** What is measured where nothing else is asked for. */
export const FINETUNE = { counts: counts(COUNTS), curves: CURVES, step: steps(STEPS), sweep: curves(SWEEP), neighbors: 10, subset: 200,
  check: 2 } as const;

export function finetuneCommand(): Command {
  return withCommonOptions(new Command('finetune')
    .description(
      'take one normalized step of gradient descent on the most salient filters of each mistake of a run, and on others in their place: what becomes of the mistake, of its neighbours, and of the accuracy (figure 6)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--test <run2>',
      'where neighbours are sought and accuracy is measured: another run of the same model, by default the run itself')
    .option('--counts <list>', `how many filters are tuned, also as shares of the network, and "all" of it (default: ${COUNTS})`, counts,
      FINETUNE.counts)
    .option('--curves <list>', `how they are chosen: ${CURVES.join(', ')}; by default all of them`, curves, FINETUNE.curves)
    .option('--step <list>', `lengths of the step; the first is that of the curves, the others are swept (default: ${STEPS})`, steps,
      FINETUNE.step)
    .option('--sweep <list>', `curves of which all steps are measured (default: ${SWEEP})`, curves, FINETUNE.sweep)
    .option('--sweep-at <count>', 'with how many filters; by default the number of --counts nearest to 150', positive)
    .option('--neighbors <count>', 'of each mistake, among the mistakes of the test run', positive, FINETUNE.neighbors)
    .option('--subset <count>', 'samples of the test run, drawn at random once, on which accuracy is measured', natural, FINETUNE.subset)
    .option('--check <count>', "how many of them each mistake's networks are asked about, taking turns through the subset", natural,
      FINETUNE.check)
    .option('--resamples <count>', 'of the bootstrap', positive, RESAMPLES)
    .option('--save <file>', "only write the model after the step on --sample's -k most salient filters, as an ONNX file")
    .addOption(new Option('--sample <id>', 'whose mistake --save mends').argParser(natural))
    .addOption(new Option('-k <count>', 'how many filters --save tunes, or "all"; by default as --sweep-at').argParser(numberOrAll)),
    'finetune')
    .action(run);
}

function numberOrAll(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1, or "all".');
  return Number(text);
}

async function run(folder: string, options: Options): Promise<void> {
  if ((options.save === undefined) !== (options.sample === undefined)) {
    throw new Error('--save FILE and --sample ID go together: the step is for one sample');
  }
  if (options.k !== undefined && options.save === undefined) throw new Error('-k is for --save; --counts says how many filters are tuned');
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (options.save !== undefined) return save(experiment, options);

  const settings = settingsOf(experiment, options);
  const rows = limited(experiment.mistakes, options.limit, options.seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right, so that there is no mistake to mend`);
  const testFolder = options.test ?? folder;
  await finetuneMistakes(experiment, rows, testFolder, settings, options);
}

/** The mistakes with everything the settings ask for; the result, or null where it was stopped. */
export async function finetuneMistakes(
  experiment: Experiment,
  rows: readonly Row[],
  testFolder: string,
  settings: FinetuneSettings,
  options: CommonOptions & { readonly resamples: number }
): Promise<FinetuneResult | null> {
  const { folder } = experiment;
  const test = await openTest(experiment, testFolder);
  const subset = Math.min(settings.subset, test.rows.length);

  const out = outOf(folder, 'finetune', options);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const filters = filterCount(experiment.network.layers);
  let made: FinetuneResult | null = null;
  let tuning: Tuning | null = null;
  const conducted = conduct<Tuned>({
    ...options,
    experiment,
    command: 'finetune',
    out,
    rows,
    settings: { 'test run': test.meta.data.sha256, 'preprocessing of the test run': test.meta.preprocessing, ...settings, subset },
    prepare: async (resources) => {
      tuning = await prepareTuning(resources, rows, test, settings, options.batch);
    },
    compute: (sample) => tune(sample, tuning!),
    write: async ({ results, head }) => {
      const samples = results.map(({ id, result }): Finished => ({ row: byId.get(id)!, tuned: result }));
      const measured = measure(samples, conditionsOf(settings, filters), options.seed, options.resamples);
      const result = made = { ...measured, run: folder, test: testFolder, model: experiment.meta.model.file, head, settings,
        resamples: options.resamples, filters, subset, samples };
      // The drawing library is large; nothing else needs it.
      const { finetunePage } = await import('../finetune/page.js');
      await writeResults(out, { csv: csvOf(result), json: () => jsonOf(result), page: await finetunePage(result) }, textOf(result),
        options);
    },
  });
  await conducted.finally(() => tuning?.testPictures.close());
  return made;
}

/** Throws one sentence where nothing is left to measure. */
export function settingsOf({ network, stats }: Experiment,
  { counts: asked, curves: wanted, step, sweep, sweepAt, neighbors, subset, check, seed, quiet }: SettingsAsked): FinetuneSettings {
  const filters = filterCount(network.layers);
  const living = stats.mean.reduce((n, _, k) => n + (k < filters && !isDead(stats, k) ? 1 : 0), 0);
  const all = resolveCounts(asked, filters);
  const numbers = all.filter((k) => k <= living);
  const dropped = all.filter((k) => k > living);
  if (dropped.length > 0 && !quiet) {
    notice(`the network has only ${living} living filters, so ${dropped.join(', ')} ${dropped.length === 1 ? 'is' : 'are'} left out.`);
  }
  const measured = wanted.filter((c) => (c === 'all' ? asked.all : numbers.length > 0));
  if (measured.length === 0) throw new Error(`--counts and --curves leave nothing to measure; the network has ${living} living filters`);
  if (sweepAt !== undefined && !numbers.includes(sweepAt)) {
    throw new Error(`--sweep-at ${sweepAt} is none of the numbers of filters measured, ${numbers.join(', ')}`);
  }
  return {
    curves: measured,
    counts: numbers,
    steps: step,
    sweep: measured.filter((c) => sweep.includes(c)),
    sweepAt: sweepAt ?? (numbers.length > 0 ? sweptCount(numbers) : filters),
    neighbors,
    subset,
    check,
    seed,
  };
}

function save(experiment: Experiment, options: Options): Promise<void> {
  const numbers = resolveCounts(options.counts, filterCount(experiment.network.layers));
  const k = options.k ?? options.sweepAt ?? (numbers.length > 0 ? sweptCount(numbers) : 'all');
  return saveTuned(experiment, { save: options.save!, sample: options.sample!, k: k === 'all' ? null : k, step: options.step[0],
    adapter: options.adapter, quiet: options.quiet });
}
