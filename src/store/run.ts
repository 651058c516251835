/** What a run computes, on disk: begun once, the same on every resumption, and complete once its statistics are there. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSet } from '../dataset/dataset.js';
import { placeDurably } from '../files/durable.js';
import { fileError } from '../files/files.js';
import type { FolderKind } from './folder.js';
import type { Mark } from './checkpoint.js';
import { LIST, META, settingsOf, STATISTICS, type Meta } from './format.js';
import { listDifference, writeList } from './list.js';
import { Seal, SEAL, sealBegun, sealRun, sumOf, type Sums } from './seal.js';
import { difference, refuseDifference } from './settings.js';

/** The folder of a run, for `workIn`. */
export const RUN: FolderKind = {
  mark: META,
  before: [LIST, SEAL],
  refusal: (folder, name) => `${folder} is no run of misfire, but holds ${name}; choose an empty or a new folder for --out`,
};

/** A run's description; null where the folder holds none. Throws one sentence where it is no run's, or is damaged. */
export async function readMeta(folder: string): Promise<Meta | null> {
  const path = join(folder, META);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw fileError('read', path, error);
  }
  (await Seal.of(folder)).check(META, text);
  try {
    const meta = JSON.parse(text) as Meta;
    if (meta.format !== 1) throw new Error();
    return meta;
  } catch {
    throw new Error(`${path} is not the description of a run of this version; choose another folder`);
  }
}

const metaText = (meta: Meta): string => `${JSON.stringify(meta, null, 1)}\n`;

/** Of a run that is begun. Throws what reading throws. */
export async function markOf(folder: string): Promise<Mark> {
  return { sum: sumOf(await readFile(join(folder, META))), older: !(await stat(join(folder, SEAL)).catch(() => null)) };
}

/** Writes what the run computes, the list of samples first. `allowed` is asked, here and below, before a file is put in its place. */
export async function beginRun(folder: string, meta: Meta, set: DataSet, allowed?: () => Promise<void>): Promise<void> {
  try {
    await writeList(folder, set);
    await sealBegun(folder, { [META]: sumOf(metaText(meta)), [LIST]: meta.data.sha256 }, allowed);
    await writeMeta(folder, meta, allowed);
  } catch (error) {
    throw failed(join(folder, LIST), error);
  }
}

export function writeMeta(folder: string, meta: Meta, allowed?: () => Promise<void>): Promise<void> {
  return placeDurably(join(folder, META), metaText(meta), allowed);
}

/** Throws one sentence that names the first difference between what the run was begun with and what it is asked for now. */
export async function checkSame(folder: string, begun: Meta, now: Meta, set: DataSet): Promise<void> {
  refuseDifference(folder, begun.data.sha256 !== now.data.sha256
    ? await listDifference(folder, begun.data.samples, set)
    : difference(settingsOf(begun), settingsOf(now)));
}

export async function isComplete(folder: string): Promise<boolean> {
  return (await readdir(folder)).includes(STATISTICS);
}

/** The list of samples, which a run that goes on does not need, is written again where it is not what it was. */
export async function mendList(folder: string, meta: Meta, set: DataSet): Promise<void> {
  const text = await readFile(join(folder, LIST)).catch(() => '');
  if (sumOf(text) !== meta.data.sha256) await writeList(folder, set);
}

/**
 * Seals the run and completes it: it is complete once the statistics are there. `sums` says what its other files were when they were
 * written; those it does not name are read.
 */
export async function writeStatistics(folder: string, text: string, sums: Sums = {}, allowed?: () => Promise<void>): Promise<void> {
  await sealRun(folder, { ...sums, [STATISTICS]: sumOf(text) }, allowed).catch((error) => {
    throw failed(folder, error);
  });
  await placeDurably(join(folder, STATISTICS), text, allowed).catch((error) => {
    throw failed(join(folder, STATISTICS), error);
  });
}

/** What the system says in a sentence; what is a sentence already as it is. */
function failed(path: string, error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === undefined ? error : fileError('write', path, error);
}
