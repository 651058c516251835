/** The pass itself: decode ahead, keep the GPU busy, take results in the order of the data, write them down. */
import { shardSample, shardSize, type DataSet, type Sample, type Shard } from '../../src/dataset/dataset.js';
import type { Decoded, Decoder } from '../../src/dataset/decoder.js';
import type { StoreWriter } from '../../src/store/writer.js';
import type { BatchResult, Row, SampleError } from '../../src/store/format.js';
import type { Explainer, ProfileBatch } from '../../src/saliency/explainer.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import type { GroupedMoments } from '../../src/saliency/statistics.js';

export interface Pass {
  readonly set: DataSet;
  readonly shard: Shard;
  readonly explainer: Explainer;
  readonly decoder: Decoder;
  readonly writer: StoreWriter;
  readonly moments: GroupedMoments;
  /** Whether the network is asked for its answers alone; the moments are then of no filter. */
  readonly forwardOnly: boolean;
  readonly batch: number;
  /** Whether rows carry the penultimate features. */
  readonly features: boolean;
  /** Called with the rows of each batch that this pass computes. */
  readonly seen: (rows: readonly Row[]) => void;
  /** Called with how many samples of the run are done. */
  readonly progress: (done: number) => void;
  /** Whether to stop; called before each batch. */
  readonly stopped: () => boolean;
}

/** Batches decoded ahead of the GPU, and batches with the GPU: what bounds the memory of a pass. */
const AHEAD = 3, WITH_GPU = 2;
/** A run that fails for so many samples before the first success is a mistake, not bad luck. */
const HOPELESS = 32;

/** Runs batch `from` and all later ones; returns how many samples of the run are done, fewer than all where it was stopped. */
export async function runPass(pass: Pass, from: number): Promise<number> {
  const total = shardSize(pass.set.count, pass.shard);
  const batches = Math.ceil(total / pass.batch);
  const decoding: Started<Decoding>[] = [];
  const computing: Started<BatchResult>[] = [];
  let next = from, done = from;
  const take = async (): Promise<void> => {
    const batch = await computing.shift()!.result;
    await record(pass, batch);
    pass.seen(batch.rows);
    done++;
    pass.progress(Math.min(total, done * pass.batch));
  };
  for (let k = from; k < batches && !pass.stopped(); k++) {
    while (next < batches && decoding.length < AHEAD) decoding.push(start(decode(pass, next++, total)));
    const ready = await decoding.shift()!.result;
    if (computing.length === WITH_GPU) await take();
    computing.push(start(compute(pass, ready)));
  }
  while (computing.length > 0) await take();
  return Math.min(total, done * pass.batch);
}

/** Adds a finished batch to the statistics and to the store, in this order: the store keeps the statistics after each part. */
export async function record({ moments, writer }: Pick<Pass, 'moments' | 'writer'>, batch: BatchResult): Promise<void> {
  const filters = moments.right.filters;
  batch.rows.forEach(({ label, predicted }, k) => (label === predicted ? moments.right : moments.wrong).add(batch.profiles, k * filters));
  await writer.append(batch);
  if (moments.right.count + moments.wrong.count === 0 && writer.errors >= HOPELESS) throw nothingWorked(writer.errors, batch.errors);
}

/** Where no sample could be computed. */
export function nothingWorked(count: number, errors: readonly SampleError[]): Error {
  return new Error(
    `none of ${count} samples could be ` +
      `computed${errors.length > 0 ? `; the last one: ${errors[errors.length - 1].error}` : '; errors.jsonl says why'}`
  );
}

interface Decoding extends Decoded {
  readonly samples: readonly (Sample & { readonly id: number })[];
}

async function decode({ set, shard, batch, decoder }: Pass, k: number, total: number): Promise<Decoding> {
  const samples = Array.from({ length: Math.min(batch, total - k * batch) }, (_, j) => {
    const id = shardSample(k * batch + j, shard);
    return { id, ...set.sample(id) };
  });
  return { samples, ...(await decoder.decode(samples.map((s) => s.source))) };
}

async function compute({ explainer, moments, forwardOnly, features: wanted }: Pass,
  { samples, data, errors }: Decoding): Promise<BatchResult> {
  const nothing: ProfileBatch = { logits: new Float32Array(0), loss: new Float32Array(0), profiles: new Float32Array(0),
    features: new Float32Array(0) };
  const { logits, loss, profiles, features } = errors.every((e) => e !== null)
    ? nothing
    : await explainer.profileBatch(data, samples.map((s) => s.label), { forwardOnly, features: wanted });
  const classes = logits.length / samples.length;
  const filters = moments.right.filters, width = features.length / samples.length;
  const rows: Row[] = [];
  const failed: SampleError[] = [];
  const kept = new Float32Array(profiles.length), keptFeatures = new Float32Array(features.length);
  samples.forEach(({ id, path, label, carried }, k) => {
    const z = logits.subarray(k * classes, (k + 1) * classes);
    const profile = profiles.subarray(k * filters, (k + 1) * filters);
    const own = features.subarray(k * width, (k + 1) * width);
    const error = errors[k] ?? (allFinite(z) && allFinite(profile) && allFinite(own) ?
      null
      : `the network's answer to ${path} is not finite; its weights or the picture hold values out of range`);
    if (error !== null) return void failed.push({ id, path, error });
    kept.set(profile, rows.length * filters);
    keptFeatures.set(own, rows.length * width);
    const predicted = argmax(z);
    rows.push({ id, path, label, predicted, confidence: probability(z, predicted), labelConfidence: probability(z, label), loss: loss[k],
      carried });
  });
  return { rows, profiles: kept.subarray(0, rows.length * filters), features: keptFeatures.subarray(0, rows.length * width),
    errors: failed };
}

/** Whether there is no NaN and no infinity: times zero, only those are not zero. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * 0;
  return sum === 0;
}

/** Work under way whose failure is seen when its turn comes, not before. */
interface Started<T> {
  readonly result: Promise<T>;
}

function start<T>(result: Promise<T>): Started<T> {
  result.catch(() => undefined);
  return { result };
}
