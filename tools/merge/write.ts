/** The files of a merged run: its parts are those of the shards, not copied where the file system can give a file two names. */
import { copyFile, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { placeDurably, syncFolder } from '../../src/files/durable.js';
import { statisticsText, type GroupedMoments } from '../../src/saliency/statistics.js';
import { ERRORS, LIST, SAMPLES, type Meta, type SampleError } from '../../src/store/format.js';
import { partName, partPaths } from '../../src/store/parts.js';
import { writeMeta, writeStatistics } from '../../src/store/run.js';
import type { StoredRun } from '../../src/store/stored-run.js';

/** Everything is on the disk when the promise is fulfilled. What the folder held is gone, its lock apart. */
export async function writeMerged(made: string, shards: readonly StoredRun[], meta: Meta, moments: GroupedMoments,
  allowed: () => Promise<void>): Promise<void> {
  for (const name of await readdir(made)) if (name !== '.lock') await rm(join(made, name), { recursive: true, force: true });
  await mkdir(join(made, SAMPLES));
  let part = 0;
  const errors: SampleError[] = [];
  for (const shard of shards) {
    for (const path of await partPaths(shard.folder)) await linkOrCopy(path, join(made, SAMPLES, partName(part++)));
    errors.push(...await shard.readErrors());
  }
  await syncFolder(join(made, SAMPLES));
  // A list is written in its place when a run is begun anew, so that it is no file to share.
  await copy(join(shards[0].folder, LIST), join(made, LIST));
  await placeDurably(join(made, ERRORS), errors.sort((a, b) => a.id - b.id).map((e) => `${JSON.stringify(e)}\n`).join(''), allowed);
  await writeMeta(made, meta, allowed);
  const { model: { sha256, layers }, aggregation, forwardOnly } = meta;
  await writeStatistics(made, statisticsText({ model: sha256, aggregation, layers, forwardOnly }, moments), {}, allowed);
}

/** A part is never changed once it is in its place, so that two runs may have it. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const unable = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'];
    if (!unable.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copy(from, to);
  }
}

async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
