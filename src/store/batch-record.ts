/**
 * A finished batch in the journal of its part, as it came from the GPU: two lengths, the SHA-256 of the run's mark and of all else, the
 * rows and errors as JSON, the profiles as float32, behind them the features, whose number the JSON says where there are any.
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
    encode({ rows, errors, profiles, features = new Float32Array(0) }) {
      const text = Buffer.from(JSON.stringify({ rows, errors, ...(features.length > 0 && { features: features.length }) }));
      const bytes = (f: Float32Array): Buffer => Buffer.from(f.buffer, f.byteOffset, f.byteLength);
      const values = features.length > 0 ? Buffer.concat([bytes(profiles), bytes(features)]) : bytes(profiles);
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
      const { rows, errors, features = 0 } = JSON.parse(bytes.toString('utf8', start, middle)) as
        & Pick<BatchResult, 'rows' | 'errors'>
        & { features?: number };
      const values = new Float32Array(new Uint8Array(bytes.subarray(middle, end)).buffer), cut = values.length - features;
      return { record: { rows, errors, profiles: values.slice(0, cut), features: values.slice(cut) }, end };
    },
  };
}
