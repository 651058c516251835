/** What the commands reading a sparse layer start from: the layer, the pictures' features, names, a device when one is needed. */
import { resolve } from 'node:path';
import { parseNpy } from '../../src/data/npy.js';
import { readBytes } from '../../src/files/files.js';
import { decisionLayer, decisionValues } from '../../src/onnx/decision.js';
import { openSparse, type SparseFolder } from '../../src/local/sparse-folder.js';
import { weightsOf, type FeatureNames, type ReadingAbout } from '../../src/report/sparse-reading/about.js';
import { shareOf } from '../../src/saliency/binomial.js';
import { locate } from '../../src/saliency/network.js';
import { FeatureNetwork } from '../../src/sparse/reading/feature-network.js';
import { ownLayer, Reading, type LastLayer } from '../../src/sparse/reading/layer.js';
import { pooledFilters } from '../../src/sparse/reading/penultimate.js';
import { readClasses } from '../shared/classes.js';
import { announce, openComputer, type Computer } from '../shared/computer.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import { UsageError } from '../shared/usage.js';
import { openHeld, type Held } from './held.js';
import type { ReadingOptions } from './options.js';

/** Closed when the command ends. */
export interface OpenedReading {
  readonly folder: SparseFolder;
  readonly held: Held;
  readonly about: ReadingAbout;
  readonly reading: Reading;
  /** The network's own layer in the same scale; null where it is not known, or its classes are not the layer's. */
  readonly own: Reading | null;
  /** [samples, features] */
  readonly z: Float64Array;
  readonly names: FeatureNames;
  /** The filter, among all the network's, that each feature pools; null where that is not known. */
  readonly filters: readonly number[] | null;
  name(k: number): string;
  /** The network on a device; throws where the pictures are arrays. */
  network(): Promise<FeatureNetwork>;
  close(): void;
}

/**
 * Opens the folder of misfire sparse and a run, or a pair of arrays; by default the held samples it was made with. Throws one sentence
 * where they are none, do not fit each other, or the layer asked for is not there. To be closed.
 */
export async function openReading(dir: string, given: string | undefined, options: ReadingOptions): Promise<OpenedReading> {
  const { quiet } = options;
  const folder = await openSparse(dir);
  const text = given ?? folder.result.held.paths.join(',');
  const { result, lambdas } = folder;
  const index = options.layer ?? result.chosen;
  const layer = await folder.layer(index);
  const classes = await readClasses(options.classes);
  if (classes && classes.count !== layer.classes) {
    throw new Error(`${classes.source} names ${classes.count} classes, but the layers in ${dir} have ${layer.classes}`);
  }
  const held = await openHeld(text, folder, options);
  const reading = new Reading(layer), own = await ownOf(held, options, layer);
  let device: Computer | null = null, network: FeatureNetwork | null = null;
  const close = (): void => {
    network?.destroy();
    device?.destroy();
    network = device = null;
  };
  const open = async (): Promise<FeatureNetwork> => {
    if (network) return network;
    if (!held.run) throw new Error(`${text} are arrays without pictures; give the folder of a run`);
    device = await openComputer(options);
    if (!quiet) announce(device, options);
    return network = new FeatureNetwork(held.run.network, device, { batch: options.batch });
  };
  const progress = new Progress(held.labels.length, 0, { quiet });
  try {
    const x = await held.features(open, (done) => progress.update(done)).finally(() => progress.clear());
    if (x.length !== held.labels.length * layer.features) {
      throw new Error(`${text} has ${x.length / held.labels.length} features a picture, but the layers in ${dir} have ${layer.features}; `
        + 'give pictures of the same network');
    }
    const z = reading.standardized(x);
    if (!quiet && isTraining(folder, held)) {
      notice(`${text} is what the layers in ${dir} were fitted to; give pictures that they have not seen.`);
    }
    const filters = held.run && pooledFilters(held.run.network.build(1), held.run.network.layers);
    const right = (of: Reading) => shareOf(of.answers(z).filter((a, k) => a === held.labels[k]).length, held.labels.length);
    const about: ReadingAbout = { folder: dir, layer: index, lambda: lambdas[index], classes: layer.classes, features: layer.features,
      weights: weightsOf(reading), held: { name: held.name, samples: held.labels.length }, accuracy: right(reading),
      own: own && right(own) };
    return { folder, held, about, reading, own, z, filters, names: { filter: (j) => {
      if (!filters || !held.run) return null;
      const { layer: at, filter } = locate(held.run.network.layers, filters[j]);
      return `${at.name}:${filter}`;
    } }, name: (k) => classes?.show(k) ?? result.classNames?.[k] ?? held.run?.run.meta.data.classNames?.[k] ?? `class ${k}`, network: open,
      close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Whether these are the rows that the layer was fitted to. */
function isTraining({ result: { train } }: SparseFolder, { name }: Held): boolean {
  return train.paths.some((path) => name.split(',').some((one) => resolve(one) === path));
}

/** The network's own last layer, from --own or from the run's model. */
async function ownOf({ run, grouped }: Held, { own }: ReadingOptions, like: LastLayer): Promise<Reading | null> {
  if (own === undefined) {
    if (!run || grouped || run.network.classes !== like.classes) return null;
    const decision = decisionLayer(run.file.model), { w, b } = decisionValues(run.file.model, decision);
    return decision.classes === like.classes && decision.width === like.features ? new Reading(ownLayer(w, b, like)) : null;
  }
  const files = own.split(',');
  if (files.length !== 2) throw new UsageError(`--own takes two files of the network's last layer, weights.npy,bias.npy, got "${own}"`);
  const [weights, bias] = await Promise.all(files.map(async (f) => parseNpy(await readBytes(f), f)));
  if (weights.shape.length !== 2 || bias.data.length !== weights.shape[0]) {
    throw new UsageError(`--own takes weights [classes, features] and a bias [classes], got [${weights.shape.join(', ')}] and `
      + `[${bias.shape.join(', ')}]`);
  }
  return bias.data.length === like.classes && !grouped
    ? new Reading(ownLayer(numbers(weights.data), numbers(bias.data), like))
    : null;
}

const numbers = (data: ArrayLike<number | bigint>): Float64Array => Float64Array.from(data as ArrayLike<number>, Number);
