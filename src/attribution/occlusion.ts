/**
 * Occlusion (Zeiler and Fergus, arXiv 1311.2901): a window of `window` pixels a side, its values 0 in all channels, is moved over the
 * picture in steps of `stride` from 0, ceil((H - window) / stride) + 1 of them and the last cut off; a pixel's value is the mean, over the
 * windows that cover it, of how far the logit falls.
 */
import type { Draws } from './draws.js';
import { inAllChannels, type Score } from './squares.js';

interface WindowPlace {
  readonly top: number;
  readonly left: number;
  /** First row and column below and to the right. */
  readonly bottom: number;
  readonly right: number;
}

/** The map [C,H,W] of a picture. */
export async function occlusion(picture: Float32Array, shape: readonly number[], { window, stride }: Draws,
  score: Score): Promise<Float32Array> {
  const places = windowPlaces(shape, window, stride);
  const [whole, ...hidden] = await score(places.length + 1, (k) => k === 0 ? picture : withHidden(picture, shape, places[k - 1]));
  const map = meanDrop(places, hidden.map((v) => whole - v), shape);
  return inAllChannels(picture, map.length, (pixel) => map[pixel]);
}

function windowPlaces([, height, width]: readonly number[], window: number, stride: number): WindowPlace[] {
  const starts = (n: number): number[] => Array.from({ length: Math.max(0, Math.ceil((n - window) / stride)) + 1 }, (_, k) => k * stride);
  return starts(height).flatMap((top) =>
    starts(width).map((left) => ({ top, left, bottom: Math.min(height, top + window), right: Math.min(width, left + window) }))
  );
}

/** The picture [C,H,W] with a window hidden. */
function withHidden(picture: Float32Array, [channels, height, width]: readonly number[], place: WindowPlace): Float32Array {
  const out = picture.slice();
  for (let c = 0; c < channels; c++) {
    for (let y = place.top; y < place.bottom; y++) {
      out.fill(0, (c * height + y) * width + place.left, (c * height + y) * width + place.right);
    }
  }
  return out;
}

/** [H*W]: the mean of the drops of the windows over a pixel; 0 where there is none. */
function meanDrop(places: readonly WindowPlace[], drops: ArrayLike<number>, [, height, width]: readonly number[]): Float64Array {
  const sum = new Float64Array(height * width), count = new Float64Array(height * width);
  places.forEach(({ top, left, bottom, right }, k) => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        sum[y * width + x] += drops[k];
        count[y * width + x]++;
      }
    }
  });
  return sum.map((v, k) => v / Math.max(1, count[k]));
}
