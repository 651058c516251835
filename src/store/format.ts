/**
 * The store of a pass over a data set: a folder that other programs read.
 *
 *   samples/part-000000.parquet ...   one table, one row per sample (open the folder `samples`)
 *   stats.json                        mean and deviation of every filter's saliency; there when the run is complete
 *   meta.json                         what the run computes: model, preprocessing, data, adapter
 *   list.jsonl                        every sample of the data set: [path, label, carried ...]
 *   errors.jsonl                      the samples that could not be read
 *
 * While the run goes on there are also (store-writer-node.ts): .lock, .journal-K and .state-K.
 */
import type { Shard } from '../dataset/dataset.js';
import type { Preprocessing } from '../data/preprocess.js';

/** The columns a run computes, in the table's order; the columns carried along from the data set follow. */
export const OWN_COLUMNS = ['id', 'path', 'label', 'predicted', 'confidence', 'labelConfidence', 'loss', 'profile'] as const;

/** A row of the table, its profile apart. */
export interface Row {
  /** Index of the sample in the whole data set. */
  readonly id: number;
  readonly path: string;
  readonly label: number;
  readonly predicted: number;
  /** Softmax at the predicted class, and at the label. */
  readonly confidence: number;
  readonly labelConfidence: number;
  /** Cross-entropy against the label. */
  readonly loss: number;
  readonly carried: readonly string[];
}

/** A sample that could not be read or computed. */
export interface SampleError {
  readonly id: number;
  readonly path: string;
  readonly error: string;
}

/** What a batch came to: its rows, their profiles one after another, and what went wrong. */
export interface BatchResult {
  readonly rows: readonly Row[];
  /** [rows, filters] */
  readonly profiles: Float32Array;
  readonly errors: readonly SampleError[];
}

export interface Meta {
  /** Of this form. */
  readonly format: 1;
  /** Of the program. */
  readonly version: string;
  readonly model: {
    readonly file: string;
    readonly sha256: string;
    readonly filters: number;
    readonly classes: number;
    /** [channels, height, width] */
    readonly pictureShape: readonly number[];
    readonly layers: readonly { readonly node: string; readonly weight: string; readonly filters: number; readonly offset: number }[];
  };
  /** Null where every sample comes prepared. */
  readonly preprocessing: Preprocessing | null;
  readonly aggregation: 'mean-abs' | 'abs-mean';
  readonly data: {
    readonly kind: string;
    /** The folder that paths are relative to. */
    readonly root: string;
    readonly samples: number;
    /** SHA-256 of list.jsonl. */
    readonly sha256: string;
    readonly columns: readonly string[];
    readonly classNames: readonly string[] | null;
  };
  readonly shard: Shard | null;
  /** How profiles are stored. */
  readonly profiles: 'float32' | 'float16' | 'none';
  /** Samples computed at once, and batches in a part file: batch k is samples [k * batch, (k + 1) * batch) of the run. */
  readonly batch: number;
  readonly partBatches: number;
  /** What --batch said, from which the batch was halved where the GPU had no room; null where it said nothing. */
  readonly batchAsked: number | null;
  readonly adapter: { readonly vendor: string; readonly architecture: string; readonly description: string; readonly software: boolean };
}

/** Bytes of profiles in a part file, about: enough to read fast, little enough to hold several in memory. */
const PART_BYTES = 16 << 20;

/** Whole batches in a part. */
export const batchesPerPart = (batch: number, filters: number): number => Math.max(1, Math.round(PART_BYTES / (4 * filters * batch)));

/** The first thing in which two runs that should be one differ, in words; null where they agree. The list of samples is not looked at. */
export function difference(begun: Meta, now: Meta): string | null {
  const text = (v: unknown): string => (typeof v === 'string' ? v : JSON.stringify(v));
  const compared: [string, (m: Meta) => unknown][] = [
    ['model', (m) => m.model.sha256],
    ['input size', (m) => m.model.pictureShape],
    ['preprocessing', (m) => m.preprocessing],
    ['aggregation', (m) => m.aggregation],
    ['shard', (m) => m.shard && `${m.shard.index}/${m.shard.count}`],
    ['list of carried columns', (m) => m.data.columns],
    ['form of profiles', (m) => m.profiles],
    ['batch', (m) => m.batch],
  ];
  for (const [what, of] of compared) {
    const [was, is] = [of(begun), of(now)];
    if (JSON.stringify(was) !== JSON.stringify(is)) return `${what}: it was ${text(was)} and is ${text(is)}`;
  }
  return null;
}
