/** What a run computes, on disk: begun once, and the same on every resumption. Also how a finished run is read. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DataSet } from '../dataset/dataset.js';
import { fileError, makeOutFolder } from '../files/files.js';
import { placeDurably } from '../files/durable.js';
import { decodePart, type Part, type PartForm } from './parquet.js';
import { SAMPLES } from './writer.js';
import { difference, type Meta } from './format.js';

const META = 'meta.json', LIST = 'list.jsonl', STATISTICS = 'stats.json';

/** What a run's table looks like. */
export const formOf = (meta: Meta): PartForm => ({ filters: meta.model.filters, profiles: meta.profiles, columns: meta.data.columns });

/** A run's description; null where the folder holds none. Throws one sentence where it is no run's. */
export async function readMeta(folder: string): Promise<Meta | null> {
  const path = join(folder, META);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw fileError('read', path, error);
  }
  try {
    const meta = JSON.parse(text) as Meta;
    if (meta.format !== 1) throw new Error();
    return meta;
  } catch {
    throw new Error(`${path} is not the description of a run of this version; choose another folder`);
  }
}

/** Makes the folder of a run. Throws one sentence where it holds other things. */
export function makeFolder(folder: string): Promise<void> {
  return makeOutFolder(folder, (names) => names.find((name) => ![META, LIST].includes(name)),
    (name) => `${folder} is no run of misfire, but holds ${name}; choose an empty or a new folder for --out`);
}

/** SHA-256 of the list of all samples: what list.jsonl holds. */
export function listHash(set: DataSet): string {
  const hash = createHash('sha256');
  for (const line of lines(set)) hash.update(line);
  return hash.digest('hex');
}

/** Writes what the run computes, the list of samples first. */
export async function beginRun(folder: string, meta: Meta, set: DataSet): Promise<void> {
  const path = join(folder, LIST);
  try {
    const file = await open(path, 'w');
    try {
      await writeFile(file, lines(set));
      await file.sync();
    } finally {
      await file.close();
    }
    await placeDurably(join(folder, META), `${JSON.stringify(meta, null, 1)}\n`);
  } catch (error) {
    throw fileError('write', path, error);
  }
}

/** Throws one sentence that names the first difference between what the run was begun with and what it is asked for now. */
export async function checkSame(folder: string, begun: Meta, now: Meta, set: DataSet): Promise<void> {
  const differs = begun.data.sha256 !== now.data.sha256 ? await listDifference(folder, begun, set) : difference(begun, now);
  if (differs !== null) throw new Error(`${folder} was begun with another ${differs}; give the same again, or choose another --out`);
}

export async function isComplete(folder: string): Promise<boolean> {
  return (await readdir(folder)).includes(STATISTICS);
}

/** The run is complete once they are there. */
export async function writeStatistics(folder: string, text: string): Promise<void> {
  await placeDurably(join(folder, STATISTICS), text).catch((error) => {
    throw fileError('write', join(folder, STATISTICS), error);
  });
}

/** The statistics file's path. */
export const statisticsPath = (folder: string): string => join(folder, STATISTICS);

/** The parts of a run's table, one in memory at a time. Throws one sentence where one is damaged. */
export async function* readParts(folder: string, meta: Meta): AsyncGenerator<Part> {
  const names = (await readdir(join(folder, SAMPLES))).filter((name) => /^part-\d+\.parquet$/.test(name)).sort();
  for (const name of names) {
    const path = join(folder, SAMPLES, name);
    const bytes = await readFile(path).catch((error) => {
      throw fileError('read', path, error);
    });
    try {
      yield decodePart(bytes, formOf(meta));
    } catch (error) {
      throw new Error(`${path} is damaged: ${String((error as Error)?.message ?? error).split('\n')[0]}`, { cause: error });
    }
  }
}

function* lines(set: DataSet): Generator<string> {
  for (let k = 0; k < set.count; k++) {
    const { path, label, carried } = set.sample(k);
    yield `${JSON.stringify([path, label, ...carried])}\n`;
  }
}

async function listDifference(folder: string, begun: Meta, set: DataSet): Promise<string> {
  const now = lines(set);
  let k = 0;
  for await (const old of createInterface({ input: createReadStream(join(folder, LIST)), crlfDelay: Infinity })) {
    const { value } = now.next();
    if (value === undefined) break;
    if (value !== `${old}\n`) return `data list: sample ${k} was ${show(old)} and is ${show(value)}`;
    k++;
  }
  return `data list: it had ${begun.data.samples} samples and has ${set.count}`;
}

function show(line: string): string {
  const [path, label, ...carried] = JSON.parse(line) as [string, number, ...string[]];
  return `${path} (label ${label}${carried.length > 0 ? `, ${carried.join(', ').slice(0, 100)}` : ''})`;
}
