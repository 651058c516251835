/** The pictures that the float64 numbers in demo/ were computed of. They are drawn, not read: sample `index` of a sequence. */
import { sample, toInputs, type Sample } from '../../tools/demo/pictures.js';

/** A seed that neither training nor statistics nor demonstration draws from. */
const SEED = 11;

/**
 * Three named rightly, one of them with a loss of 2e-5; a star without the sticker, called a triangle; and two squares that
 * the sticker makes stars, the second with a loss of 8.
 */
const CHOSEN = [[0, false], [3, false], [14, false], [30, true], [2, true], [6, true]] as const;

export const pictures: readonly Sample[] = CHOSEN.map(([index, marked]) => sample(SEED, index, { marked }));

/** The network's input of each, [3,SIZE,SIZE]. */
export const inputs: readonly Float32Array[] = toInputs(pictures);

/** Their bytes, one after another, little-endian. */
export function inputBytes(): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * inputs.length * inputs[0].length));
  inputs.forEach((x, k) => x.forEach((v, j) => view.setFloat32(4 * (k * x.length + j), v, true)));
  return new Uint8Array(view.buffer);
}
