/** Other things to group mistakes by than their filters: layers, and pairs of classes. */
import type { Layer } from '../saliency/network.js';
import { isDead, type Statistics } from '../saliency/standardize.js';
import type { Mistake } from './causes.js';

/** The mean standardized saliency of each layer's living filters, less their mean, of length 1: what a profile looks like from afar. */
export function shapeOf(layers: readonly Layer[], stats: Statistics): (profiles: ArrayLike<number>, from: number) => Float64Array {
  return (profiles, from) => {
    const means = layers.map(({ offset, filters }) => {
      let sum = 0, living = 0;
      for (let f = offset; f < offset + filters; f++) {
        if (isDead(stats, f)) continue;
        sum += (profiles[from + f] - stats.mean[f]) / stats.std[f];
        living++;
      }
      return living === 0 ? 0 : sum / living;
    });
    const mean = means.reduce((a, b) => a + b, 0) / means.length;
    const norm = Math.sqrt(means.reduce((sum, v) => sum + (v - mean) ** 2, 0));
    return Float64Array.from(means, (v) => (norm > 0 ? (v - mean) / norm : 0));
  };
}

/** A number for each label and answer. */
export function pairsOf(mistakes: readonly Mistake[]): number[] {
  const pairs = new Map<string, number>();
  return mistakes.map(({ label, predicted }) => {
    const key = `${label} ${predicted}`;
    if (!pairs.has(key)) pairs.set(key, pairs.size);
    return pairs.get(key)!;
  });
}
