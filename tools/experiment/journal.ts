/**
 * The finished samples of an experiment, in OUT/journal.jsonl: a first line that says what is computed, then a line of JSON
 * per sample, each on the disk before the next one begins, each with its hash.
 */
import { join } from 'node:path';
import { placeDurably, syncFolder } from '../../src/files/durable.js';
import { fileError } from '../../src/files/files.js';
import type { FolderKind } from '../../src/store/folder.js';
import type { Shard } from '../../src/dataset/dataset.js';
import { Journal } from '../../src/store/journal.js';
import { readLines, SEALED_LINES, sealedLine } from '../../src/store/lines.js';
import { difference, refuseDifference, type Settings } from '../../src/store/settings.js';

export interface JournalHead {
  /** The version of this layout: in 1, lines have no hash. */
  readonly journal: 1 | 2;
  /** The version of the program. */
  readonly version: string;
  readonly command: string;
  readonly settings: Settings;
  readonly adapter: { readonly description: string; readonly software: boolean };
  /** Of a shard alone: which one, how many samples all of them have, and the command line, from which `misfire merge` ends the whole. */
  readonly shard?: Shard;
  readonly samples?: number;
  readonly invocation?: readonly string[];
}

/** This process's command line without what is a shard's own: where it goes, which it is, and how it speaks. */
export function invocation(argv: readonly string[] = process.argv.slice(2)): string[] {
  const kept: string[] = [];
  for (let k = 0; k < argv.length; k++) {
    const [name] = argv[k].split('=');
    if (!OWN.has(name)) kept.push(argv[k]);
    else if (!argv[k].includes('=') && (name !== '--json' || (argv[k + 1] ?? '-').startsWith('-') === false) && name !== '--quiet') k++;
  }
  return kept;
}

const OWN = new Set(['--out', '--shard', '--json', '--quiet', '--progress', '--batch', '--adapter', '--backend', '--provider']);

export interface Entry<R> {
  readonly id: number;
  readonly result: R;
}

export const FILE = 'journal.jsonl';

/** The folder of an experiment, for `workIn`. */
export const EXPERIMENT: FolderKind = {
  mark: FILE,
  refusal: (folder, name) => `${folder} holds ${name} and no experiment; choose an empty or a new folder for --out`,
};

export interface FoundSamples<R> {
  readonly head: JournalHead;
  readonly entries: readonly Entry<R>[];
  /** How many bytes of the file they take, damaged ones with them. */
  readonly bytes: number;
  /** How many lines are not what was written, whose samples are to be computed again. */
  readonly damaged: number;
}

/** Null where nothing was begun. Throws one sentence where the file is no journal. */
export async function readFinished<R>(folder: string): Promise<FoundSamples<R> | null> {
  const path = join(folder, FILE);
  try {
    const { lines: [first, ...lines], bytes } = await readLines(path);
    if (first === undefined) return null;
    const head = first?.record as JournalHead | undefined;
    if (!(head?.journal === 1 || (head?.journal === 2 && first!.sealed))) throw new Error();
    const entries = new Map<number, Entry<R>>();
    let damaged = 0;
    for (const line of lines) {
      const entry = line?.record as Entry<R> | undefined;
      if (!Number.isInteger(entry?.id) || (head.journal === 2 && !line!.sealed)) damaged++;
      else if (!entries.has(entry!.id)) entries.set(entry!.id, entry!);
    }
    return { head, entries: [...entries.values()], bytes, damaged };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw fileError('read', path, error);
    throw new Error(`${path} is not the journal of an experiment of this version, or is damaged; remove it or choose another --out`);
  }
}

/** The journal's file. */
export const journalText = (head: JournalHead, entries: readonly Entry<unknown>[]): string => [head, ...entries].map(sealedLine).join('');

/** What was found, with its damaged lines taken out of the file; `allowed` is asked before anything is written. */
export async function mended<R>(folder: string, found: FoundSamples<R>, allowed: () => Promise<void>): Promise<FoundSamples<R>> {
  if (found.damaged === 0) return found;
  const path = join(folder, FILE);
  const text = journalText(found.head, found.entries);
  await placeDurably(path, text, allowed).catch((error) => {
    throw fileError('write', path, error);
  });
  return { ...found, bytes: Buffer.byteLength(text), damaged: 0 };
}

export class SampleJournal<R> {
  private constructor(private readonly path: string, private readonly journal: Journal<object>,
    private readonly allowed: () => Promise<void>) {}

  /**
   * For adding to what `readFinished` found and `mended` has mended; begins the file where there is none. `allowed` is asked before
   * anything is written.
   */
  static async open<R>(folder: string, head: JournalHead, found: FoundSamples<R> | null,
    allowed: () => Promise<void> = async () => undefined): Promise<SampleJournal<R>> {
    const path = join(folder, FILE);
    await allowed();
    try {
      const journal = await Journal.open(path, SEALED_LINES, found?.bytes ?? 0, { lasting: true });
      if (!found) await journal.append(head);
      await syncFolder(folder);
      return new SampleJournal(path, journal, allowed);
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  async append(entry: Entry<R>): Promise<void> {
    await this.allowed();
    await this.journal.append(entry).catch((error) => {
      throw fileError('write', this.path, error);
    });
  }

  async close(): Promise<void> {
    await this.journal.close();
  }
}

/** Throws one sentence that names the first difference between what was begun and what is asked for. */
export function checkBegun(folder: string, begun: JournalHead, command: string, settings: Settings, shard?: Shard): void {
  if (begun.command !== command) throw new Error(`${folder} holds the results of misfire ${begun.command}; choose another --out`);
  const ofShard = (s: Settings, own: Shard | undefined): Settings => ({ ...s, shard: own ? `${own.index}/${own.count}` : null });
  refuseDifference(folder, difference(ofShard(begun.settings, begun.shard), ofShard(settings, shard)));
}

/** What a person is told of them. */
export const damagedLines = (folder: string, count: number): string =>
  `${count === 1 ? 'a line' : `${count} lines`} of ${join(folder, FILE)} ${count === 1 ? 'is' : 'are'} damaged; `
  + 'what is lost by it is computed again.';
