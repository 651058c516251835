/**
 * What a run leaves beside its table while it goes on: .journal-K, the finished batches of part K, and .state-K, what the
 * caller and the writer had come to after it. They say how far a killed run has come.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/files.js';
import { SAMPLES } from './format.js';
import { partName } from './parts.js';

/** Of which run a journal or a state is: these are taken for nobody else's. */
export interface Mark {
  /** SHA-256 of the run's meta.json. */
  readonly sum: string;
  /** Whether the run may have been begun by a version whose journals and states bear no mark. */
  readonly older: boolean;
}

/** How much of errors.jsonl belongs to the parts that are in place, and what these have to be. */
export interface Kept {
  readonly errors: number;
  readonly errorBytes: number;
  /** SHA-256 of so much of errors.jsonl, and of each part; absent in runs of versions without marks. */
  readonly errorSum?: string;
  readonly partSums?: readonly string[];
}

export const journalPath = (folder: string, part: number): string => join(folder, `.journal-${part}`);
export const statePath = (folder: string, part: number): string => join(folder, `.state-${part}`);

const MAGIC = Buffer.from('mfstate2'), HASH = 32;

const hashOf = (mark: string, part: number, rest: Uint8Array): Buffer =>
  createHash('sha256').update(`${mark} ${part}\n`).update(rest).digest();

/**
 * The file's bytes: 8 that name the form, a SHA-256 over the run's mark, the part and what follows, the length of the JSON in 32 bits, the
 * JSON, the caller's own state. Versions without marks wrote only what follows the hash.
 */
export function encodeState(state: Uint8Array, kept: Kept, { sum }: Mark, part: number): Uint8Array {
  const head = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const rest = Buffer.concat([length, head, state]);
  return Buffer.concat([MAGIC, hashOf(sum, part, rest), rest]);
}

/** Throws one sentence where it is missing, or not what the run wrote. */
export async function readState(folder: string, part: number,
  { sum, older }: Mark): Promise<{ readonly state: Uint8Array; readonly kept: Kept }> {
  const path = statePath(folder, part);
  const bytes = await readFile(path).catch((error) => {
    throw fileError('read', path, error);
  });
  const marked = MAGIC.equals(bytes.subarray(0, MAGIC.length));
  const start = marked ? MAGIC.length + HASH : 0;
  const rest = bytes.subarray(start);
  const whole = marked ? hashOf(sum, part, rest).equals(bytes.subarray(MAGIC.length, start)) : older;
  try {
    if (!whole) throw new Error();
    const end = 4 + rest.readUInt32LE(0);
    return { kept: JSON.parse(rest.toString('utf8', 4, end)) as Kept, state: new Uint8Array(rest.subarray(end)) };
  } catch {
    throw new Error(`${path} is damaged, without which this run cannot go on; restore it from a copy, or begin again in another folder`);
  }
}

/** The number of parts in place. Throws one sentence where one is missing. */
export async function countParts(folder: string): Promise<number> {
  const found = new Set(await readdir(join(folder, SAMPLES)));
  let parts = 0;
  while (found.has(partName(parts))) parts++;
  const lost = (after: string): Error =>
    new Error(`${join(folder, SAMPLES)} has ${after} but not ${partName(parts)}; a part was removed, so this run cannot go on: `
      + 'restore it from a copy, or begin again in another folder');
  const stray = [...found].find((name) => /^part-\d{6}\.parquet$/.test(name) && name > partName(parts));
  if (stray !== undefined) throw lost(stray);
  // The state of a part is in place before it, and the one before until then.
  const names = await readdir(folder);
  const states = names.flatMap((name) => /^\.state-(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
  if (parts > 0 && !states.includes(parts - 1) && states.some((k) => k >= parts)) throw lost('its state');
  return parts;
}

/** Removes what killed processes left of earlier parts, and files that were not written to their end. */
export async function tidy(folder: string, parts: number): Promise<void> {
  for (const name of await readdir(join(folder, SAMPLES))) {
    if (name.endsWith('.tmp')) await rm(join(folder, SAMPLES, name), { force: true });
  }
  const wanted = new Set([statePath('', parts - 1), journalPath('', parts), journalPath('', parts + 1)]);
  for (const name of await readdir(folder)) {
    if ((TRACE.test(name) && !wanted.has(name)) || /^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

const TRACE = /^\.(state|journal)-/;

/** After the statistics are in place, nothing needs them. */
export async function removeTraces(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (TRACE.test(name)) await rm(join(folder, name), { force: true });
}
