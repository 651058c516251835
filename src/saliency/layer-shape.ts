/** A profile from afar: in which layers a picture stands out. Networks whose filters have no common names can be compared by it. */
import type { Layer } from './network.js';
import { standardize, type Statistics } from './standardize.js';

/**
 * [layers]: the mean standardized saliency (eq. 2) of each layer's filters, less their mean over the layers, of length 1; zeros where all
 * are the same. `profile` is [all filters].
 */
export function layerShape(profile: ArrayLike<number>, layers: readonly Layer[], stats: Statistics): Float64Array {
  const s = standardize(profile, stats);
  const means = layers.map(({ offset, filters }) => s.subarray(offset, offset + filters).reduce((sum, v) => sum + v, 0) / filters);
  const mean = means.reduce((sum, v) => sum + v, 0) / layers.length;
  const norm = Math.sqrt(means.reduce((sum, v) => sum + (v - mean) ** 2, 0));
  return Float64Array.from(means, (v) => (norm > 0 ? (v - mean) / norm : 0));
}
