/** What features look like: the pictures that excite them most, with their exact maps and what covered squares take from them. */
import { encodePicture } from '../../src/local/encode-picture.js';
import { heatmap, linearDrawing } from '../../src/report/colors.js';
import { fileName } from '../../src/report/words.js';
import type { FeatureListing } from '../../src/sparse/reading/listing.js';
import { featureMaps, occlusion, occlusionMap } from '../../src/sparse/reading/maps.js';
import { Progress } from '../shared/progress.js';
import { notice } from '../shared/terminal.js';
import { ascentPictures, type AscentPicture } from './ascent.js';
import type { OpenedReading } from './open.js';
import { pictureReader } from './shared-page.js';
import type { ShowOptions } from './options.js';

/** A picture that excites a feature; images are data URIs, null where there is none. */
export interface Look {
  readonly row: number;
  readonly id: number;
  readonly file: string;
  readonly z: number;
  readonly picture: string | null;
  readonly map: string | null;
  readonly covered: string | null;
}

export interface FeatureLooks {
  readonly listing: FeatureListing;
  /** The picture that gradient ascent makes of the feature (of its fall, where its largest weight is negative). */
  readonly ascent: AscentPicture | null;
  readonly looks: readonly Look[];
}

/** Squares are covered in so many pictures of each feature: a forward pass for each square. */
const COVERED = 2;

/** Without pictures, or with `maps: false`, there are no maps. */
export async function featureLooks(listings: readonly FeatureListing[], opened: OpenedReading,
  options: Pick<ShowOptions, 'maps' | 'visualize' | 'adapter' | 'quiet'>): Promise<FeatureLooks[]> {
  const { maps, quiet } = options, { held, network } = opened;
  if (!held.run && !quiet) notice(`${held.name} are arrays, whose pictures are not known: the page lists rows and no pictures.`);
  const shape = held.run?.run.meta.model.pictureShape;
  const asked = maps && held.run ? await network() : null;
  const ascents = await ascentPictures(listings, opened, options);
  const reader = pictureReader(held);
  const progress = new Progress(listings.length, 0, { quiet });
  const found: FeatureLooks[] = [];
  try {
    for (const listing of listings) {
      const read = await Promise.all(listing.exciting.map(async (e) => ({ ...e, ...held.picture(e.row), look: await reader.read(e.row) })));
      const there = read.flatMap((r) => (r.look ? [r.look.prepared] : []));
      const drawn = asked && shape && there.length > 0 ? await featureMaps(asked, there, there.map(() => listing.feature), shape) : [];
      let at = 0;
      const looks: Look[] = [];
      for (const [k, { row, id, path, z, look }] of read.entries()) {
        const map = look && drawn.length > 0 ? drawn[at++] : null;
        const hidden = look && asked && shape && k < COVERED
          ? occlusionMap(await occlusion(asked, look.prepared, listing.feature, shape), shape).map((v) => Math.max(0, listing.sign * v))
          : null;
        const encode = (values: Float32Array | null): Promise<string> | null =>
          values && shape ? encodePicture(heatmap(linearDrawing(values), shape[2], shape[1]), 'thumbnail') : null;
        looks.push({ row, id, file: path === null ? `row ${id}` : fileName(path), z,
          picture: look && await encodePicture(look.seen, 'thumbnail'), map: await encode(map), covered: await encode(hidden) });
      }
      found.push({ listing, looks, ascent: ascents.get(listing.feature) ?? null });
      progress.update(found.length);
    }
  } finally {
    progress.clear();
    reader.close();
  }
  return found;
}
