/** Folders that results go into: made where they are missing, refused where they hold other things. */
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWritable, fileError, writeAllAtomic } from './files.js';

/**
 * Makes the folder that --out names. `strange` is asked for what in it, hidden files apart, does not belong there, and
 * `refusal` for the sentence that says so. Throws one sentence where it is a file, cannot be made, or holds such a thing.
 */
export async function makeOutFolder(folder: string, strange: (names: readonly string[]) => string | undefined = () => undefined,
  refusal: (name: string) => string = String): Promise<void> {
  let found: string | undefined;
  try {
    if ((await stat(folder).catch(() => null))?.isFile()) throw new Error(`${folder} is a file; --out takes a folder, which may be new`);
    await mkdir(folder, { recursive: true });
    found = strange((await readdir(folder)).filter((name) => !name.startsWith('.')));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code ? fileError('write', folder, error) : error;
  }
  if (found !== undefined) throw new Error(refusal(found));
}

/** Throws where writeFolderAtomic could not write a file of that name: to be asked before a long computation, not after. */
export async function checkFolderWritable(folder: string, file: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found && !found.isDirectory()) throw new Error(`Cannot write into ${folder}: it is a file, not a folder.`);
  await checkWritable(found ? join(folder, file) : folder);
}

/** Makes a folder and those above it, where they are missing. Throws one sentence where that fails. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw fileError('write', folder, error);
  });
}

/** writeAllAtomic into a folder, which is made where it is missing and removed again where the files cannot be written. */
export async function writeFolderAtomic(folder: string, files: ReadonlyMap<string, Uint8Array | string | Iterable<string>>): Promise<void> {
  const made = !(await stat(folder).catch(() => null));
  if (made) {
    await mkdir(folder).catch((error) => {
      throw fileError('make the folder', folder, error);
    });
  }
  try {
    await writeAllAtomic(files);
  } catch (error) {
    if (made) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}
