/** Files of a store that survive a crash and a loss of power: written whole beside their place, synced, renamed. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces the file at once and lastingly. Each process writes a temporary file of its own; one that is killed leaves it, as
 * `.NAME.*.tmp`. `allowed` is asked right before the file is put in place, and throws where it may not be.
 */
export async function placeDurably(path: string, bytes: Uint8Array | string,
  allowed: () => Promise<void> = async () => undefined): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await allowed();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }); // a full disk needs the room
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes renames in a folder last. Where the system cannot sync folders, it does so by itself. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
