/** What `misfire explain` reads before it computes: pictures, the network that takes them, statistics. */
import type { Classifier } from '../../src/classifier.js';
import { readBytes, readText } from '../../src/files/files.js';
import { parseNpy } from '../../src/data/npy.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { parseStatistics, type Statistics } from '../../src/saliency/standardize.js';
import type { Aggregation } from '../../src/saliency/profile.js';
import { classifierOf, hasOpenSize, type ModelFile } from '../shared/model-file.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { findPreprocessing, isArray } from '../shared/preprocessing.js';
import { openSamples, type Sample } from '../shared/samples.js';
import { UsageError } from '../shared/usage.js';

export interface Opened {
  readonly samples: readonly Sample[];
  readonly network: Classifier;
  /** How pictures are prepared; null where nobody has said and the model's size leaves no default. */
  readonly how: Preprocessing | null;
  /** What a user should know about that. */
  readonly notices: readonly string[];
}

/** The samples and the network, whose size comes from the first sample where the file leaves it open. */
export async function openNetwork(file: ModelFile, images: readonly string[], preprocess: string | undefined): Promise<Opened> {
  const input = pictureInput(file.model);
  const { how, notices } = await findPreprocessing(file.model, preprocess, images);
  const samples = await openSamples(images, how, input);
  const network = classifierOf(file, hasOpenSize(file.model.inputs[0]) ? (await samples[0].read()).shape : undefined);
  return { samples, network, how, notices: images.every(isArray) ? [] : notices };
}

/** A JSON file, or two .npy files with a comma between them. */
export async function readStatistics(option: string, aggregation: Aggregation): Promise<Statistics> {
  const files = option.split(',');
  if (files.length === 1) return parseStatistics(await readText(option), option);
  const taken = '--stats takes one JSON file, or two .npy files of one number per filter: mean.npy,std.npy';
  if (files.length !== 2) throw new UsageError(`${taken}; it was given ${files.length} files`);
  const [mean, std] = await Promise.all(files.map(async (f) => {
    const { data, shape } = parseNpy(await readBytes(f), f);
    if (shape.length !== 1) throw new Error(`${f} has the shape [${shape.join()}]; ${taken}`);
    return Float64Array.from(data as Float64Array, Number);
  }));
  // Arrays do not say how they were made: the profile's own aggregation is taken to be theirs.
  const text = JSON.stringify({ aggregation, mean: [...mean], std: [...std] });
  return parseStatistics(text, option);
}
