/** Records as lines of JSON, each with the SHA-256 of what stands before it, so that a line that was changed is known. */
import { readFile } from 'node:fs/promises';
import type { RecordFormat } from './journal.js';
import { sumOf } from './seal.js';

const SUM = /,"sha256":"([0-9a-f]{64})"\}$/;

/** The line of a record, which is an object with some key: its JSON, and as the last key the hash of that JSON. */
export function sealedLine(record: object): string {
  const text = JSON.stringify(record);
  return `${text.slice(0, -1)},"sha256":"${sumOf(text)}"}\n`;
}

export interface Line {
  readonly record: unknown;
  /** Whether it has a hash; earlier versions wrote none. */
  readonly sealed: boolean;
}

/** Null where the line is not what was written. */
export function openLine(line: string): Line | null {
  const found = SUM.exec(line);
  const text = found ? `${line.slice(0, found.index)}}` : line;
  if (found && sumOf(text) !== found[1]) return null;
  try {
    return { record: JSON.parse(text), sealed: found !== null };
  } catch {
    return null;
  }
}

/** Every line that was written to its end, null for a damaged one, and how many bytes they take. Throws what reading throws. */
export async function readLines(path: string): Promise<{ readonly lines: readonly (Line | null)[]; readonly bytes: number }> {
  const all = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const bytes = all.lastIndexOf(10) + 1;
  return { lines: all.toString('utf8', 0, bytes).split('\n').slice(0, -1).map(openLine), bytes };
}

export const SEALED_LINES: RecordFormat<object> = {
  encode: (record) => [Buffer.from(sealedLine(record))],
  decode: (bytes, at) => {
    const end = bytes.indexOf(10, at);
    if (end < 0) return null;
    const line = openLine(bytes.toString('utf8', at, end));
    return line ? { record: line.record as object, end: end + 1 } : 'damaged';
  },
};
