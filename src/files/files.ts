/** Files, with errors a person can act on, and writing that leaves no half-written file behind. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { placeholder } from '../data/file-kind.js';

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'its links lead in a circle',
  EROFS: 'the file system is read-only',
};

/** One sentence for a failed file operation. */
export function fileError(verb: string, path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`Cannot ${verb} ${path}: ${REASONS[code ?? ''] ?? message ?? code}.`, { cause: error });
}

/** The file's bytes. Throws one sentence where it cannot be read or, unless `allowEmpty`, holds nothing. */
export async function readBytes(path: string, allowEmpty = false): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const target = (error as NodeJS.ErrnoException).code === 'ENOENT' ? await readlink(path).catch(() => null) : null;
    throw target === null
      ? fileError('read', path, error)
      : new Error(`Cannot read ${path}: it is a link to ${target}, which does not exist.`);
  }
  if (bytes.length === 0 && !allowEmpty) throw new Error(`Cannot read ${path}: it is empty.`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The file's first bytes. Throws one sentence where it cannot be read. */
export async function readHead(path: string, length = 1000): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** The file's text. Throws as readBytes does, and where it is no text or stands for a file that is elsewhere. */
export async function readText(path: string): Promise<string> {
  try {
    const bytes = await readBytes(path);
    const stands = placeholder(bytes);
    if (stands !== null) throw new Error(`Cannot read ${path}: it is ${stands}.`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new Error(`Cannot read ${path}: it is not UTF-8 text.`);
    throw error;
  }
}

/** Throws where `path` could not be written: to be asked before a long computation, not after. */
export async function checkWritable(path: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (found && !found.isFile()) return;
    await access(dirname(path), constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new Error(`the folder ${dirname(path)} does not exist`) : error;
    });
  } catch (error) {
    throw fileError('write', path, error);
  }
}

/**
 * Writes all of it or nothing: to a temporary file beside `path`, then a rename. A device or pipe, which a rename would
 * replace, is written directly.
 */
export async function writeAtomic(path: string, data: Uint8Array | string | Iterable<string | Uint8Array>): Promise<void> {
  await writeAllAtomic(new Map([[path, data]]));
}

/**
 * As writeAtomic for several files: none is put in place before all are written. `allowed` is asked right before, and throws
 * where they may not be.
 */
export async function writeAllAtomic(files: ReadonlyMap<string, Uint8Array | string | Iterable<string | Uint8Array>>,
  allowed: () => Promise<void> = async () => undefined): Promise<void> {
  const written: { path: string; temporary: string }[] = [];
  let current = '';
  try {
    for (const [path, data] of files) {
      current = path;
      await checkWritable(path);
      const existing = await stat(path).catch(() => null);
      if (existing && !existing.isFile()) {
        await write(path, 'w', data);
        continue;
      }
      const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
      written.push({ path, temporary });
      await write(temporary, 'wx', data);
    }
    if (written.length > 0) await allowed();
    for (const { path, temporary } of written) {
      current = path;
      await rename(temporary, path);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw (error as NodeJS.ErrnoException).code !== undefined ? fileError('write', current, error) : error;
  }
}

async function write(path: string, flag: 'w' | 'wx', data: Uint8Array | string | Iterable<string | Uint8Array>): Promise<void> {
  const file = await open(path, flag);
  try {
    const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
    for (const piece of pieces) await file.writeFile(piece); // each goes on where the last one ended
  } finally {
    await file.close();
  }
}
