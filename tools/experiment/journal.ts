/**
 * The finished samples of an experiment, in OUT/journal.jsonl: a first line that says what is computed, then a line of JSON
 * per sample, each on the disk before the next one begins. What a killed process had written of its last line is dropped.
 */
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, makeOutFolder } from '../../src/files/files.js';
import { syncFolder } from '../../src/files/durable.js';

/** What determines the results, by the names a person knows: numbers, texts, lists of them. */
export type Settings = Readonly<Record<string, unknown>>;

export interface JournalHead {
  /** Of this form. */
  readonly journal: 1;
  /** Of the program. */
  readonly version: string;
  readonly command: string;
  readonly settings: Settings;
  readonly adapter: { readonly description: string; readonly software: boolean };
}

export interface Entry<R> {
  readonly id: number;
  readonly result: R;
}

const FILE = 'journal.jsonl';

export class Journal<R> {
  private constructor(private readonly path: string, private readonly file: FileHandle) {}

  /** For adding to what `readJournal` found; begins the file where there is none. */
  static async open<R>(folder: string, head: JournalHead, found: FoundJournal<R> | null): Promise<Journal<R>> {
    const path = join(folder, FILE);
    try {
      const file = await open(path, 'a');
      await truncate(path, found?.bytes ?? 0);
      const journal = new Journal<R>(path, file);
      if (!found) await journal.write(head);
      await syncFolder(folder);
      return journal;
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  async append(entry: Entry<R>): Promise<void> {
    await this.write(entry).catch((error) => {
      throw fileError('write', this.path, error);
    });
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async write(value: unknown): Promise<void> {
    await this.file.writeFile(`${JSON.stringify(value)}\n`);
    await this.file.sync();
  }
}

export interface FoundJournal<R> {
  readonly head: JournalHead;
  readonly entries: readonly Entry<R>[];
  /** That its whole lines take. */
  readonly bytes: number;
}

/** Null where nothing was begun. Throws one sentence where the file is no journal. */
export async function readJournal<R>(folder: string): Promise<FoundJournal<R> | null> {
  const path = join(folder, FILE);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw fileError('read', path, error);
  });
  const end = bytes ? bytes.lastIndexOf(10) + 1 : 0;
  if (end === 0) return null;
  try {
    const [head, ...entries] = bytes!.toString('utf8', 0, end).trimEnd().split('\n').map((line) => JSON.parse(line));
    if (head.journal !== 1) throw new Error();
    return { head, entries, bytes: end };
  } catch {
    throw new Error(`${path} is not the journal of an experiment of this version, or is damaged; remove it or choose another --out`);
  }
}

/** Throws one sentence that names the first difference between what was begun and what is asked for. */
export function checkSettings(folder: string, begun: JournalHead, command: string, settings: Settings): void {
  const show = (v: unknown): string => (typeof v === 'string' ? v : v === undefined ? 'not there' : JSON.stringify(v));
  if (begun.command !== command) throw new Error(`${folder} holds the results of misfire ${begun.command}; choose another --out`);
  for (const name of new Set([...Object.keys(settings), ...Object.keys(begun.settings)])) {
    // As JSON has it, so that what a file keeps compares equal to what was written.
    const [was, is] = [begun.settings[name], settings[name]].map((v) => (v === undefined ? v : JSON.parse(JSON.stringify(v))));
    if (JSON.stringify(was) !== JSON.stringify(is)) {
      throw new Error(
        `${folder} was begun with another ${name}: it was ${show(was)} and is ${show(is)}; give the same again, or choose another --out`
      );
    }
  }
}

/** Makes the folder of an experiment. Throws one sentence where it holds other things. */
export function makeOut(folder: string): Promise<void> {
  return makeOutFolder(folder, (names) => (names.includes(FILE) ? undefined : names[0]),
    (name) => `${folder} holds ${name} and no experiment; choose an empty or a new folder for --out`);
}
