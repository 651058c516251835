/** `misfire study`: the paper's experiments with the paper's settings, and what became of each of its claims. */
import { join } from 'node:path';
import { Command } from 'commander';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { CHOICES } from '../../src/saliency/controls.js';
import { writeAllAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { BOOSTED } from '../../src/saliency/input.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import { FILLS } from '../../src/saliency/masking.js';
import { notice, version } from '../shared/terminal.js';
import { openExperiment } from '../experiment/open.js';
import { limited, outOf, withCommonOptions, type CommonOptions } from '../experiment/options.js';
import { checkJson, say } from '../experiment/write.js';
import { FINETUNE, finetuneMistakes, settingsOf } from './finetune.js';
import { steps } from '../finetune/settings.js';
import { DRAWS, maskMistakes, SHARES } from './mask.js';
import { CONTROLS } from '../mask/sample.js';
import { COUNTS, DAMAGE, pruneSamples } from './prune.js';
import { mostFilters } from '../prune/curves.js';
import { claimsOf } from '../study/claims.js';
import { csvOf, jsonOf, studyPage, textOf, type StudyResult } from '../study/show.js';

interface Options extends CommonOptions {
  readonly test?: string;
  readonly step: readonly number[];
}

const PARTS = ['prune', 'finetune', 'mask'] as const;
const FILES = ['page.html', 'result.json', 'claims.csv'] as const;

export function studyCommand(): Command {
  return withCommonOptions(new Command('study')
    .description('prune, finetune and mask with the settings of the paper, and one page: what was claimed, what was found here')
    .argument('<run>', 'the folder of a run of `misfire profile`')
    .option('--test <run2>',
      'where finetune seeks neighbours and measures accuracy: another run of the same model, by default the run itself')
    .option('--step <list>', `lengths of finetune's step; the first is that of the claims (default: ${FINETUNE.step.join(',')})`, steps,
      FINETUNE.step), 'study')
    .action(study);
}

async function study(folder: string, options: Options): Promise<void> {
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  const { network, meta, mistakes } = experiment;
  const rows = limited(mistakes, options.limit, options.seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right, so there is no mistake to study`);
  const out = outOf(folder, 'study', options);
  await makeOut(out);

  const part = (name: (typeof PARTS)[number]) => {
    if (!options.quiet) notice(`${name}: ${rows.length} mistakes.`);
    return { ...options, resamples: RESAMPLES, json: undefined, silent: true, out: join(out, name) };
  };
  const most = mostFilters(experiment, CHOICES);
  const prune = await pruneSamples(experiment, rows, { curves: CHOICES, counts: COUNTS.filter((k) => k <= most), mode: 'channel',
    damage: DAMAGE, seed: options.seed }, part('prune'));
  if (!prune) return;
  const { step, seed, quiet } = options;
  const finetune = await finetuneMistakes(experiment, rows, options.test ?? folder,
    settingsOf(experiment, { ...FINETUNE, step, seed, quiet }), part('finetune'));
  if (!finetune) return;
  const fills = meta.preprocessing ? FILLS : FILLS.filter((f) => f !== 'grey');
  const mask = await maskMistakes(experiment, { shares: SHARES, fills, controls: CONTROLS, draws: DRAWS, seed,
    top: Math.min(BOOSTED, livingFilters(network.layers, experiment.stats).length - 1) }, part('mask'));
  if (!mask) return;

  const { description, software } = prune.head.adapter;
  const result: StudyResult = {
    run: folder,
    test: options.test ?? folder,
    model: meta.model.file,
    mistakes: rows.length,
    filters: network.layers.reduce((n, l) => n + l.filters, 0),
    version,
    adapter: { description, software },
    claims: claimsOf({ prune, finetune, mask }),
  };
  const texts = [await studyPage(result, { prune, finetune, mask }), jsonOf(result), csvOf(result)];
  await writeAllAtomic(new Map(FILES.map((name, k) => [join(out, name), texts[k]])));
  await say(() => jsonOf(result), textOf(result), options);
}

/** Throws one sentence where the folder holds other things than a study. */
function makeOut(folder: string): Promise<void> {
  const known: readonly string[] = [...PARTS, ...FILES];
  return makeOutFolder(folder, (names) => names.find((name) => !known.includes(name)),
    (name) => `${folder} holds ${name} and no study; choose an empty or a new folder for --out`);
}
