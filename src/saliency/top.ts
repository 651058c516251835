/** The filters that an answer is blamed on, by name. */
import { locate, type Layer } from './network.js';
import { rankFilters, standardize, type Statistics } from './standardize.js';

export interface TopFilter {
  /** Its number in the network. */
  readonly index: number;
  /** Its layer, and its channel there. */
  readonly layer: Layer;
  readonly filter: number;
  /** Eq. 2 where there are statistics, else eq. 1. */
  readonly saliency: number;
}

/**
 * The `count` most salient filters of a profile [filters], most salient first: by eq. 2 with statistics, without dead ones; by eq. 1
 * where `stats` is null, which favours the layers whose gradients are always large. Throws where the statistics are of another network.
 */
export function topFilters(profile: ArrayLike<number>, layers: readonly Layer[], stats: Statistics | null, count = 10): TopFilter[] {
  const saliency = stats ? standardize(profile, stats) : profile;
  return rankFilters(saliency, stats).slice(0, count).map((index) => ({ index, ...locate(layers, index), saliency: saliency[index] }));
}
