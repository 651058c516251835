/** `misfire merge` at work: parts, errors and statistics of all shards put together, beside their place and then there at once. */
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { placeDurably, syncFolder } from '../../src/files/durable.js';
import { fileError } from '../../src/files/files.js';
import { GroupedMoments, Moments, statisticsText } from '../../src/saliency/statistics.js';
import { ERRORS, LIST, SAMPLES, STATISTICS, type Meta, type SampleError } from '../../src/store/format.js';
import { partName, partPaths } from '../../src/store/parts.js';
import { writeMeta } from '../../src/store/run.js';
import { StoredRun } from '../../src/store/stored-run.js';
import { countsOf, showSummary, summarize } from '../profile/summary.js';
import { writeResult } from '../shared/results.js';
import { openShards } from './shards.js';

export async function merge(folders: readonly string[], { out, json }: { readonly out: string; readonly json?: true }): Promise<void> {
  const shards = await openShards(folders);
  if (await stat(out).catch(() => null)) throw new Error(`${out} is there already; merge into a new folder`);
  const meta: Meta = { ...shards[0].meta, shard: null };
  const moments = (await Promise.all(shards.map(readMoments))).reduce((a, b) => a.merged(b));
  const made = join(dirname(out), `.${basename(out)}.tmp`);
  try {
    await rm(made, { recursive: true, force: true });
    await writeMerged(made, shards, meta, moments);
    await rename(made, out);
    await syncFolder(dirname(out));
  } catch (error) {
    await rm(made, { recursive: true, force: true }).catch(() => undefined);
    throw (error as NodeJS.ErrnoException).code ? fileError('write', out, error) : error;
  }
  const summary = summarize(out, meta, await countsOf(new StoredRun(out, meta)), null);
  await writeResult(() => [`${JSON.stringify(summary)}\n`], showSummary(summary), { json });
}

async function writeMerged(made: string, shards: readonly StoredRun[], meta: Meta, moments: GroupedMoments): Promise<void> {
  await mkdir(join(made, SAMPLES), { recursive: true });
  let part = 0;
  const errors: SampleError[] = [];
  for (const shard of shards) {
    for (const path of await partPaths(shard.folder)) await copyFile(path, join(made, SAMPLES, partName(part++)));
    errors.push(...await shard.readErrors());
  }
  await copyFile(join(shards[0].folder, LIST), join(made, LIST));
  await placeDurably(join(made, ERRORS), errors.sort((a, b) => a.id - b.id).map((e) => `${JSON.stringify(e)}\n`).join(''));
  await writeMeta(made, meta);
  await placeDurably(join(made, STATISTICS),
    statisticsText({ model: meta.model.sha256, aggregation: meta.aggregation, layers: meta.model.layers }, moments));
}

async function readMoments(run: StoredRun): Promise<GroupedMoments> {
  const { groups, mean } = await run.readStatistics();
  if (!groups) throw new Error(`${run.statisticsPath} has no groups; it was not written by misfire profile`);
  const none = () => new Moments(mean.length);
  const [right, wrong] = [groups.right, groups.wrong].map((group) => (group.samples === 0 ? none() : Moments.fromStatistics(group)));
  return new GroupedMoments(right, wrong);
}
