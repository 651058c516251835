/**
 * Finished batches that are in no part file yet. A record is a batch as it came from the GPU: lengths, SHA-256, the rows
 * and errors as JSON, the profiles. What a killed process had written of its last record is recognised and dropped.
 */
import { createHash } from 'node:crypto';
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import type { BatchResult } from './format.js';

const LENGTHS = 16, HASH = 32;

export class Journal {
  private constructor(private readonly file: FileHandle) {}

  /** For appending to the first `bytes` of the file, which begins empty where it is not there. */
  static async open(path: string, bytes: number): Promise<Journal> {
    const file = await open(path, 'a');
    await truncate(path, bytes);
    return new Journal(file);
  }

  async append(batch: BatchResult): Promise<void> {
    const text = Buffer.from(JSON.stringify({ rows: batch.rows, errors: batch.errors }));
    const { profiles } = batch;
    const values = Buffer.from(profiles.buffer, profiles.byteOffset, profiles.byteLength);
    const lengths = Buffer.alloc(LENGTHS);
    lengths.writeBigUInt64LE(BigInt(text.length), 0);
    lengths.writeBigUInt64LE(BigInt(values.length), 8);
    const hash = createHash('sha256').update(lengths).update(text).update(values).digest();
    const pieces = [lengths, hash, text, values];
    const whole = pieces.reduce((n, p) => n + p.length, 0);
    const { bytesWritten } = await this.file.writev(pieces);
    if (bytesWritten !== whole) throw Object.assign(new Error('the write ended early'), { code: 'ENOSPC' });
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Every whole record of a journal, and the bytes they take; none where there is no file. */
export async function readJournal(path: string): Promise<{ batches: BatchResult[]; bytes: number }> {
  const all = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const batches: BatchResult[] = [];
  let at = 0;
  while (at + LENGTHS + HASH <= all.length) {
    const start = at + LENGTHS + HASH;
    const middle = start + Number(all.readBigUInt64LE(at));
    const end = middle + Number(all.readBigUInt64LE(at + 8));
    if (end > all.length) break;
    const hash = createHash('sha256').update(all.subarray(at, at + LENGTHS)).update(all.subarray(start, end)).digest();
    if (!hash.equals(all.subarray(at + LENGTHS, start))) break;
    const { rows, errors } = JSON.parse(all.toString('utf8', start, middle)) as Pick<BatchResult, 'rows' | 'errors'>;
    batches.push({ rows, errors, profiles: new Float32Array(new Uint8Array(all.subarray(middle, end)).buffer) });
    at = end;
  }
  return { batches, bytes: at };
}
