/** `misfire prune`: section 3.1 of the paper, does turning off the filters blamed for a mistake mend it? */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Row } from '../../src/store/format.js';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { CHOICES, type Choice } from '../../src/saliency/controls.js';
import { notice, positive } from '../shared/terminal.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import { limited, natural, naturals, outOf, withCommonOptions, type CommonOptions } from '../experiment/options.js';
import { checkJson, writeResults } from '../experiment/write.js';
import { mostFilters, prune, type Pruned, type PruneSettings } from '../prune/curves.js';
import { measure, type Finished } from '../prune/measure.js';
import { saveWithOff } from '../prune/save.js';
import { csvOf, jsonOf, textOf, type PruneResult } from '../prune/show.js';

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly curves: readonly Choice[];
  readonly counts: readonly number[];
  readonly mode: PruneSettings['mode'];
  readonly damage: number;
  readonly resamples: number;
  readonly save?: readonly string[];
  readonly sample?: number;
}

/** Right samples asked about for each. */
export const DAMAGE = 4;
/** Of the paper's figure 3. */
export const COUNTS: readonly number[] = [0, 1, 2, 5, 10, 20, 30, 50, 75, 100];

export function pruneCommand(): Command {
  return withCommonOptions(new Command('prune')
    .description(
      'turn off the most salient filters of each mistake of a run, and other filters in their place: what becomes of both confidences, and of other samples (figure 3)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--all', 'of every sample, not of the mistakes alone')
    .addOption(new Option('--counts <list>', 'how many filters are turned off').argParser(naturals).default(COUNTS, COUNTS.join(',')))
    .addOption(new Option('--curves <list>', `how they are chosen: ${CHOICES.join(', ')}`).argParser(choices).default(CHOICES, 'all'))
    .addOption(
      new Option('--mode <kind>', 'channel: a channel is exactly zero; paper: weight and batch norm shift are zero').choices(['channel',
        'paper']).default('channel')
    )
    .option('--damage <count>', "right samples that each sample's filters are tried on", natural, DAMAGE)
    .option('--resamples <count>', 'of the bootstrap', positive, RESAMPLES)
    .option('--save <K FILE...>', 'only write the model with the K most salient filters of --sample off, to an ONNX file')
    .addOption(new Option('--sample <id>', 'whose filters --save turns off').argParser(natural)), 'prune')
    .action(run);
}

function choices(text: string): Choice[] {
  const given = new Set(text.split(','));
  const unknown = [...given].find((c) => !(CHOICES as readonly string[]).includes(c));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no curve "${unknown}"; the curves are ${CHOICES.join(', ')}.`);
  return CHOICES.filter((c) => given.has(c));
}

async function run(folder: string, options: Options): Promise<void> {
  if ((options.save === undefined) !== (options.sample === undefined)) {
    throw new Error('--save K FILE and --sample ID go together: the filters are those of one sample');
  }
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (options.save !== undefined) return saveWithOff(experiment, options.sample!, options.save, options.mode);

  const most = mostFilters(experiment, options.curves);
  const settings: PruneSettings = {
    curves: options.curves,
    counts: options.counts.filter((k) => k <= most),
    mode: options.mode,
    damage: options.damage,
    seed: options.seed,
  };
  const dropped = options.counts.filter((k) => k > most);
  if (settings.counts.length === 0) throw new Error(`the network has only ${most} filters to turn off; give a smaller number to --counts`);
  if (dropped.length > 0 && !options.quiet) {
    notice(`the network has only ${most} filters to turn off, so ${dropped.join(', ')} ${dropped.length === 1 ? 'is' : 'are'} left out.`);
  }
  const rows = limited(options.all ? experiment.rows : experiment.mistakes, options.limit, options.seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right; --all turns filters off for those too`);
  if (settings.damage > 0 && experiment.rows.every((r) => r.label !== r.predicted) && !options.quiet) {
    notice('the network gets no sample right, so there is none to damage.');
  }

  await pruneSamples(experiment, rows, settings, options);
}

/** The samples with everything the settings ask for; the result, or null where it was stopped. */
export async function pruneSamples(experiment: Experiment, rows: readonly Row[], settings: PruneSettings,
  options: CommonOptions & { readonly resamples: number }): Promise<PruneResult | null> {
  const { folder } = experiment;
  const out = outOf(folder, 'prune', options);
  const byId = new Map(rows.map((row) => [row.id, row]));
  let made: PruneResult | null = null;
  await conduct<Pruned>({
    ...options,
    experiment,
    command: 'prune',
    out,
    settings: { ...settings },
    rows,
    compute: (sample, resources) => prune(sample, resources, settings),
    write: async ({ results, head }) => {
      const samples = results.map(({ id, result }): Finished => ({ row: byId.get(id)!, pruned: result }));
      const [wrong, right] = [false, true].map((isRight) => {
        const group = samples.filter(({ row }) => (row.label === row.predicted) === isRight);
        return group.length > 0 ? measure(group, settings, options.resamples) : null;
      });
      const result = made = { run: folder, model: experiment.meta.model.file, head, settings, resamples: options.resamples, samples,
        groups: { wrong, right } };
      // The drawing library is large; nothing else needs it.
      const { prunePage } = await import('../prune/page.js');
      await writeResults(out, { csv: csvOf(result), json: () => jsonOf(result), page: await prunePage(result) }, textOf(result), options);
    },
  });
  return made;
}
