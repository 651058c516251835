/** A data set and the network it goes through, fitted to each other. */
import { classifier, type Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import { openDataSet } from '../../src/dataset/open.js';
import { SampleReader } from '../../src/dataset/sample.js';
import type { DataSet, DataSetOptions } from '../../src/dataset/dataset.js';
import { outputExtent } from '../../src/data/framing.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { pictureInput } from '../../src/onnx/picture-input.js';
import { namesInModel } from '../shared/classes.js';
import { classifierOf, hasOpenSize, type ModelFile } from '../shared/model-file.js';
import { findPreprocessing, noPreprocessing, USUAL_SIDE } from '../shared/preprocessing.js';

export interface Opened {
  readonly set: DataSet;
  readonly network: Classifier;
  /** How pictures are prepared; null where every sample comes prepared. */
  readonly how: Preprocessing | null;
  /** What a user should know about names and preprocessing. */
  readonly notices: readonly string[];
}

/** Samples tried in search of the input's size, where the model leaves it open and the first ones are damaged. */
const TRIES = 32;

/** Throws one sentence where the data is none for this model. */
export async function openSet(paths: readonly string[], file: ModelFile, names: Classes | null,
  preprocess: string | undefined): Promise<Opened> {
  const open = hasOpenSize(file.model.inputs[0]);
  const input = pictureInput(file.model);
  const { how: preprocessing, notices } = await findPreprocessing(file.model, preprocess, paths);
  // How many classes there are does not depend on the size.
  const [height, width] = (preprocessing && outputExtent(preprocessing)) ?? [USUAL_SIDE, USUAL_SIDE];
  const shape = [input.channels ?? preprocessing?.channels ?? 3, input.height ?? height, input.width ?? width];
  const { classes } = classifier(file.model, open ? shape : undefined, file.choice);
  const { set, said } = await openNamed(paths, file, names, { classes, whole: input.whole !== null });
  const how = set.kind === 'npy' ? null : preprocessing;
  if (set.kind !== 'npy' && how === null) throw noPreprocessing(input);
  const network = classifierOf(file, open ? await inputShape(set, how, input.channelsLast) : undefined);
  return { set, network, how, notices: [...said, ...(how ? notices : [])] };
}

/** The set with the names given, else those in the model's file where they are the set's own, else without. */
export async function openNamed(paths: readonly string[], { model }: ModelFile, names: Classes | null,
  options: Omit<DataSetOptions, 'names'>): Promise<{ set: DataSet; said: readonly string[] }> {
  const own = names === null ? namesInModel(model, options.classes) : null;
  if (!own) return { set: await openDataSet(paths, { ...options, names }), said: [] };
  try {
    return { set: await openDataSet(paths, { ...options, names: own.classes }), said: [own.notice] };
  } catch (error) {
    // Folders or a table that name classes in another way are read as they are without these names.
    const set = await openDataSet(paths, { ...options, names: null }).catch(() => {
      throw error;
    });
    const why = String((error as Error).message).replace(/[.]$/, '');
    return { set, said: [`the names of classes in ${model.name} are left aside, since they are not the data's: ${why}`] };
  }
}

async function inputShape(set: DataSet, how: Preprocessing | null, channelsLast: boolean): Promise<readonly number[]> {
  const reader = new SampleReader(how, channelsLast);
  let failure: unknown;
  try {
    for (let k = 0; k < Math.min(TRIES, set.count); k++) {
      try {
        return (await reader.read(set.sample(k).source)).shape;
      } catch (error) {
        failure ??= error;
      }
    }
  } finally {
    reader.close();
  }
  throw failure;
}
