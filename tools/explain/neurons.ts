/** What excites the first filters of each sample most, for its report: pictures made from noise. */
import type { Classifier } from '../../src/classifier.js';
import type { Preprocessing } from '../../src/data/preprocess.js';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import type { Neurons } from '../../src/report/data.js';
import { neuronPixels } from '../../src/report/visualize/page.js';
import { locate } from '../../src/saliency/network.js';
import type { Unit } from '../../src/visualize/objective.js';
import { visualize, type NeuronPicture } from '../../src/visualize/visualize.js';
import type { SampleExplanation } from './explained.js';
import { NEURON_FILTERS } from './work.js';

/** Steps where nobody says how many. */
export const NEURON_STEPS = 128;

export interface FilterNeurons {
  readonly neurons: Neurons;
  readonly pictures: readonly string[];
}

/**
 * For each sample; a filter of several samples is drawn once. What else computes may be no device; ascent needs one, and opens it where
 * none is given. Throws one sentence where it is not known how pictures are prepared.
 */
export async function filterNeurons(network: Classifier, how: Preprocessing | null, explained: readonly SampleExplanation[], steps: number,
  seed: number, given: Device | null, done: (share: number) => void): Promise<FilterNeurons[]> {
  if (!how) throw new Error('neuron pictures need to know how pictures are prepared for this model: say with --preprocess');
  const { layers } = network;
  const wanted = explained.map(({ top }) => top.slice(0, NEURON_FILTERS).map(({ index }) => index));
  const filters = [...new Set(wanted.flat())];
  const units = filters.map((index): Unit => {
    const { layer, filter } = locate(layers, index);
    return { kind: 'channel', layer: layers.indexOf(layer), index: filter, at: 'mean' };
  });
  const device = given ?? await openDawnDevice();
  const made = new Map<number, NeuronPicture>();
  try {
    const pictures = await visualize(network, device, how, units, { steps, seed, onProgress: (n, total) => done(n / total) });
    pictures.forEach((picture, k) => made.set(filters[k], picture));
  } finally {
    if (!given) device.destroy();
  }
  return Promise.all(wanted.map(async (list): Promise<FilterNeurons> => ({
    neurons: { steps, seed, filters: list.map((index) => {
      const { layer, filter } = locate(layers, index);
      const { before, after } = made.get(index)!;
      return { index, layer: layer.name, filter, before, after };
    }) },
    pictures: await Promise.all(list.map((index) => {
      const { picture, shape } = made.get(index)!;
      return encodePicture(neuronPixels(picture, shape), 'thumbnail');
    })),
  })));
}
