/** `misfire mask`: section 3.4 of the paper, do the pixels that set the salient filters off cause the mistake? */
import { Command, InvalidArgumentError, Option } from 'commander';
import { BOOSTED } from '../../src/saliency/input.js';
import { FILLS, type Fill } from '../../src/saliency/masking.js';
import { notice, positive } from '../shared/terminal.js';
import { conduct } from '../experiment/conduct.js';
import { openExperiment, type Experiment } from '../experiment/open.js';
import { limited, natural, outOf, withCommonOptions, type CommonOptions } from '../experiment/options.js';
import { checkJson, writeResults } from '../experiment/write.js';
import { analyse } from '../mask/analysis.js';
import { maskableOf } from '../mask/boxes.js';
import { maskPage } from '../mask/page.js';
import { checkTop, CONTROLS, maskSample, type Control, type Masked, type Settings } from '../mask/sample.js';
import { csvOf, jsonOf, textOf, type MaskResult } from '../mask/show.js';
import { pasteRun } from '../mask/paste-run.js';

export interface MaskOptions extends CommonOptions {
  readonly shares: readonly number[];
  readonly fill?: readonly Fill[];
  readonly against: readonly Control[];
  readonly draws: number;
  readonly top: number;
  readonly paste?: string | true;
  readonly sample?: number;
  readonly onto?: string;
}

/** The paper masks 5 %. */
export const SHARES: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2];
export const DRAWS = 5;

export function maskCommand(): Command {
  return withCommonOptions(new Command('mask')
    .description(
      'mask the pixels that set the most salient filters of each mistake of a run off, and as many others: what becomes of both confidences and of those filters (figure 7)'
    )
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .addOption(
      new Option('--shares <list>', 'how many of the pixels that may be masked, in percent').argParser(shares).default(SHARES,
        '1,2,5,10,20')
    )
    .option('--fill <list>', `what masked pixels are filled with: ${FILLS.join(', ')}; by default each`, fills)
    .addOption(
      new Option('--against <list>', 'what they are compared with: pixels at random, or the map moved elsewhere').argParser(controls)
        .default(CONTROLS, CONTROLS.join())
    )
    .option('--draws <count>', 'sets of pixels, or regions, drawn at random for each of them', positive, DRAWS)
    .option('--top <count>', 'how many of the most salient filters the pixels are those of', positive, BOOSTED)
    .option('--paste [region]',
      'instead, paste the salient region of one mistake, or x0,y0,x1,y1 of its prepared picture, onto the pictures of a class')
    .option('--sample <id>', 'whose region --paste takes', natural)
    .option('--onto <class>', 'whose pictures --paste goes onto, by index or name; by default the true class of --sample'), 'mask')
    .action(run);
}

function shares(text: string): readonly number[] {
  const given = text.split(',').map(Number);
  if (given.some((v) => !(v > 0 && v <= 100))) throw new InvalidArgumentError('It must be a list of percentages above 0, up to 100.');
  return [...new Set(given)].sort((a, b) => a - b).map((v) => v / 100);
}

const fills = (text: string): readonly Fill[] => chosen(text, FILLS, 'fill');
const controls = (text: string): readonly Control[] => chosen(text, CONTROLS, 'control');

/** Those of a comma list, each once, in their usual order. */
function chosen<T extends string>(text: string, all: readonly T[], what: string): T[] {
  const given = new Set(text.split(','));
  const unknown = [...given].find((v) => !(all as readonly string[]).includes(v));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${what} "${unknown}"; there are ${all.join(', ')}.`);
  return all.filter((v) => given.has(v));
}

async function run(folder: string, options: MaskOptions): Promise<void> {
  if ((options.paste === undefined) !== (options.sample === undefined)) {
    throw new Error('--paste and --sample ID go together: the region is that of one sample');
  }
  if (options.onto !== undefined && options.paste === undefined) {
    throw new Error('--onto says which pictures --paste goes onto; give --paste and --sample ID with it');
  }
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  if (options.paste === undefined || options.paste === true) checkTop(options.top, experiment.stats);
  if (options.paste !== undefined) {
    await pasteRun(experiment, { ...options, paste: options.paste, sample: options.sample! });
    return;
  }
  if (experiment.mistakes.length === 0) throw new Error(`the network gets every sample of ${folder} right, so there is no mistake to mask`);
  const { preprocessing } = experiment.meta;
  const known = preprocessing ? FILLS : FILLS.filter((f) => f !== 'grey');
  if (options.fill?.includes('grey') && !preprocessing) {
    throw new Error(`the samples of ${folder} came prepared, and how is not known, so grey has no value; fill with mean or blur`);
  }
  if (options.fill === undefined && !preprocessing && !options.quiet) {
    notice('the samples came prepared, and how is not known, so the fill grey is left out.');
  }
  const { shares, against, draws, seed, top } = options;
  await maskMistakes(experiment, { shares, fills: options.fill ?? known, controls: against, draws, seed, top }, options);
}

/** All mistakes, or --limit of them; the result, or null where it was stopped. */
export async function maskMistakes(experiment: Experiment, settings: Settings, options: CommonOptions): Promise<MaskResult | null> {
  const { folder, meta, mistakes, stats } = experiment;
  const rows = limited(mistakes, options.limit, options.seed);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const out = outOf(folder, 'mask', options);
  let result: MaskResult | null = null;
  await conduct<Masked>({
    ...options,
    experiment,
    command: 'mask',
    out,
    settings: { ...settings },
    rows,
    compute: async ({ row }, { explainer, pictures }) =>
      maskSample({ explainer, stats, how: meta.preprocessing, settings }, row, await pictures.read(row), meta.model.pictureShape,
        await maskableOf(meta, row)),
    write: async ({ results, head }) => {
      const samples = results.map(({ id, result: masked }) => ({ row: byId.get(id)!, masked }));
      result = { run: folder, model: meta.model.file, head, settings, samples,
        analysis: analyse(rows, samples.map((s) => s.masked), settings) };
      const made = result;
      await writeResults(out, { csv: csvOf(made), json: () => jsonOf(made), page: await maskPage(made) }, textOf(made), options);
    },
  });
  return result;
}
