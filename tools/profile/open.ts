/** A data set and the network it goes through, fitted to each other. */
import { classifier, type Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import { openDataSet } from '../../src/dataset/open.js';
import { SampleReader } from '../../src/dataset/sample.js';
import type { DataSet } from '../../src/dataset/dataset.js';
import { PREPROCESSINGS, type Preprocessing } from '../../src/data/preprocess.js';
import type { ModelFile } from '../shared/model-file.js';
import { findPreprocessing } from '../shared/samples.js';

export interface Opened {
  readonly set: DataSet;
  readonly network: Classifier;
  /** How pictures are prepared; null where every sample comes prepared. */
  readonly how: Preprocessing | null;
}

/** Samples tried in search of the input's size, where the model leaves it open and the first ones are damaged. */
const TRIES = 32;
const USUAL = 224;

/** Throws one sentence where the data is none for this model. */
export async function openSet(paths: readonly string[], { path, model }: ModelFile, names: Classes | null,
  preprocess: string | undefined): Promise<Opened> {
  const dims = model.inputs[0]?.dims;
  const open = !dims || dims.slice(1).some((d) => typeof d !== 'number');
  const usual = open || (dims[2] === USUAL && dims[3] === USUAL);
  const asked = preprocess !== undefined ? await findPreprocessing(preprocess) : usual ? PREPROCESSINGS.imagenet : null;
  // How many classes there are does not depend on the size.
  const side = asked?.crop ?? USUAL;
  const { classes } = classifier(model, open ? [3, side, side] : undefined);
  const set = await openDataSet(paths, { classes, names });
  const how = set.kind === 'npy' ? null : asked;
  if (set.kind !== 'npy' && how === null) {
    throw new Error(
      'this model does not take 224 x 224 pictures: say with --preprocess how they are prepared (imagenet, cifar10 or a JSON file)'
    );
  }
  const network = classifier(model, open ? await inputShape(set, how) : undefined);
  if (network.layers.length === 0) throw new Error(`${path} has no convolution, so it has no filters to blame`);
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
