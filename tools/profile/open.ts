/** A data set and the network it goes through, fitted to each other. */
import { classifier, type Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import { openDataSet } from '../../src/dataset/open.js';
import { SampleReader } from '../../src/dataset/sample.js';
import type { DataSet } from '../../src/dataset/dataset.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { classifierOf, hasOpenSize, type ModelFile } from '../shared/model-file.js';
import { findPreprocessing, noPreprocessing, USUAL_SIDE } from '../shared/preprocessing.js';

export interface Opened {
  readonly set: DataSet;
  readonly network: Classifier;
  /** How pictures are prepared; null where every sample comes prepared. */
  readonly how: Preprocessing | null;
}

/** Samples tried in search of the input's size, where the model leaves it open and the first ones are damaged. */
const TRIES = 32;

/** Throws one sentence where the data is none for this model. */
export async function openSet(paths: readonly string[], file: ModelFile, names: Classes | null,
  preprocess: string | undefined): Promise<Opened> {
  const open = hasOpenSize(file.model.inputs[0]);
  const preprocessing = await findPreprocessing(file.model, preprocess);
  // How many classes there are does not depend on the size.
  const side = preprocessing?.crop ?? USUAL_SIDE;
  const { classes } = classifier(file.model, open ? [3, side, side] : undefined, file.choice);
  const set = await openDataSet(paths, { classes, names });
  const how = set.kind === 'npy' ? null : preprocessing;
  if (set.kind !== 'npy' && how === null) throw noPreprocessing();
  const network = classifierOf(file, open ? await inputShape(set, how) : undefined);
  return { set, network, how };
}

async function inputShape(set: DataSet, how: Preprocessing | null): Promise<readonly number[]> {
  const reader = new SampleReader(how);
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
