/** The work of `misfire prune`: filters turned off for samples of a run, kept in its journal, written as files. */
import type { Row } from '../../src/store/format.js';
import type { Choice } from '../../src/saliency/controls.js';
import { analysePruning } from '../../src/saliency/experiments/pruning-analysis.js';
import { bystanders, mostFilters, pruneSample, type PrunedSample, type PruningSettings } from '../../src/saliency/experiments/pruning.js';
import { notice } from '../shared/terminal.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { next } from '../shared/next.js';
import { checkJson } from '../shared/results.js';
import { prunePage } from './page.js';
import { saveWithOff } from './save.js';
import { csvOf, jsonOf, textOf, type PruneResult } from './show.js';
import { UsageError } from '../shared/usage.js';

export interface PruneOptions extends CommonOptions {
  readonly all?: boolean;
  readonly curves: readonly Choice[];
  readonly counts: readonly number[];
  readonly mode: PruningSettings['mode'];
  readonly damage: number;
  readonly resamples: number;
  readonly save?: readonly string[];
  readonly sample?: number;
  readonly test?: string;
  readonly force?: boolean;
}

export async function runPrune(folder: string, options: PruneOptions): Promise<void> {
  if ((options.save === undefined) !== (options.sample === undefined)) {
    throw new UsageError('--save K FILE and --sample ID go together: the filters are those of one sample');
  }
  if (options.save === undefined && (options.force || options.test !== undefined)) {
    throw new UsageError('--force and --test are for --save: whether it writes all the same, and where it measures accuracy');
  }
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (!options.quiet) { for (const text of experiment.network.offNotices) notice(`${text}.`); }
  if (options.save !== undefined) {
    await saveWithOff(experiment, options.sample!, options.save, options.mode, options);
    return next('the filters tuned in place of turned off', ['finetune', folder, '--save', 'tuned.onnx', '--sample',
      String(options.sample)], options);
  }

  const settings = settingsOf(experiment, options);
  const rows = limited(options.all ? experiment.rows : experiment.mistakes, options.limit, options.seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right; --all turns filters off for those too`);
  if (settings.damage > 0 && experiment.rows.every((r) => r.label !== r.predicted) && !options.quiet) {
    notice('the network gets no sample right, so there is none to damage.');
  }
  const result = await pruneSamples(experiment, rows, settings, options);
  if (result) next('a step of gradient descent on those filters in its place', ['finetune', folder], options);
}

/** Without counts that the network has no filters for, which a notice names. Throws one sentence where no count is left. */
function settingsOf(experiment: Experiment, { curves, counts, mode, damage, seed, quiet }: PruneOptions): PruningSettings {
  const most = mostFilters(experiment, curves);
  const [kept, dropped] = [counts.filter((k) => k <= most), counts.filter((k) => k > most)];
  if (kept.length === 0) throw new Error(`the network has only ${most} filters to turn off; give a smaller number to --counts`);
  if (dropped.length > 0 && !quiet) {
    notice(`the network has only ${most} filters to turn off, so ${dropped.join(', ')} ${dropped.length === 1 ? 'is' : 'are'} left out.`);
  }
  return { curves, counts: kept, mode, damage, seed };
}

/** The samples with everything the settings ask for; the result, or null where it was stopped. */
export async function pruneSamples(experiment: Experiment, rows: readonly Row[], settings: PruningSettings,
  options: CommonOptions & { readonly resamples: number }): Promise<PruneResult | null> {
  const { folder, meta, stats, lastStage, name } = experiment;
  const right = experiment.rows.filter((r) => r.label === r.predicted);
  return conduct<PrunedSample, PruneResult>({
    experiment,
    command: 'prune',
    out: outOf(folder, 'prune', options),
    settings: { ...settings },
    rows,
    options,
    compute: async ({ row, profile }, { explainer, pictures }) => {
      const needed = [row, ...bystanders(row, right, settings)];
      const [sample, ...others] = await Promise.all(needed.map(async (r) => ({ ...r, picture: await pictures.read(r) })));
      return pruneSample({ explainer, stats, lastStage }, { ...sample, profile }, others, settings);
    },
    summarize: (samples, head) => ({ run: folder, model: meta.model.file, head, settings, resamples: options.resamples, samples, name,
      groups: analysePruning(samples, settings, options.resamples) }),
    forms: { csv: csvOf, json: jsonOf, page: prunePage, text: textOf },
  });
}
