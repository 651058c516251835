/** Pictures of features by gradient ascent, for the page of `misfire sparse show --visualize`. */
import { openDawnDevice } from '../../src/dawn.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { neuronPixels } from '../../src/report/visualize/page.js';
import type { FeatureListing } from '../../src/sparse/reading/listing.js';
import { STEPS, visualize } from '../../src/visualize/visualize.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import type { Held } from './held.js';
import type { ShowOptions } from './show.js';

/** By feature, as data URIs; none where they are not asked for, or there is no network. Throws as `visualize`. */
export async function ascentPictures(listings: readonly FeatureListing[], { run }: Held,
  { visualize: steps, adapter, quiet }: Pick<ShowOptions, 'visualize' | 'adapter' | 'quiet'>): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  if (steps === undefined || !run || listings.length === 0) return found;
  const { preprocessing } = run.run.meta;
  if (!preprocessing) {
    if (!quiet) notice('the pictures came prepared, so that colours are not known: no picture is made by gradient ascent.');
    return found;
  }
  const taken = steps === true ? STEPS : steps;
  const device = await openDawnDevice({ adapter });
  const progress = new Progress(listings.length * taken, 0, { quiet, parts: true });
  let before = 0;
  try {
    for (const sign of [1, -1] as const) {
      const some = listings.filter((l) => l.sign === sign);
      const made = await visualize(run.network, device, preprocessing, some.map(({ feature }) => ({ kind: 'feature', index: feature })), {
        steps: taken,
        sign,
        onProgress: (done) => progress.update(before + done, 'gradient ascent'),
      });
      before += some.length * taken;
      for (const [k, one] of made.entries()) {
        found.set(some[k].feature, await encodePicture(neuronPixels(one.picture, one.shape), 'picture'));
      }
    }
  } finally {
    progress.clear();
    device.destroy();
  }
  return found;
}
