/** `misfire merge --missing`: which shards are still to be run, as a scheduler's array takes them. */
import type { Shard } from '../../src/dataset/dataset.js';
import { readMeta } from '../../src/store/run.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { isExperiment, shardOfExperiment } from './experiments.js';
import { checkRows, type FoundShard } from './shards.js';

/** Says them on standard output, as 1,3-5; an empty line where none is missing. Throws where no folder says how many there are. */
export async function missingShards(folders: readonly string[], options: { readonly json?: true }): Promise<void> {
  const done = new Set<number>();
  let first: (FoundShard & { readonly folder: string }) | null = null;
  for (const folder of folders) {
    const found = await (await isExperiment(folder) ? shardOfExperiment(folder) : shardOfRun(folder));
    if (!found) continue;
    first ??= { ...found, folder };
    if (found.of !== first.of) throw new Error(`${folder} is of ${found.of}, and ${first.folder} of ${first.of}; give those of one`);
    if (found.shard.count !== first.shard.count) {
      throw new Error(`${folder} is a shard of ${found.shard.count}, and others are of ${first.shard.count}; give those of one run`);
    }
    if (found.whole) done.add(found.shard.index);
  }
  if (first === null) {
    throw new Error(`none of ${folders.join(', ')} is a run, so that the number of shards is not known; all of them are to be run`);
  }
  const { count } = first.shard;
  const missing = Array.from({ length: Math.min(count, first.samples) }, (_, k) => k).filter((k) => !done.has(k));
  await writeResult(() => [`${JSON.stringify({ shards: count, missing })}\n`], `${arrayOf(missing)}\n`, options);
}

/** Null where nothing was begun, which its own command is to begin. Throws one sentence where it is no shard. */
async function shardOfRun(folder: string): Promise<FoundShard | null> {
  const meta = await readMeta(folder);
  if (!meta) return null;
  const { shard, data: { samples } } = meta;
  if (!shard) throw new Error(`${folder} is a run over the whole data set; merge joins what --shard I/N made`);
  return { shard, samples, of: 'misfire profile', whole: await isWhole(folder, shard) };
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
