/** The folder of a run or of an experiment: made where it is missing, and one process at a time works in it. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOutFolder } from '../files/folder.js';
import { Lock } from './lock.js';

/** How such a folder is told from one that holds other things. */
export interface FolderKind {
  /** The file that says something was begun there, to be gone on with. */
  readonly mark: string;
  /** What a process killed before it may have left. */
  readonly before?: readonly string[];
  /** The sentence where the folder holds something else. */
  readonly refusal: (folder: string, stranger: string) => string;
}

/**
 * Makes the folder and locks it while `work` goes on, which is given the lock to ask before it writes. `say` is told, in a
 * sentence, where the lock is waited for. Throws one sentence where the folder is not of that kind or in use.
 */
export async function workIn<T>(folder: string, kind: FolderKind, work: (lock: Lock) => Promise<T>,
  say?: (text: string) => void): Promise<T> {
  await makeWorkFolder(folder, kind);
  const lock = await Lock.take(folder, { say });
  try {
    for (const name of await readdir(folder)) if (/^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** Throws one sentence where the folder cannot be made, or is not of that kind. */
export function makeWorkFolder(folder: string, { mark, before = [], refusal }: FolderKind): Promise<void> {
  return makeOutFolder(folder, (names) => (names.includes(mark) ? undefined : names.find((name) => !before.includes(name))),
    (name) => refusal(folder, name));
}
