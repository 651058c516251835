/** Which of the most salient filters samples have in common: what makes neighbours in saliency space neighbours. */
import { isDead, type Statistics } from './standardize.js';

/**
 * The `count` filters of `among` with the highest standardized saliency (eq. 2), most salient first, ties by index; fewer where fewer are
 * there. `profile` is read from `from` on; dead filters are left out.
 */
export function topFilters(profile: ArrayLike<number>, from: number, stats: Statistics, among: ArrayLike<number>, count: number): number[] {
  const living = Array.from(among).filter((k) => !isDead(stats, k));
  const saliency = (k: number): number => (profile[from + k] - stats.mean[k]) / stats.std[k];
  return living.map((k) => [k, saliency(k)] as const).sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, count).map(([k]) => k);
}

/** A filter, and how many of the samples have it among their most salient. */
export interface SharedFilter {
  readonly filter: number;
  readonly samples: number;
}

/** The filters of some samples' lists, those in most lists first, ties by index; only what at least two lists have. */
export function sharedFilters(lists: readonly (readonly number[])[]): SharedFilter[] {
  const counts = new Map<number, number>();
  for (const list of lists) for (const filter of new Set(list)) counts.set(filter, (counts.get(filter) ?? 0) + 1);
  return [...counts].filter(([, samples]) => samples > 1).map(([filter, samples]) => ({ filter, samples }))
    .sort((a, b) => b.samples - a.samples || a.filter - b.filter);
}
