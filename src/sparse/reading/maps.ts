/**
 * What a feature looks like in a picture: the exact gradient of the feature, and what it becomes where a square of the picture is covered.
 * The squares stand in for the superpixels of the paper's LIME, and there is no regression: it is not LIME.
 */
import { pixelMap } from '../../saliency/input.js';
import { fillPixels, type PictureShape } from '../../saliency/masking.js';
import type { FeatureNetwork } from './feature-network.js';

/** [H*W] for each picture: max over channels of |dx_j / dpixel| for its feature. Throws as `FeatureNetwork.gradients`. */
export async function featureMaps(network: FeatureNetwork, pictures: readonly Float32Array[], features: readonly number[],
  shape: PictureShape): Promise<Float32Array[]> {
  return (await network.gradients(pictures, features)).map((gradient) => pixelMap(gradient, shape));
}

/** Squares of a picture, and what covering each takes from a feature. */
export interface Occlusion {
  /** Pixels of a square's side; those at the right and the bottom may be cut. */
  readonly side: number;
  readonly rows: number;
  readonly columns: number;
  /** The feature of the whole picture less that without a square, which is filled with the mean colour: rows * columns of them. */
  readonly drop: Float32Array;
}

/** Squares along the longer side of a picture. */
export const SQUARES = 7;

/** Throws as `FeatureNetwork.values`, and where there are no squares. */
export async function occlusion(network: FeatureNetwork, picture: Float32Array, feature: number, shape: PictureShape,
  squares = SQUARES): Promise<Occlusion> {
  const [, height, width] = shape;
  if (!Number.isInteger(squares) || squares < 1) throw new Error(`a picture is covered by a whole number of squares, not by ${squares}`);
  const side = Math.max(1, Math.ceil(Math.max(height, width) / squares));
  const rows = Math.ceil(height / side), columns = Math.ceil(width / side);
  const covered = Array.from({ length: rows * columns }, (_, k) => {
    const top = Math.floor(k / columns) * side, left = (k % columns) * side;
    const pixels: number[] = [];
    for (let y = top; y < Math.min(height, top + side); y++) {
      for (let x = left; x < Math.min(width, left + side); x++) pixels.push(y * width + x);
    }
    return fillPixels(picture, shape, pixels, 'mean', null);
  });
  const [whole, ...without] = (await network.values([picture, ...covered])).map((v) => v.features[feature]);
  return { side, rows, columns, drop: Float32Array.from(without, (v) => whole - v) };
}

/** The map [H*W] in which each pixel has the drop of its square. */
export function occlusionMap({ side, columns, drop }: Occlusion, [, height, width]: PictureShape): Float32Array {
  return Float32Array.from({ length: height * width },
    (_, p) => drop[Math.floor(Math.floor(p / width) / side) * columns + Math.floor((p % width) / side)]);
}

/** The share of a map's sum that lies where `outside` [H*W] is 1; null where the map is 0 everywhere. */
export function shareOutside(map: ArrayLike<number>, outside: Uint8Array): number | null {
  let all = 0, out = 0;
  for (let k = 0; k < map.length; k++) {
    all += map[k];
    if (outside[k]) out += map[k];
  }
  return all > 0 ? out / all : null;
}
