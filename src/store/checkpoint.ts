/**
 * What a run leaves beside its table while it goes on: .journal-K, the finished batches of part K, and .state-K, what the
 * caller and the writer had come to after it. They say how far a killed run has come.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/files.js';
import { SAMPLES } from './format.js';
import { partName } from './parts.js';

/** How much of errors.jsonl belongs to the parts that are in place. */
export interface ErrorsKept {
  readonly errors: number;
  readonly errorBytes: number;
}

export const journalPath = (folder: string, part: number): string => join(folder, `.journal-${part}`);
export const statePath = (folder: string, part: number): string => join(folder, `.state-${part}`);

/** The file's bytes: the length of the JSON in 32 bits, the JSON, the caller's own state. */
export function encodeState(state: Uint8Array, kept: ErrorsKept): Uint8Array {
  const head = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, state]);
}

export async function readState(path: string): Promise<{ readonly state: Uint8Array; readonly kept: ErrorsKept }> {
  const bytes = await readFile(path).catch((error) => {
    throw fileError('read', path, error);
  });
  const end = 4 + bytes.readUInt32LE(0);
  return { kept: JSON.parse(bytes.toString('utf8', 4, end)) as ErrorsKept, state: new Uint8Array(bytes.subarray(end)) };
}

/** Removes what killed processes left, and returns the number of parts in place. Throws one sentence where one is missing. */
export async function recoverParts(folder: string): Promise<number> {
  const found = new Set<string>();
  for (const name of await readdir(join(folder, SAMPLES))) {
    if (name.endsWith('.tmp')) await rm(join(folder, SAMPLES, name), { force: true });
    else found.add(name);
  }
  let parts = 0;
  while (found.has(partName(parts))) parts++;
  const stray = [...found].find((name) => /^part-\d{6}\.parquet$/.test(name) && name > partName(parts));
  if (stray !== undefined) {
    throw new Error(`${join(folder, SAMPLES)} has ${stray} but not ${partName(parts)}; `
      + 'a part was removed, so this run cannot go on: begin again in another folder');
  }
  const wanted = new Set([statePath('', parts - 1), journalPath('', parts), journalPath('', parts + 1)]);
  for (const name of await readdir(folder)) {
    if ((TRACE.test(name) && !wanted.has(name)) || /^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
  return parts;
}

const TRACE = /^\.(state|journal)-/;

/** After the statistics are in place, nothing needs them. */
export async function removeTraces(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (TRACE.test(name)) await rm(join(folder, name), { force: true });
}
