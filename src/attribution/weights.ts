/** A network with some of its weights replaced. */
import type { Network } from '../saliency/network.js';

/** New values of weights, whole, by the network's names and in its layouts. */
export type WeightChanges = ReadonlyMap<string, Float32Array>;

/** All weights, the changed ones in place of the network's. Throws where one is none of the network's or has another size. */
export function withWeights({ weights }: Network, changes: WeightChanges = new Map()): Map<string, Float32Array> {
  const all = new Map(weights);
  for (const [name, values] of changes) {
    const own = weights.get(name);
    if (!own) throw new Error(`the network has no weight "${name}"; it has ${[...weights.keys()].slice(0, 5).join(', ')} and so on`);
    if (own.length !== values.length) throw new Error(`weight "${name}" has ${own.length} elements, got ${values.length}`);
    all.set(name, values);
  }
  return all;
}
