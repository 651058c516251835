/** The pictures of a report as data URIs: they stand in the page, beside its JSON. */
import sharp from 'sharp';
import type { Picture } from '../data/picture.js';
import type { Preprocessing } from '../data/preprocess.js';
import { heatmap, ours } from './colors.js';

export interface ReportPictures {
  readonly width: number;
  readonly height: number;
  /** What the network saw. */
  readonly picture: string;
  /** Of the map and of the first-order maps, by name, in the order they are offered. */
  readonly maps: readonly { readonly name: string; readonly uri: string }[];
  /** Of the neighbours, in their order; null where one cannot be shown. */
  readonly neighbors: readonly (string | null)[];
}

/** What the map of this method is called beside the first-order ones. */
export const OWN_MAP = 'this method';
/** Sides of a neighbour's picture in pixels. */
const THUMBNAIL = 112;
export async function reportPictures(of: {
  readonly shown: Picture;
  readonly map: Float32Array | null;
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  readonly neighbors?: readonly (Picture | null)[];
}): Promise<ReportPictures> {
  const { shown, map, comparisons, neighbors = [] } = of;
  const { width, height } = shown;
  const all: [string, Float32Array][] = [...(map ? [[OWN_MAP, map] as [string, Float32Array]] : []), ...comparisons];
  return {
    width,
    height,
    picture: await png(shown),
    maps: await Promise.all(all.map(async ([name, values]) => ({ name, uri: await png(heatmap(ours(values), width, height), true) }))),
    neighbors: await Promise.all(neighbors.map((picture) => picture && thumbnail(picture))),
  };
}

/**
 * A prepared picture [3,H,W] as it looked: normalization undone. Without a preprocessing to go by, the values from least
 * to greatest become dark to bright.
 */
export function shownPicture(prepared: Float32Array, [channels, height, width]: readonly number[], how: Preprocessing | null): Picture {
  const plane = height * width;
  const data = new Uint8Array(3 * plane);
  let low = Infinity, high = -Infinity;
  for (const v of prepared) [low, high] = [Math.min(low, v), Math.max(high, v)];
  for (let c = 0; c < 3; c++) {
    const from = Math.min(c, channels - 1);
    const [scale, shift] = how ? [how.std[from], how.mean[from]] : high > low ? [1 / (high - low), -low / (high - low)] : [0, 0.5];
    for (let k = 0; k < plane; k++) {
      data[k * 3 + c] = Math.round(255 * Math.min(1, Math.max(0, prepared[from * plane + k] * scale + shift)));
    }
  }
  return { width, height, data };
}

/** A map has no more than 256 colours. */
async function png({ data, width, height }: Picture, palette = false): Promise<string> {
  return dataUri('png', await sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 9, palette }).toBuffer());
}

async function thumbnail({ data, width, height }: Picture): Promise<string> {
  const small = Math.max(width, height) <= THUMBNAIL;
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  return small ?
    dataUri('png', await image.png().toBuffer())
    : dataUri('jpeg',
      await image.resize(2 * THUMBNAIL, 2 * THUMBNAIL, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality: 80 }).toBuffer());
}

const dataUri = (type: 'png' | 'jpeg', bytes: Buffer): string => `data:image/${type};base64,${bytes.toString('base64')}`;
