/** `misfire summary` at work: one pass over a run, then its files, its text and its JSON. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { RunSummary } from '../../src/saliency/summary.js';
import { openRun } from '../../src/store/stored-run.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { next, nextMistakes } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { LAYER_FILES, outputs } from './outputs.js';
import { summaryJson, summaryText } from './tables.js';

export interface SummaryOptions {
  readonly out?: string;
  readonly json?: string;
  readonly classes?: string;
  readonly top: number;
  readonly quiet?: boolean;
}

export async function summary(folder: string, options: SummaryOptions): Promise<void> {
  const { out, json } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, 'figure1.svg');
  const run = await openRun(folder);
  const { meta, layers } = run;
  const classes = await readClasses(options.classes);
  checkClasses(classes, meta);
  const name = classNamer(meta, classes);
  const stats = await run.readStatistics();

  const found = new RunSummary(layers, stats, meta.profiles !== 'none', options.top);
  const progress = new Progress(stats.samples ?? 0, 0, options);
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach((row, k) => found.add(row, profiles, k * meta.model.filters));
    progress.update(found.right + found.wrong);
  }
  progress.clear();
  if (found.right + found.wrong !== stats.samples) {
    throw new Error(`${folder} holds ${found.right + found.wrong} samples, but its statistics are of ${stats.samples}; the run is damaged`);
  }
  const result = { run: folder, right: found.right, wrong: found.wrong, errors: (await run.readErrors()).length, top: found.top,
    shares: found.layerShares(), confusions: found.confusions() };
  const files = out === undefined ? null : await outputs(out, meta, found, name);
  if (files) {
    await writeFolderAtomic(out!, files);
    // What an earlier summary drew of other numbers must not stay beside these.
    for (const file of LAYER_FILES.map((name) => join(out!, name))) if (!files.has(file)) await rm(file, { force: true });
  }
  if (!options.quiet && out !== undefined && result.shares === null) {
    notice(`${folder} ${found.wrong === 0 ? 'has no wrong samples' : 'stores no profiles'}, so layers.svg and layers.csv are left out.`);
  }
  await writeResult(() => [summaryJson(result, name)], summaryText(result, name), options);
  if (out === undefined) next('its figures and tables', ['summary', folder, '--out', join(folder, 'summary')], options);
  else if (meta.profiles !== 'none' && found.wrong > 0) nextMistakes(folder, found.wrong, options);
}
