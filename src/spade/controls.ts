/** Networks as sparse as a trace that know nothing of the picture: layer by layer as many weights kept, by size or at random. */
import { block } from '../data/philox.js';
import type { SolvedLayer } from './solve.js';

/** What Philox's second word of the key is for weights that are kept at random. */
export const CONTROL_PURPOSE = 42;

type Weights = ReadonlyMap<string, Float32Array>;

/** The largest weights of each layer, ties to the lower index; what is kept is as it was. */
export const magnitudeControl = (layers: readonly SolvedLayer[], dense: Weights): Map<string, Float32Array> =>
  keepMost(layers, dense, (w) => w.map(Math.abs));

/** Weights at random: those of the largest words of Philox's stream (seed, 42), tensor the layer's place, model `picture`. */
export const randomControl = (layers: readonly SolvedLayer[], dense: Weights, seed: number, picture: number): Map<string, Float32Array> =>
  keepMost(layers, dense, (w, layer) => {
    const stream = { seed, purpose: CONTROL_PURPOSE, tensor: layer, model: picture };
    const words = Float64Array.from({ length: 4 * Math.ceil(w.length / 4) });
    for (let k = 0; k < words.length; k += 4) words.set(block(stream, k / 4), k);
    return words.subarray(0, w.length);
  });

function keepMost(layers: readonly SolvedLayer[], dense: Weights,
  score: (weight: Float32Array, layer: number) => ArrayLike<number>): Map<string, Float32Array> {
  return new Map(layers.map(({ layer: { weight }, kept }, k) => {
    const own = dense.get(weight)!;
    const scores = score(own, k);
    const count = kept.reduce((n, v) => n + v, 0);
    const order = Array.from(own, (_, j) => j).sort((a, b) => scores[b] - scores[a] || a - b);
    const out = new Float32Array(own.length);
    for (const j of order.slice(0, count)) out[j] = own[j];
    return [weight, out];
  }));
}
