/**
 * A finished batch in the journal of its part, as it came from the GPU: two lengths, the SHA-256 of the run's mark and of all else, the
 * rows and errors as JSON, the profiles as float32.
 */
import { createHash } from 'node:crypto';
import type { Mark } from './checkpoint.js';
import type { BatchResult } from './format.js';
import type { RecordFormat } from './journal.js';

/** Bytes: the lengths of the JSON and of the profiles, 64 bits each, and the hash. */
const LENGTHS = 16, HASH = 32;

/** Of the batches of one run. */
export function batchRecord({ sum, older }: Mark): RecordFormat<BatchResult> {
  const hashOf = (mark: string, ...parts: readonly Uint8Array[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256').update(mark)).digest();
  return {
    encode({ rows, errors, profiles }) {
      const text = Buffer.from(JSON.stringify({ rows, errors }));
      const values = Buffer.from(profiles.buffer, profiles.byteOffset, profiles.byteLength);
      const lengths = Buffer.alloc(LENGTHS);
      lengths.writeBigUInt64LE(BigInt(text.length), 0);
      lengths.writeBigUInt64LE(BigInt(values.length), 8);
      return [lengths, hashOf(sum, lengths, text, values), text, values];
    },
    decode(bytes, at) {
      const start = at + LENGTHS + HASH;
      if (start > bytes.length) return null;
      const middle = start + Number(bytes.readBigUInt64LE(at));
      const end = middle + Number(bytes.readBigUInt64LE(at + 8));
      if (end > bytes.length) return null;
      const is = (mark: string): boolean =>
        hashOf(mark, bytes.subarray(at, at + LENGTHS), bytes.subarray(start, end)).equals(bytes.subarray(at + LENGTHS, start));
      if (!is(sum) && !(older && is(''))) return 'damaged';
      const { rows, errors } = JSON.parse(bytes.toString('utf8', start, middle)) as Pick<BatchResult, 'rows' | 'errors'>;
      return { record: { rows, errors, profiles: new Float32Array(new Uint8Array(bytes.subarray(middle, end)).buffer) }, end };
    },
  };
}
