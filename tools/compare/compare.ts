/** `misfire compare` at work: two runs joined picture by picture, compared, and written. */
import { basename, join } from 'node:path';
import { checkFolderWritable, writeFolderAtomic } from '../../src/files/folder.js';
import { changedCsv, classComparisonCsv, comparisonJson, comparisonText, type ComparisonResult } from '../../src/report/comparison.js';
import { compareAnswers } from '../../src/saliency/compare.js';
import { joinRuns } from '../../src/store/join.js';
import { openRun } from '../../src/store/stored-run.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { Progress } from '../shared/progress.js';
import { checkJson, writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { comparePage } from './page.js';

export interface CompareOptions {
  readonly out?: string;
  readonly json?: string;
  readonly common?: boolean;
  readonly classes?: string;
  readonly quiet?: boolean;
}

export async function compare(first: string, second: string, options: CompareOptions): Promise<void> {
  const { out, json, common, quiet } = options;
  await checkJson(json);
  if (out !== undefined) await checkFolderWritable(out, 'compare.html');
  const runs = [await openRun(first), await openRun(second)] as const;
  const classes = await readClasses(options.classes);
  for (const { meta } of runs) checkClasses(classes, meta);
  const name = classNamer(runs[0].meta, classes);
  const progress = new Progress(runs[0].meta.data.samples + runs[1].meta.data.samples, 0, { quiet });
  const { pairs, alone, notices } = await joinRuns(...runs, { common, onProgress: (done) => progress.update(done) })
    .finally(() => progress.clear());
  if (!quiet) { for (const text of notices) notice(`${text}.`); }
  const [a, b] = [first, second].map((run, k) => ({ run, model: basename(runs[k].meta.model.file) }));
  const result: ComparisonResult = { runs: [a, b], comparison: compareAnswers(pairs), alone };
  if (out !== undefined) {
    await writeFolderAtomic(out, new Map<string, string | Iterable<string>>([
      [join(out, 'compare.html'), await comparePage(result, runs[0], name)],
      [join(out, 'changed.csv'), changedCsv(result, name)],
      [join(out, 'classes.csv'), classComparisonCsv(result, name)],
    ]));
  }
  const page = out === undefined ? '' : `\nThe page: ${join(out, 'compare.html')}\n`;
  await writeResult(() => [comparisonJson(result, name)], `${comparisonText(result, name)}${page}`, options);
}
