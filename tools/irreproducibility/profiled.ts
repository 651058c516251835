/** What one network of several says of the same samples: answers and profiles, in memory. */
import type { Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import type { DataSet } from '../../src/dataset/dataset.js';
import { Decoder } from '../../src/dataset/decoder.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { filterCount } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import { openSet } from '../profile/open.js';
import type { Computer } from '../shared/computer.js';
import { openModel, type ModelFile } from '../shared/model-file.js';

export interface OpenedModel {
  readonly file: ModelFile;
  readonly network: Classifier;
  readonly set: DataSet;
  readonly how: Preprocessing | null;
  readonly notices: readonly string[];
}

/** What it answered; rows of samples that could not be read hold zeros. */
export interface Answered {
  /** [samples, classes] and [samples, filters]. */
  readonly logits: Float32Array;
  readonly profiles: Float32Array;
  /** Why a sample has no answer, by its place. */
  readonly failed: ReadonlyMap<number, string>;
}

/** Bytes of profiles held at once: all samples are compared with all. */
const MOST_BYTES = 4 * 2 ** 30;

/** The models with the data each reads. Throws one sentence where they are not of one task. */
export async function openModels(paths: readonly string[], data: readonly string[], names: Classes | null,
  preprocess: string | undefined): Promise<OpenedModel[]> {
  const opened: OpenedModel[] = [];
  for (const path of paths) {
    const file = await openModel(path, { classes: names?.count });
    opened.push({ file, ...await openSet(data, file, names, preprocess) });
  }
  const [first] = opened;
  for (const { file, network, set } of opened) {
    if (network.classes !== first.network.classes) {
      throw new Error(
        `${first.file.path} has ${first.network.classes} classes and ${file.path} ${network.classes}; they are not of one task`
      );
    }
    if (set.count !== first.set.count) {
      throw new Error(`${file.path} reads ${set.count} samples, and ${first.file.path} ${first.set.count}`);
    }
  }
  return opened;
}

/** Places of the samples asked: all, or so many drawn at random, in their order. */
export function samplesOf({ count }: DataSet, limit: number | undefined, seed: number): number[] {
  if (limit === undefined || limit >= count) return Array.from({ length: count }, (_, k) => k);
  return [...new Random(seed, count).choose(limit, count)].sort((a, b) => a - b);
}

/** Asks the network about the samples; `explainer` is its own. Throws one sentence where their profiles pass memory. */
export async function answersOf({ network, set, how }: OpenedModel, explainer: Explainer, samples: readonly number[],
  onProgress: (done: number) => void): Promise<Answered> {
  const filters = filterCount(network.layers), { classes } = network;
  if (4 * filters * samples.length > MOST_BYTES) {
    throw new Error(`profiles of ${samples.length} samples and ${filters} filters take ${4 * filters * samples.length} bytes, and ` +
      `${MOST_BYTES} are held at most; give fewer with --limit`);
  }
  const logits = new Float32Array(samples.length * classes), profiles = new Float32Array(samples.length * filters);
  const failed = new Map<number, string>();
  const decoder = new Decoder({ how, shape: network.pictureShape, channelsLast: network.channelsLast });
  try {
    const batch = await explainer.batchSize();
    for (let from = 0; from < samples.length; from += batch) {
      const some = samples.slice(from, from + batch).map((k) => set.sample(k));
      const { data, errors } = await decoder.decode(some.map((s) => s.source));
      errors.forEach((error, k) => error !== null && failed.set(from + k, error));
      if (errors.every((error) => error !== null)) continue;
      const answer = await explainer.profileBatch(data, some.map((s) => s.label));
      logits.set(answer.logits, from * classes);
      profiles.set(answer.profiles, from * filters);
      onProgress(Math.min(samples.length, from + batch));
    }
  } finally {
    await decoder.close();
  }
  return { logits, profiles, failed };
}

/** An explainer for each of several networks on one device. */
export const explainersOf = (models: readonly OpenedModel[], computer: Computer, batch: number | undefined): Explainer[] =>
  models.map(({ network }) => new Explainer(network, computer, { batch }));
