/**
 * What is finished and not yet in its place: a file of records, each appended whole. What a killed process had written of
 * its last record is recognised, and dropped before the next one is written.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How records lie in a journal, one after another. */
export interface RecordFormat<T> {
  readonly encode: (record: T) => readonly Uint8Array[];
  /**
   * The record that begins at byte `at`, and where it ends; null where it was not written to its end, 'damaged' where it is not what was
   * written. Throws where it is no record.
   */
  readonly decode: (bytes: Buffer, at: number) => { readonly record: T; readonly end: number } | null | 'damaged';
}

/** A line of JSON for each record. */
export const JSON_LINES: RecordFormat<unknown> = {
  encode: (record) => [Buffer.from(`${JSON.stringify(record)}\n`)],
  decode: (bytes, at) => {
    const end = bytes.indexOf(10, at);
    return end < 0 ? null : { record: JSON.parse(bytes.toString('utf8', at, end)), end: end + 1 };
  },
};

export interface FoundRecords<T> {
  readonly records: readonly T[];
  /** How many bytes the whole records take. */
  readonly bytes: number;
  /** Whether the record after them is there, but is not what was written. */
  readonly damaged: boolean;
}

/**
 * Every whole record of a journal up to the first damaged one; none where there is no file. `fits` may say that record k is not the one
 * that belongs there. Throws what reading throws, and what `decode` throws.
 */
export async function readJournal<T>(path: string, { decode }: RecordFormat<T>,
  fits: (record: T, k: number) => boolean = () => true): Promise<FoundRecords<T>> {
  const all = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const records: T[] = [];
  let at = 0;
  while (at < all.length) {
    const found = decode(all, at);
    if (!found) break;
    if (found === 'damaged' || !fits(found.record, records.length)) return { records, bytes: at, damaged: true };
    records.push(found.record);
    at = found.end;
  }
  return { records, bytes: at, damaged: false };
}

export class Journal<T> {
  private constructor(private readonly file: FileHandle, private readonly format: RecordFormat<T>, private readonly lasting: boolean) {}

  /**
   * For appending to the first `bytes` of the file, those of its whole records; it begins empty where it is not there.
   * `lasting`: a record outlives a loss of power as well, once `append` has returned.
   */
  static async open<T>(path: string, format: RecordFormat<T>, bytes: number, { lasting = false } = {}): Promise<Journal<T>> {
    return new Journal(await openFenced(path, bytes), format, lasting);
  }

  /** Throws what writing throws, also where the disk has no room for all of the record. */
  async append(record: T): Promise<void> {
    const chunks = this.format.encode(record);
    const { bytesWritten } = await this.file.writev(chunks);
    const whole = chunks.reduce((n, chunk) => n + chunk.length, 0);
    if (bytesWritten !== whole) throw Object.assign(new Error('the write ended early'), { code: 'ENOSPC' });
    if (this.lasting) await this.file.sync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/**
 * Opens a new file for appending that begins with the first `bytes` of the one at `path` and stands in its place. A process that
 * had this one open, was held up and lost its lock meanwhile appends to what nobody reads any more.
 */
export async function openFenced(path: string, bytes: number): Promise<FileHandle> {
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(fresh, 'ax');
  try {
    if (bytes > 0) {
      const { size } = await stat(path);
      if (size < bytes) throw new Error(`${path} is damaged: it has ${size} bytes of ${bytes}; begin again in another folder`);
      for await (const piece of createReadStream(path, { end: bytes - 1 })) await file.writeFile(piece as Buffer);
      await file.sync();
    }
    await rename(fresh, path);
    return file;
  } catch (error) {
    await file.close();
    await rm(fresh, { force: true });
    throw error;
  }
}
