/**
 * Insertion and deletion (Petsiuk, Das and Saenko, "RISE", arXiv 1806.07421): how fast the probability of a class rises as pixels of the
 * picture are put into a blurred copy of it, and falls as they are replaced by the mean colour, the pixels of the highest score first.
 * Declared: ties by index; `steps` equal steps (rounded to whole pixels); the blur is that of masking.ts, the mean colour is 0 in a
 * normalized picture; softmax over all classes; areas by trapezoids over the share of pixels, 0 to 1.
 */
import { filling, putPixels, salientPixels } from './masking.js';
import { probability } from './prediction.js';

export const INSERTION_STEPS = 10;

/** Areas under the two curves: insertion is better high, deletion low. */
export interface CausalAreas {
  readonly insertion: number;
  readonly deletion: number;
}

/**
 * For each map of scores [H*W] of one prepared picture [C,H,W]. `answer` gives the logits of pictures, of the network that is asked.
 * Throws where a map has not one score a pixel, or the steps are no whole number of at least 1.
 */
export async function causalAreas(maps: readonly Float32Array[], picture: Float32Array, shape: readonly number[], target: number,
  answer: (pictures: readonly Float32Array[]) => Promise<readonly Float32Array[]>, steps = INSERTION_STEPS): Promise<CausalAreas[]> {
  const [, height, width] = shape;
  const pixels = height * width;
  if (!Number.isInteger(steps) || steps < 1) throw new Error(`insertion takes a whole number of steps of at least 1, got ${steps}`);
  if (maps.some((map) => map.length !== pixels)) {
    throw new Error(`a map has ${maps.find((map) => map.length !== pixels)!.length} scores; the picture has ${pixels} pixels`);
  }
  const [blurred, mean] = [filling(picture, shape, 'blur', null), filling(picture, shape, 'mean', null)];
  const counts = Array.from({ length: steps + 1 }, (_, k) => Math.round((k * pixels) / steps));
  const changed = maps.flatMap((map) => {
    const order = salientPixels(map, pixels);
    return counts.flatMap((n) => {
      const first = order.slice(0, n);
      return [putPixels(blurred, shape, first, picture), putPixels(picture, shape, first, mean)];
    });
  });
  const values = (await answer(changed)).map((logits) => probability(logits, target));
  const each = 2 * counts.length;
  return maps.map((_, m) => {
    const curve = (offset: number): number[] => counts.map((__, k) => values[m * each + 2 * k + offset]);
    return { insertion: area(curve(0), counts, pixels), deletion: area(curve(1), counts, pixels) };
  });
}

function area(values: readonly number[], counts: readonly number[], pixels: number): number {
  return values.slice(1).reduce((sum, v, k) => sum + ((v + values[k]) / 2) * ((counts[k + 1] - counts[k]) / pixels), 0);
}
