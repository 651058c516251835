/** Pictures of features by gradient ascent, for the page of `misfire sparse show --visualize`. */
import { openDawnDevice } from '../../src/dawn.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { neuronPixels } from '../../src/report/visualize/page.js';
import { locate } from '../../src/saliency/network.js';
import type { FeatureListing } from '../../src/sparse/reading/listing.js';
import type { Unit } from '../../src/visualize/objective.js';
import { STEPS, visualize } from '../../src/visualize/visualize.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import type { OpenedReading } from './open.js';
import type { ShowOptions } from './options.js';

/** A picture as a data URI, and whether it is that of the filter that the feature pools. */
export interface AscentPicture {
  readonly uri: string;
  readonly ofFilter: boolean;
}

/**
 * By feature; none where they are not asked for, or there is no network. A feature that is 0 for noise, as one behind a ReLU may be, has no
 * gradient to climb: there the channel of its filter, before that function, is climbed instead; where that has none either, there is no
 * picture, and a notice says for how many. Throws as `visualize`.
 */
export async function ascentPictures(listings: readonly FeatureListing[], { held: { run }, filters }: OpenedReading,
  { visualize: steps, adapter, quiet }: Pick<ShowOptions, 'visualize' | 'adapter' | 'quiet'>): Promise<Map<number, AscentPicture>> {
  const found = new Map<number, AscentPicture>();
  if (steps === undefined || !run || listings.length === 0) return found;
  const { preprocessing } = run.run.meta;
  if (!preprocessing) {
    if (!quiet) notice('the pictures came prepared, so that colours are not known: no picture is made by gradient ascent.');
    return found;
  }
  const taken = steps === true ? STEPS : steps;
  const device = await openDawnDevice({ adapter });
  const progress = new Progress(listings.length * taken, 0, { quiet, parts: true });
  let before = 0, none = 0;
  const climb = async (some: readonly FeatureListing[], sign: 1 | -1, unit: (feature: number) => Unit,
    ofFilter: boolean): Promise<FeatureListing[]> => {
    const made = await visualize(run.network, device, preprocessing, some.map((l) => unit(l.feature)), { steps: taken, sign,
      onProgress: (done) => progress.update(Math.min(listings.length * taken, before + done), 'gradient ascent') });
    before += some.length * taken;
    const flat: FeatureListing[] = [];
    for (const [k, one] of made.entries()) {
      if (one.after === one.before) flat.push(some[k]);
      else found.set(some[k].feature, { uri: await encodePicture(neuronPixels(one.picture, one.shape), 'picture'), ofFilter });
    }
    return flat;
  };
  try {
    for (const sign of [1, -1] as const) {
      const flat = await climb(listings.filter((l) => l.sign === sign), sign, (index) => ({ kind: 'feature', index }), false);
      const { layers } = run.network;
      const still = !filters || flat.length === 0 ? flat : await climb(flat, sign, (feature) => {
        const { layer, filter } = locate(layers, filters[feature]);
        return { kind: 'channel', layer: layers.indexOf(layer), index: filter, at: 'mean' };
      }, true);
      none += still.length;
    }
    progress.clear();
    if (none > 0 && !quiet) {
      notice(
        `gradient ascent from noise does not move ${none} of ${listings.length} features, nor their filters: they have no such picture.`
      );
    }
  } finally {
    progress.clear();
    device.destroy();
  }
  return found;
}
