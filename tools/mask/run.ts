/** The work of `misfire mask`: pixels of a run's mistakes masked, kept in its journal, written as files. */
import { normalizationOf } from '../../src/data/preprocess.js';
import { livingCount } from '../../src/saliency/experiments/filters.js';
import { analyseMasking } from '../../src/saliency/experiments/masking-analysis.js';
import { maskSample, type MaskedSample, type MaskingControl, type MaskingSettings } from '../../src/saliency/experiments/masking.js';
import { FILLS, type Fill } from '../../src/saliency/masking.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import { notice } from '../shared/terminal.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { next } from '../shared/next.js';
import { checkJson } from '../shared/results.js';
import { maskableOf } from './boxes.js';
import { maskPage } from './page.js';
import { runPaste } from './paste-run.js';
import { csvOf, jsonOf, textOf, type MaskResult } from './show.js';
import { UsageError } from '../shared/usage.js';

export interface MaskOptions extends CommonOptions {
  readonly shares: readonly number[];
  readonly fill?: readonly Fill[];
  readonly against: readonly MaskingControl[];
  readonly draws: number;
  readonly top: number;
  readonly paste?: string | true;
  readonly sample?: number;
  readonly onto?: string;
}

export async function runMask(folder: string, options: MaskOptions): Promise<void> {
  const { paste, sample, top } = options;
  if ((paste === undefined) !== (sample === undefined)) {
    throw new UsageError('--paste and --sample ID go together: the region is that of one sample');
  }
  if (options.onto !== undefined && paste === undefined) {
    throw new UsageError('--onto says which pictures --paste goes onto; give --paste and --sample ID with it');
  }
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (paste === undefined || paste === true) checkTop(top, experiment.stats);
  if (paste !== undefined) {
    await runPaste(experiment, { ...options, paste, sample: sample! });
    return next('that mistake on a page', ['explain', '--run', folder, '--sample', String(sample), '--report', `sample-${sample}.html`],
      options);
  }
  if (experiment.mistakes.length === 0) throw new Error(`the network gets every sample of ${folder} right, so there is no mistake to mask`);
  const { shares, against, draws, seed } = options;
  const result = await maskMistakes(experiment, { shares, fills: fillsOf(experiment, options), controls: against, draws, seed, top },
    options);
  if (result) next("which of the paper's claims hold here", ['study', folder], options);
}

/** Throws one sentence where no filter would be left as it is: with all of them boosted, the two profiles have one direction. */
function checkTop(top: number, stats: Statistics): void {
  const living = livingCount(stats);
  if (top < living) return;
  throw new Error(
    `the network has ${living} filters whose saliency varies, and to boost ${top} leaves none to compare with; give a smaller --top`
  );
}

/** The fills that have a value for pictures of this run: 'grey' needs the normalization. */
export const knownFills = ({ meta }: Experiment): readonly Fill[] => (meta.preprocessing ? FILLS : FILLS.filter((f) => f !== 'grey'));

/** Throws one sentence where a fill is asked for that has no value; a notice says where one is left out. */
function fillsOf(experiment: Experiment, { fill, quiet }: MaskOptions): readonly Fill[] {
  const known = knownFills(experiment);
  if (known.includes('grey')) return fill ?? known;
  if (fill?.includes('grey')) {
    throw new Error(
      `the samples of ${experiment.folder} came prepared, and how is not known, so grey has no value; fill with mean or blur`
    );
  }
  if (fill === undefined && !quiet) notice('the samples came prepared, and how is not known, so the fill grey is left out.');
  return fill ?? known;
}

/** All mistakes, or --limit of them; the result, or null where it was stopped. */
export async function maskMistakes(experiment: Experiment, settings: MaskingSettings, options: CommonOptions): Promise<MaskResult | null> {
  const { folder, meta, mistakes, stats } = experiment;
  return conduct<MaskedSample, MaskResult>({
    experiment,
    command: 'mask',
    out: outOf(folder, 'mask', options),
    settings: { ...settings },
    rows: limited(mistakes, options.limit, options.seed),
    options,
    compute: async ({ row }, { explainer, pictures }) => {
      const context = { explainer, stats, shape: meta.model.pictureShape,
        normalization: meta.preprocessing && normalizationOf(meta.preprocessing) };
      return maskSample(context, { ...row, picture: await pictures.read(row) }, await maskableOf(meta, row), settings);
    },
    summarize: (samples, head) => ({ run: folder, model: meta.model.file, head, settings, samples,
      analysis: analyseMasking(samples, settings), name: experiment.name }),
    forms: { csv: csvOf, json: jsonOf, page: maskPage, text: textOf },
  });
}
