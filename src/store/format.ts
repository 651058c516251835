/**
 * The store of a pass over a data set: a folder that other programs read.
 *
 *   samples/part-000000.parquet ...   one table, one row per sample (open the folder `samples`)
 *   stats.json                        mean and deviation of every filter's saliency; there when the run is complete
 *   meta.json                         what the run computes: model, preprocessing, data, adapter
 *   list.jsonl                        every sample of the data set: [path, label, carried ...]
 *   errors.jsonl                      the samples that could not be read
 *   SHA256SUMS                        what meta.json and list.jsonl have to be, and once the run is complete each of these files (seal.ts)
 *
 * While the run goes on there are also (lock.ts, checkpoint.ts): .lock, .journal-K and .state-K.
 */
import type { Preprocessing } from '../data/preprocess.js';
import type { Layer } from '../saliency/network.js';
import type { Aggregation } from '../saliency/profile.js';
import type { Shard } from '../dataset/dataset.js';
import type { Settings } from './settings.js';

export const META = 'meta.json', LIST = 'list.jsonl', STATISTICS = 'stats.json', ERRORS = 'errors.jsonl', SAMPLES = 'samples';

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
  /** [rows, features], where a run stores them. */
  readonly features?: Float32Array;
  readonly errors: readonly SampleError[];
}

/** A shard that was joined with others: where its rows are, and what computed them. */
export interface MergedShard extends Shard {
  /** How many part files are its own. */
  readonly parts: number;
  readonly version: string;
  readonly batch: number;
  readonly adapter: Meta['adapter'];
}

/** meta.json */
export interface Meta {
  /** The version of this layout. */
  readonly format: 1;
  /** The version of the program. */
  readonly version: string;
  readonly model: {
    readonly file: string;
    readonly sha256: string;
    readonly filters: number;
    readonly classes: number;
    /** [channels, height, width] */
    readonly pictureShape: readonly number[];
    /** There where the model takes [N,H,W,C], and so do arrays that come prepared. */
    readonly channelsLast?: true;
    /** Which output the scores are read from, where the file has several. */
    readonly output?: string;
    readonly layers: readonly Layer[];
  };
  /** Null where every sample comes prepared. */
  readonly preprocessing: Preprocessing | null;
  readonly aggregation: Aggregation;
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
  /** Of what `misfire merge` joined: every shard, in the order in which their parts stand in `samples`. */
  readonly merged?: readonly MergedShard[];
  /** 2 where rows name their classes and say `correct`, and every column is spelled as in CSV; absent in runs of earlier versions. */
  readonly table?: 2;
  /** How profiles are stored. */
  readonly profiles: 'float32' | 'float16' | 'none';
  /** There where the run is of answers alone: no profile was computed, and its statistics are numbers of samples. */
  readonly forwardOnly?: true;
  /** There where rows carry the penultimate features: the tensor of the model's file, the node that reads it, and how many they are. */
  readonly features?: { readonly tensor: string; readonly node: string; readonly width: number };
  /** Samples computed at once, and batches in a part file: batch k is samples [k * batch, (k + 1) * batch) of the run. */
  readonly batch: number;
  readonly partBatches: number;
  /** What --batch said, from which the batch was halved where the GPU had no room; null where it said nothing. */
  readonly batchAsked: number | null;
  readonly adapter: { readonly vendor: string; readonly architecture: string; readonly description: string; readonly software: boolean };
}

/** What a run's results depend on beside the list of its samples. */
export const settingsOf = ({ model, preprocessing, aggregation, shard, data, profiles, forwardOnly, features, batch }: Meta): Settings => ({
  model: model.sha256,
  'output of the model': model.output,
  'input size': model.pictureShape,
  preprocessing,
  aggregation,
  shard: shard && `${shard.index}/${shard.count}`,
  'list of carried columns': data.columns,
  'form of profiles': forwardOnly ? 'none, a forward pass alone' : profiles,
  'penultimate features': features?.tensor,
  batch,
});
