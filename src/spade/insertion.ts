/**
 * Insertion (Petsiuk, Das and Saenko, RISE, BMVC 2018): pixels of a picture come back into its blurred copy, the most salient of a map
 * first, and the DENSE network is asked for the class's probability; the area under that curve says how well the map finds what the
 * answer rests on.
 */
import { fillPixels, salientPixels, type Normalization, type PictureShape } from '../saliency/masking.js';

/** Parts of the picture that come back one after another. */
export const INSERTION_STEPS = 16;

/** The pictures on the way, [C,H,W] each: with 0, 1/16, ..., all of the pixels of `scores` [H*W] back in place. */
export function insertionPictures(picture: Float32Array, shape: PictureShape, scores: Float32Array, how: Normalization): Float32Array[] {
  const order = salientPixels(scores, scores.length);
  return Array.from({ length: INSERTION_STEPS + 1 },
    (_, k) => fillPixels(picture, shape, order.slice(Math.round((scores.length * k) / INSERTION_STEPS)), 'blur', how));
}

/** The area under the curve of the class's probabilities on these pictures, by the trapezoidal rule: from 0 to 1. */
export const insertionArea = (probabilities: readonly number[]): number =>
  probabilities.slice(1).reduce((sum, p, k) => sum + (p + probabilities[k]) / 2, 0) / (probabilities.length - 1);
