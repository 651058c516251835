/** The work of `misfire study`: three experiments in folders of their own, then the claims that their results bear out. */
import { join } from 'node:path';
import { writeAllAtomic } from '../../src/files/files.js';
import { makeOutFolder } from '../../src/files/folder.js';
import { RESAMPLES } from '../../src/saliency/bootstrap.js';
import { CHOICES } from '../../src/saliency/controls.js';
import { claimsOf } from '../../src/saliency/experiments/claims.js';
import { MASKING_CONTROLS, MASKING_DRAWS, MASKING_SHARES } from '../../src/saliency/experiments/masking.js';
import { mostFilters, PRUNING_COUNTS, PRUNING_DAMAGE } from '../../src/saliency/experiments/pruning.js';
import { BOOSTED } from '../../src/saliency/input.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import { filterCount } from '../../src/saliency/network.js';
import { notice, version } from '../shared/terminal.js';
import { openExperiment } from '../experiment/open.js';
import { limited, outOf, type CommonOptions } from '../experiment/options.js';
import { next } from '../shared/next.js';
import { checkJson, writeResult } from '../shared/results.js';
import { FINETUNE } from '../finetune/options.js';
import { finetuneMistakes } from '../finetune/run.js';
import { settingsOf } from '../finetune/settings.js';
import { knownFills, maskMistakes } from '../mask/run.js';
import { pruneSamples } from '../prune/run.js';
import { csvOf, jsonOf, studyPage, textOf, type StudyResult } from './show.js';

export interface StudyOptions extends CommonOptions {
  readonly test?: string;
  readonly step: readonly number[];
}

const PARTS = ['prune', 'finetune', 'mask'] as const;
const FILES = ['page.html', 'result.json', 'claims.csv'] as const;

export async function runStudy(folder: string, options: StudyOptions): Promise<void> {
  await checkJson(options.json);
  const experiment = await openExperiment(folder, options);
  const { network, meta, mistakes, stats } = experiment;
  const { step, seed, quiet, test = folder } = options;
  const rows = limited(mistakes, options.limit, seed);
  if (rows.length === 0) throw new Error(`the network gets every sample of ${folder} right, so there is no mistake to study`);
  const out = outOf(folder, 'study', options);
  await makeOut(out);

  const part = (name: (typeof PARTS)[number]) => {
    if (!quiet) notice(`${name}: ${rows.length} mistakes.`);
    return { ...options, resamples: RESAMPLES, json: undefined, silent: true, out: join(out, name) };
  };
  const most = mostFilters(experiment, CHOICES);
  const prune = await pruneSamples(experiment, rows, { curves: CHOICES, counts: PRUNING_COUNTS.filter((k) => k <= most), mode: 'channel',
    damage: PRUNING_DAMAGE, seed }, part('prune'));
  const finetune = await finetuneMistakes(experiment, rows, test, settingsOf(experiment, { ...FINETUNE, step, seed, quiet }),
    part('finetune'));
  const mask = await maskMistakes(experiment, { shares: MASKING_SHARES, fills: knownFills(experiment), controls: MASKING_CONTROLS,
    draws: MASKING_DRAWS, seed, top: Math.min(BOOSTED, livingFilters(network.layers, stats).length - 1) }, part('mask'));
  if (!prune || !finetune || !mask) return;

  const { description, software } = prune.head.adapter;
  const result: StudyResult = {
    run: folder,
    test,
    model: meta.model.file,
    mistakes: rows.length,
    filters: filterCount(network.layers),
    version,
    adapter: { description, software },
    claims: claimsOf({ pruning: { settings: prune.settings, analysis: prune.groups },
      tuning: { settings: finetune.settings, analysis: finetune }, masking: mask }),
  };
  const texts = [await studyPage(result, { prune, finetune, mask }), jsonOf(result), csvOf(result)];
  await writeAllAtomic(new Map(FILES.map((name, k) => [join(out, name), texts[k]])));
  await writeResult(() => jsonOf(result), textOf(result), options);
  next('the worst mistakes on one page', ['explain', '--run', folder, '--worst', '3', '--report', 'worst.html'], options);
}

/** Throws one sentence where the folder holds other things than a study. */
function makeOut(folder: string): Promise<void> {
  const known: readonly string[] = [...PARTS, ...FILES];
  return makeOutFolder(folder, (names) => names.find((name) => !known.includes(name)),
    (name) => `${folder} holds ${name} and no study; choose an empty or a new folder for --out`);
}
