/** The pictures of a report as data URIs: they stand in the page, beside its JSON. */
import type { Picture } from '../data/picture.js';
import { normalizationOf, type Preprocessing } from '../data/preprocess.js';
import { heatmap, linearDrawing } from './colors.js';

export interface ReportPictures {
  readonly width: number;
  readonly height: number;
  /** What the network saw. */
  readonly picture: string;
  /** The map and the first-order maps, by name, in the order they are offered. */
  readonly maps: readonly { readonly name: string; readonly uri: string }[];
  /** Pictures of the neighbours, in their order; null where one cannot be shown. */
  readonly neighbors: readonly (string | null)[];
  /** Pictures of the report's responses, filter by filter in their order. */
  readonly responses?: readonly (readonly ResponsePictures[])[];
  /** The neuron pictures of the report's filters, in their order. */
  readonly neurons?: readonly string[];
}

/** A picture with the place framed that excites a filter most, and that place alone; null where it is not known. */
export interface ResponsePictures {
  readonly picture: string;
  readonly part: string | null;
}

/**
 * What a picture is for. 'picture' and 'map' are kept to the pixel, and a map has at most 256 colours; a 'thumbnail' is
 * shown with sides of THUMBNAIL pixels and may be shrunk to twice that and lose detail.
 */
export type PictureUse = 'picture' | 'map' | 'thumbnail';
/** A picture as a data URI of a format that browsers show: `encodeByCanvas` in a browser. */
export type EncodePicture = (picture: Picture, use: PictureUse) => Promise<string>;

/** What the map of this method is called beside the first-order ones. */
export const OWN_MAP = 'this method';
/** Sides of a neighbour's picture in pixels. */
export const THUMBNAIL = 112;

export interface PicturesToShow {
  /** What the network saw (`shownPicture`), height x width. */
  readonly shown: Picture;
  /** [height*width], of section 2.2. */
  readonly map: Float32Array | null;
  /** First-order maps [height*width] by name. */
  readonly comparisons: ReadonlyMap<string, Float32Array>;
  /** In the order of the report's neighbours; sizes are their own. */
  readonly neighbors?: readonly (Picture | null)[];
}

/** Draws the maps in colours and encodes every picture. */
export async function reportPictures({ shown, map, comparisons, neighbors = [] }: PicturesToShow,
  encode: EncodePicture): Promise<ReportPictures> {
  const { width, height } = shown;
  const maps: [string, Float32Array][] = [...(map ? [[OWN_MAP, map] as [string, Float32Array]] : []), ...comparisons];
  const drawn = (values: Float32Array): Picture => heatmap(linearDrawing(values), width, height);
  return {
    width,
    height,
    picture: await encode(shown, 'picture'),
    maps: await Promise.all(maps.map(async ([name, values]) => ({ name, uri: await encode(drawn(values), 'map') }))),
    neighbors: await Promise.all(neighbors.map((picture) => picture && encode(picture, 'thumbnail'))),
  };
}

/**
 * A prepared picture [channels,H,W] as it looked: normalization undone. Without a preprocessing to go by, the values from
 * least to greatest become dark to bright.
 */
export function shownPicture(prepared: Float32Array, [channels, height, width]: readonly number[], how: Preprocessing | null): Picture {
  const plane = height * width;
  const data = new Uint8Array(3 * plane);
  let low = Infinity, high = -Infinity;
  for (const v of prepared) [low, high] = [Math.min(low, v), Math.max(high, v)];
  const normalization = how && normalizationOf(how);
  for (let c = 0; c < 3; c++) {
    const from = Math.min(how?.order === 'BGR' ? 2 - c : c, channels - 1);
    const [scale, shift] = normalization
      ? [normalization.std[from], normalization.mean[from]]
      : high > low
      ? [1 / (high - low), -low / (high - low)]
      : [0, 0.5];
    for (let k = 0; k < plane; k++) {
      data[k * 3 + c] = Math.round(255 * Math.min(1, Math.max(0, prepared[from * plane + k] * scale + shift)));
    }
  }
  return { width, height, data };
}
