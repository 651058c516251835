/** list.jsonl: every sample of the data set a run was begun with, a line each, so that another list is noticed and named. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DataSet } from '../dataset/dataset.js';
import { LIST } from './format.js';

/** SHA-256 of the list as 64 hexadecimal digits. */
export function listHash(set: DataSet): string {
  const hash = createHash('sha256');
  for (const line of lines(set)) hash.update(line);
  return hash.digest('hex');
}

/** Writes the list, which is on the disk when the promise is fulfilled. */
export async function writeList(folder: string, set: DataSet): Promise<void> {
  const file = await open(join(folder, LIST), 'w');
  try {
    await writeFile(file, lines(set));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** In words, the first difference between the list in the folder, of `samples` lines, and another set's. */
export async function listDifference(folder: string, samples: number, set: DataSet): Promise<string> {
  const now = lines(set);
  let k = 0;
  for await (const old of createInterface({ input: createReadStream(join(folder, LIST)), crlfDelay: Infinity })) {
    const { value } = now.next();
    if (value === undefined) break;
    if (value !== `${old}\n`) return `data list: sample ${k} was ${shown(old)} and is ${shown(value)}`;
    k++;
  }
  return `data list: it had ${samples} samples and has ${set.count}`;
}

function* lines(set: DataSet): Generator<string> {
  for (let k = 0; k < set.count; k++) {
    const { path, label, carried } = set.sample(k);
    yield `${JSON.stringify([path, label, ...carried])}\n`;
  }
}

function shown(line: string): string {
  const [path, label, ...carried] = JSON.parse(line) as [string, number, ...string[]];
  return `${path} (label ${label}${carried.length > 0 ? `, ${carried.join(', ').slice(0, 100)}` : ''})`;
}
