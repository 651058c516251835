/** The folder of a run or of an experiment: made where it is missing, and one process at a time works in it. */
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

/** Makes the folder and locks it while `work` goes on. Throws one sentence where it is not of that kind or in use. */
export async function workIn<T>(folder: string, kind: FolderKind, work: () => Promise<T>): Promise<T> {
  await makeWorkFolder(folder, kind);
  const lock = await Lock.take(folder);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Throws one sentence where the folder cannot be made, or is not of that kind. */
export function makeWorkFolder(folder: string, { mark, before = [], refusal }: FolderKind): Promise<void> {
  return makeOutFolder(folder, (names) => (names.includes(mark) ? undefined : names.find((name) => !before.includes(name))),
    (name) => refusal(folder, name));
}
