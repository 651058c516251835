/** `misfire merge` at work: what was given is told apart, and joined as what it is. */
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../../src/files/durable.js';
import { fileError } from '../../src/files/files.js';
import { makeFolder } from '../../src/files/folder.js';
import { GroupedMoments, Moments } from '../../src/saliency/statistics.js';
import type { MergedShard, Meta } from '../../src/store/format.js';
import { Lock } from '../../src/store/lock.js';
import { partPaths } from '../../src/store/parts.js';
import { isComplete, readMeta } from '../../src/store/run.js';
import { StoredRun } from '../../src/store/stored-run.js';
import { countsOf, showSummary, summarize } from '../profile/summary.js';
import { next, nextMistakes } from '../shared/next.js';
import { writeResult } from '../shared/results.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { isExperiment, mergeExperiments, type Rerun } from './experiments.js';
import { missingShards } from './missing.js';
import { checkRows, openShards } from './shards.js';
import { writeMerged } from './write.js';

export interface MergeOptions {
  readonly out?: string;
  readonly missing?: true;
  readonly json?: true;
}

export async function merge(folders: readonly string[], { out, missing, json }: MergeOptions, rerun: Rerun): Promise<void> {
  if (missing) return missingShards(folders, { json });
  if (out === undefined) {
    throw new UsageError('say with --out FOLDER where the whole goes, or with --missing that only the shards to run are asked for');
  }
  if (await isExperiment(folders[0])) return mergeExperiments(folders, out, json === true, rerun);
  const shards = await openShards(folders);
  const meta = await mergedMeta(shards);
  if (!(await isMerged(out, meta))) await mergeInto(out, shards, meta);
  const summary = summarize(out, meta, await countsOf(new StoredRun(out, meta)), null);
  await writeResult(() => [`${JSON.stringify(summary)}\n`], showSummary(summary), { json });
  if (meta.profiles === 'none') next('what the run shows as a whole', ['summary', out], { json });
  else nextMistakes(out, summary.wrong, { json });
}

/** The description of the whole: what computed each shard is told in it, and said where it is not the same everywhere. */
async function mergedMeta(shards: readonly StoredRun[]): Promise<Meta> {
  const merged = await Promise.all(
    shards.map(async ({ folder, meta: { shard, version, batch, adapter } }): Promise<MergedShard> => ({ ...shard!,
      parts: (await partPaths(folder)).length, version, batch, adapter })
    )
  );
  const adapters = [...new Set(merged.map((s) => s.adapter.description))], versions = [...new Set(merged.map((s) => s.version))];
  if (adapters.length > 1) notice(`the shards were computed on ${adapters.map((a) => `'${a}'`).join(', ')}; their last digits may differ.`);
  if (versions.length > 1) notice(`the shards were computed by the versions ${versions.join(', ')} of misfire.`);
  return { ...shards[0].meta, shard: null, merged };
}

/** Whether the folder holds just this already. Throws one sentence where it holds anything else. */
async function isMerged(out: string, meta: Meta): Promise<boolean> {
  if (!(await stat(out).catch(() => null))) return false;
  const there = await readMeta(out).catch(() => null);
  if (!there || JSON.stringify(there) !== JSON.stringify(meta) || !(await isComplete(out))) {
    throw new Error(`${out} is there already, and not what these shards give; merge into a new folder`);
  }
  await checkRows(new StoredRun(out, there), null);
  notice(`these shards are joined in ${out} already.`);
  return true;
}

/** Everything is put together beside its place and then there at once; what an interrupted merge left is begun anew. */
async function mergeInto(out: string, shards: readonly StoredRun[], meta: Meta): Promise<void> {
  for (const shard of shards) await checkRows(shard, shard.meta.shard);
  const moments = (await Promise.all(shards.map(readMoments))).reduce((a, b) => a.merged(b));
  const made = join(dirname(out), `.${basename(out)}.tmp`);
  await makeFolder(made);
  const lock = await Lock.take(made, { say: notice });
  try {
    await writeMerged(made, shards, meta, moments, () => lock.check());
    await lock.check();
    await lock.release();
    await rename(made, out);
    await syncFolder(dirname(out));
  } catch (error) {
    await lock.release();
    await rm(made, { recursive: true, force: true }).catch(() => undefined);
    throw (error as NodeJS.ErrnoException).code ? fileError('write', out, error) : error;
  }
}

async function readMoments(run: StoredRun): Promise<GroupedMoments> {
  if (run.meta.forwardOnly) {
    const { right, wrong } = (await run.readCounts())!;
    return new GroupedMoments(new Moments(0, right), new Moments(0, wrong));
  }
  const { groups, mean } = await run.readStatistics();
  if (!groups) throw new Error(`${run.statisticsPath} has no groups; it was not written by misfire profile`);
  const none = () => new Moments(mean.length);
  const [right, wrong] = [groups.right, groups.wrong].map((group) => (group.samples === 0 ? none() : Moments.fromStatistics(group)));
  return new GroupedMoments(right, wrong);
}
