/** `misfire summary` at work: one pass over a run, then its files, its text and its JSON. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import type { RunSummary } from '../../src/saliency/summary.js';
import type { Meta } from '../../src/store/format.js';
import { openRun } from '../../src/store/stored-run.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { next, nextMistakes } from '../shared/next.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { summarizeRun } from '../../src/store/summary.js';
import { findSuspects } from '../../src/store/suspects.js';
import { suspectsCsv } from '../../src/report/suspects.js';
import { LAYER_FILES, outputs, PROFILE_FILES } from './outputs.js';
import { worstMistakes } from './worst.js';
import { summaryJson, summaryText } from './tables.js';

/** Labels that may be wrong, where profiles are stored. */
const SUSPECTS_FILE = 'suspects.csv';

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
  const { meta } = run;
  const classes = await readClasses(options.classes);
  checkClasses(classes, meta);
  const name = classNamer(meta, classes);
  const progress = new Progress(meta.data.samples, 0, options);
  const found = await summarizeRun(run, options.top, (done) => progress.update(done));
  progress.clear();
  const suspects = meta.profiles === 'none' || found.right === 0 ? null : await findSuspects(run);
  const result = { suspects, run: folder, right: found.right, wrong: found.wrong, errors: (await run.readErrors()).length, top: found.top,
    shares: found.layerShares(), confusions: found.confusions() };
  const files = out === undefined
    ? null
    : await outputs(out, meta, found, name, { run: folder, worst: await worstMistakes(run), suspects: suspects && suspects.suspects });
  if (suspects) files?.set(join(out!, SUSPECTS_FILE), suspectsCsv(suspects.suspects, name));
  if (files) {
    await writeFolderAtomic(out!, files);
    // What an earlier summary drew of other numbers must not stay beside these.
    for (const file of [...PROFILE_FILES, SUSPECTS_FILE].map((name) => join(out!, name))) {
      if (!files.has(file)) await rm(file, { force: true });
    }
  }
  if (!options.quiet && out !== undefined && result.shares === null) {
    const left = meta.forwardOnly ? PROFILE_FILES : LAYER_FILES;
    notice(`${folder} ${leftOutSince(meta, found)}, so ${left.slice(0, -1).join(', ')} and ${left.at(-1)} are left out.`);
  }
  await writeResult(() => [summaryJson(result, name)], summaryText(result, name), options);
  if (out === undefined) next('its figures and tables', ['summary', folder, '--out', join(folder, 'summary')], options);
  else if (meta.profiles !== 'none' && found.wrong > 0) nextMistakes(folder, found.wrong, options);
}

function leftOutSince({ forwardOnly }: Meta, { wrong }: RunSummary): string {
  if (forwardOnly) return 'was made with --forward-only and has no saliency';
  return wrong === 0 ? 'has no wrong samples' : 'stores no profiles';
}
