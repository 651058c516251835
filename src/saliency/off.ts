/** Turning filters off (section 3.1): masks for a network built with a channel mask, and what it then answers. */
import type { MaskMode } from '../engine/convolutions.js';
import type { Explainer } from './explainer.js';
import { filterCount } from './network.js';
import { argmax, probability } from './prediction.js';

/** [filters], ones, and zeros at the given filters. Throws where there is no such filter. */
export function maskOf(off: readonly number[], filters: number): Float32Array {
  const mask = new Float32Array(filters).fill(1);
  for (const k of off) {
    if (!Number.isInteger(k) || k < 0 || k >= filters) throw new Error(`there is no filter ${k}; the network has ${filters}`);
    mask[k] = 0;
  }
  return mask;
}

/** What a changed network says of a picture. */
export interface Answer {
  /** Softmax at the class the unchanged network gave. */
  readonly wrong: number;
  /** Softmax at the label. */
  readonly label: number;
  /** The class given now. */
  readonly predicted: number;
}

/** Logits [classes] of a changed network as an answer; `predicted` is the class the unchanged one gave. */
export function answerOf(logits: ArrayLike<number>, label: number, predicted: number): Answer {
  return { wrong: probability(logits, predicted), label: probability(logits, label), predicted: argmax(logits) };
}

/** A prepared picture [C,H,W], its label, and the class the unchanged network gives. */
export interface Subject {
  readonly picture: Float32Array;
  readonly label: number;
  readonly predicted: number;
}

/**
 * The answers to each subject with each of the sets of filters off: [subject][set]. A set is a sample of the batch with a
 * mask of its own, so that whole curves of several pictures are one call. Throws as `maskOf` and `Explainer.logits` do.
 */
export async function turnOffEach(explainer: Explainer, subjects: readonly Subject[], sets: readonly (readonly number[])[],
  mode: MaskMode = 'channel'): Promise<Answer[][]> {
  const filters = filterCount(explainer.network.layers);
  const masks = sets.map((set) => maskOf(set, filters));
  const rows = await explainer.logits(subjects.flatMap(({ picture }) => masks.map(() => picture)), subjects.flatMap(() => masks), mode);
  return subjects.map(({ label, predicted }, s) => sets.map((_, k) => answerOf(rows[s * sets.length + k], label, predicted)));
}

/** The answers to one picture [C,H,W] with each of the sets of filters off. Throws as `turnOffEach` does. */
export async function turnOff(
  explainer: Explainer,
  picture: Float32Array,
  label: number,
  predicted: number,
  sets: readonly (readonly number[])[],
  mode?: MaskMode
): Promise<Answer[]> {
  return (await turnOffEach(explainer, [{ picture, label, predicted }], sets, mode))[0];
}
