/**
 * The seal of a run: SHA256SUMS, in the form of `sha256sum`, so that what a disk or a copy has changed since is never taken for what was
 * computed. At first it holds what a run is begun with, in the end every file. Runs of versions without it are read as they are.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { placeDurably } from '../files/durable.js';
import { fileError } from '../files/files.js';
import { ERRORS, LIST, META, SAMPLES, STATISTICS } from './format.js';
import { partPaths } from './parts.js';

export const SEAL = 'SHA256SUMS';

/** SHA-256 as 64 hexadecimal digits. */
export const sumOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Of a file's bytes, as `sumOf`. Throws what reading throws. */
export async function sumOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** The sums of files by their names. */
export type Sums = Readonly<Record<string, string>>;

/** Writes it for what a run is begun with, before that is in place. Throws what writing throws. */
export async function sealBegun(folder: string, sums: Sums, allowed?: () => Promise<void>): Promise<void> {
  await placeDurably(join(folder, SEAL), Object.entries(sums).map(([name, sum]) => `${sum}  ${name}\n`).join(''), allowed);
}

/**
 * Writes it for a whole run, before the statistics that complete it are in place. A file is what `sums` says that was written; what it
 * does not name is read. Throws what reading and writing throw.
 */
export async function sealRun(folder: string, sums: Sums, allowed?: () => Promise<void>): Promise<void> {
  const all: Record<string, string> = {};
  for (const name of [STATISTICS, META, LIST, ERRORS, ...(await partPaths(folder)).map((path) => `${SAMPLES}/${basename(path)}`)]) {
    all[name] = sums[name] ?? await sumOfFile(join(folder, name));
  }
  await sealBegun(folder, all, allowed);
}

/** What the files of a finished run have to be. */
export class Seal {
  private constructor(private readonly folder: string, private readonly sums: ReadonlyMap<string, string> | null) {}

  /** Throws one sentence where it is damaged itself. */
  static async of(folder: string): Promise<Seal> {
    const path = join(folder, SEAL);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw fileError('read', path, error);
    });
    if (text === null) return new Seal(folder, null);
    const lines = text.split('\n');
    const entries = lines.slice(0, -1).map((line) => /^([0-9a-f]{64}) {2}(.+)$/.exec(line));
    if (lines.at(-1) !== '' || entries.length === 0 || entries.includes(null)) {
      throw new Error(`${path} is damaged; restore the run from a copy, or remove that file to read the run unchecked`);
    }
    return new Seal(folder, new Map(entries.map((entry) => [entry![2], entry![1]])));
  }

  /** What a file has to be; undefined where nothing says so. */
  sum(name: string): string | undefined {
    return this.sums?.get(name);
  }

  /** Throws one sentence where the file, a path in the folder with slashes, is not what the run wrote. */
  check(name: string, bytes: Uint8Array | string): void {
    if (!this.sums || this.sums.get(name) === sumOf(bytes)) return;
    throw new Error(`${join(this.folder, name)} is damaged or was changed: its SHA-256 is not that in ${SEAL}; `
      + 'restore it from a copy, or run again');
  }

  /** Throws one sentence where the run had more parts, or fewer. */
  checkParts(count: number): void {
    const wanted = [...this.sums?.keys() ?? []].filter((name) => name.startsWith(`${SAMPLES}/`)).length;
    if (!this.sums || wanted === count) return;
    throw new Error(
      `${join(this.folder, SAMPLES)} is damaged: it has ${count} part files of ${wanted}; restore them from a copy, or run again`
    );
  }
}
