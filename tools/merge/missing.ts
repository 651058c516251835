/** `misfire merge --missing`: which shards are still to be run, as a scheduler's array takes them. */
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { readMeta } from '../../src/store/run.js';
import type { Shard } from '../../src/dataset/dataset.js';
import { writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { checkRows } from './shards.js';

/** Says them on standard output, as 1,3-5; an empty line where none is missing. Throws where no folder says how many there are. */
export async function missingShards(folders: readonly string[], options: { readonly json?: true }): Promise<void> {
  const done = new Set<number>();
  let count: number | null = null, samples = Infinity;
  for (const folder of folders) {
    const meta = await readMeta(folder);
    if (!meta) continue;
    const { shard } = meta;
    if (!shard) throw new Error(`${folder} is a run over the whole data set; merge joins what --shard I/N made`);
    if (count !== null && count !== shard.count) {
      throw new Error(`${folder} is a shard of ${shard.count}, and others are of ${count}; give those of one run`);
    }
    count = shard.count;
    samples = meta.data.samples;
    if (await isWhole(folder, shard)) done.add(shard.index);
  }
  if (count === null) {
    throw new Error(`none of ${folders.join(', ')} is a run, so that the number of shards is not known; all of them are to be run`);
  }
  const missing = Array.from({ length: Math.min(count, samples) }, (_, k) => k).filter((k) => !done.has(k));
  await writeResult(() => [`${JSON.stringify({ shards: count, missing })}\n`], `${arrayOf(missing)}\n`, options);
}

/** Why a shard that ended is to be run again is said. */
async function isWhole(folder: string, shard: Shard): Promise<boolean> {
  let run: StoredRun;
  try {
    run = await openRun(folder);
  } catch {
    return false; // it goes on
  }
  return checkRows(run, shard).then(() => true, (error) => {
    notice(`${(error as Error).message}.`);
    return false;
  });
}

/** Rising numbers as an array expression: runs of three and more as FIRST-LAST. */
export function arrayOf(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const n of numbers) {
    const run = runs[runs.length - 1];
    if (run && run[1] === n - 1) run[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : b === a + 1 ? `${a},${b}` : `${a}-${b}`)).join();
}
