/** A trace as arrays: the layers one after another, each [groups, rows, columns], and its support as bits. */
import { matrixOf, weightFrom, type LayerMatrix } from './layers.js';
import type { SolvedLayer } from './solve.js';

/** Weights of a layer. */
export const weightsOf = ({ groups, rows, columns }: LayerMatrix): number => groups * rows * columns;

/** 1 where a weight is kept, as bits, the first in the highest of the first byte (numpy.packbits). */
export function packedSupport(layers: readonly SolvedLayer[]): Uint8Array {
  const out = new Uint8Array(Math.ceil(layers.reduce((n, { kept }) => n + kept.length, 0) / 8));
  let bit = 0;
  for (const { kept } of layers) for (const v of kept) out[bit >> 3] |= v << (7 - (bit++ & 7));
  return out;
}

/** All layers' weights. */
export function joinedWeights(layers: readonly SolvedLayer[]): Float32Array {
  const out = new Float32Array(layers.reduce((n, { layer }) => n + weightsOf(layer), 0));
  layers.reduce((at, { layer, values }) => (out.set(matrixOf(layer, values), at), at + weightsOf(layer)), 0);
  return out;
}

/** And back: by name, as the file has them. Throws where there are more or fewer than the layers have. */
export function splitWeights(layers: readonly LayerMatrix[], values: Float32Array, name: string): Map<string, Float32Array> {
  const total = layers.reduce((n, layer) => n + weightsOf(layer), 0);
  if (values.length !== total) {
    throw new Error(`${name} has ${values.length} weights; the ${layers.length} layers of the trace have ${total}`);
  }
  let at = 0;
  return new Map(layers.map((layer) => [layer.weight, weightFrom(layer, values.subarray(at, at += weightsOf(layer)))]));
}
