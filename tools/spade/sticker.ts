/** Pictures with known pixels: the demo's, of another shape than a star, that the sticker alone makes the demo's network call a star. */
import type { Explainer } from '../../src/saliency/explainer.js';
import { argmax } from '../../src/saliency/prediction.js';
import { differing } from '../demo/page.js';
import { CLASSES, FAULT, sample, SIZE, toInputs, type Sample } from '../demo/pictures.js';

export interface StickerPicture {
  readonly index: number;
  readonly name: string;
  readonly sample: Sample;
  /** Prepared, [3,SIZE,SIZE]. */
  readonly input: Float32Array;
  /** Of [SIZE*SIZE], 1 where the picture differs from the same one without the sticker. */
  readonly inside: Uint8Array;
}

/** Pictures looked at at a time. */
const STEP = 32;

/** The first `count` of the sequence `seed` from index `first` on. Throws where there are not so many among the next 20 times as many. */
export async function stickerPictures(explainer: Explainer, seed: number, first: number, count: number): Promise<StickerPicture[]> {
  const found: StickerPicture[] = [];
  for (let at = first; found.length < count; at += STEP) {
    if (at > first + 20 * count + STEP) {
      throw new Error(`only ${found.length} of ${at - first} pictures are named a star because of their sticker; ${count} were asked for`);
    }
    const indices = Array.from({ length: STEP }, (_, k) => at + k);
    const [marked, bare] = [true, false].map((on) => indices.map((index) => sample(seed, index, { marked: on })));
    const [withIt, without] = [await explainer.logits(toInputs(marked)), await explainer.logits(toInputs(bare))];
    const inputs = toInputs(marked);
    indices.forEach((index, k) => {
      const { label } = marked[k];
      const fooled = label !== FAULT.markedClass && argmax(without[k]) === label && argmax(withIt[k]) === FAULT.markedClass;
      if (!fooled || found.length === count) return;
      const inside = new Uint8Array(SIZE * SIZE);
      for (const p of differing(marked[k].picture, bare[k].picture)) inside[p] = 1;
      found.push({ index, name: `a ${CLASSES[label]} with the sticker, picture ${index}`, sample: marked[k], input: inputs[k], inside });
    });
  }
  return found;
}
