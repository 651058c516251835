/**
 * The seal of a finished run: SHA256SUMS, in the form of `sha256sum`, so that what a disk or a copy has changed since is never
 * taken for what was computed. Runs of versions without it are read as they are.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { placeDurably } from '../files/durable.js';
import { fileError } from '../files/files.js';
import { ERRORS, LIST, META, SAMPLES, STATISTICS } from './format.js';
import { partPaths } from './parts.js';

const SEAL = 'SHA256SUMS';

const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Writes it, before the statistics that complete the run are in place. Throws what reading and writing throw. */
export async function sealRun(folder: string, statistics: string, allowed?: () => Promise<void>): Promise<void> {
  const names = [META, LIST, ERRORS, ...(await partPaths(folder)).map((path) => `${SAMPLES}/${basename(path)}`)];
  const lines = [`${hashOf(statistics)}  ${STATISTICS}`];
  for (const name of names) lines.push(`${await hashOfFile(join(folder, name))}  ${name}`);
  await placeDurably(join(folder, SEAL), lines.map((line) => `${line}\n`).join(''), allowed);
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

  /** Throws one sentence where the file, a path in the folder with slashes, is not what the run wrote. */
  check(name: string, bytes: Uint8Array | string): void {
    if (!this.sums || this.sums.get(name) === hashOf(bytes)) return;
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
