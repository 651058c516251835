/** Whether an explained picture is one of those its statistics are of. */
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fingerprint, samePicture } from '../../src/saliency/same-picture.js';
import { META } from '../../src/store/format.js';
import { openProfiles, type StoredRun } from '../../src/store/stored-run.js';
import type { Among, SampleExplanation } from './explained.js';

/** Runs with more bytes of profiles are not read for this: over so many pictures, one of them hardly moves the statistics. */
const READ = 2 ** 30;

/** The run whose statistics these are, where the file lies in the run's folder; null where that is not known. */
export async function runOfStatistics(statsName: string | null): Promise<StoredRun | null> {
  if (statsName === null || statsName.includes(',')) return null;
  const folder = dirname(statsName);
  const there = await access(join(folder, META)).then(() => true, () => false);
  return there ? openProfiles(folder).catch(() => null) : null;
}

/** For each explained picture the sample of the run that it is, by its file or by what was computed of it; null where it is none. */
export async function amongSamples(run: StoredRun, explained: readonly SampleExplanation[]): Promise<(Among | null)[]> {
  const { data, model: { filters }, profiles: stored } = run.meta;
  const found: (Among | null)[] = explained.map(() => null);
  if (stored === 'none' || 4 * data.samples * filters > READ) return found;
  const files = explained.map(({ input }) => resolve(input));
  const prints = explained.map((e) => fingerprint(e, e.profile, 0, filters));
  for await (const { rows, profiles } of run.parts()) {
    rows.forEach((row, r) => {
      const path = resolve(data.root, row.path);
      const print = fingerprint(row, profiles, r * filters, filters);
      explained.forEach((_, k) => {
        if (!found[k] && (files[k] === path || samePicture(prints[k], print, stored))) {
          found[k] = { run: run.folder, id: row.id, path: row.path, label: row.label };
        }
      });
    });
  }
  return found;
}
