/** How sure a grouping is: what becomes of it, and of each group, when a part of the mistakes is left out. */
import { Random } from '../saliency/random.js';
import { groupsOf, membersOf, type GroupingOptions, type NeighborLists } from './graph.js';

/** Share of the mistakes that a resample keeps, and how many resamples there are. */
export const KEPT = 0.8, RESAMPLES = 50;

/**
 * A group is called stable from this mean Jaccard index on. Hennig (2007, "Cluster-wise assessment of cluster stability") calls groups
 * below 0.6 not to be trusted, and valid from 0.75 on in bootstrap resamples, highly stable from 0.85 on. Four fifths of the mistakes
 * disturb less than a bootstrap does, and groups of noise reach 0.76 (test/causes), so that the stricter one counts here.
 */
export const STABLE = 0.85, DOUBTFUL = 0.6;

/** Neighbours to find for each mistake, so that k of them are left in nearly every resample. */
export const spareNeighbors = (k: number): number => Math.ceil(k / KEPT) + 6;

export interface Stability {
  /** Mean adjusted Rand index between the grouping and that of a resample, over the mistakes that it keeps. */
  readonly adjustedRand: number;
  /** For each group, the mean over resamples of the Jaccard index with the group there that is most like it. */
  readonly jaccard: readonly number[];
}

/** Groups `RESAMPLES` random parts of the mistakes anew and compares. */
export function stabilityOf(lists: NeighborLists, groups: ArrayLike<number>, options: GroupingOptions, resamples = RESAMPLES): Stability {
  const count = membersOf(groups).length, keep = Math.max(2, Math.round(KEPT * lists.length));
  const jaccard = Array.from({ length: count }, () => ({ sum: 0, times: 0 }));
  let rand = 0;
  for (let n = 0; n < resamples; n++) {
    const kept = new Set(new Random(options.seed, n, lists.length).choose(keep, lists.length));
    const again = groupsOf(lists, { ...options, seed: options.seed + n + 1 }, kept);
    const before = Int32Array.from(groups, (g, at) => (kept.has(at) ? g : -1));
    rand += adjustedRandIndex(before, again);
    const there = membersOf(again);
    membersOf(before).forEach((members, g) => {
      if (!members || members.length === 0) return;
      jaccard[g].sum += Math.max(...there.map((other) => overlap(members, other)));
      jaccard[g].times++;
    });
  }
  return { adjustedRand: rand / resamples, jaccard: jaccard.map(({ sum, times }) => (times === 0 ? 0 : sum / times)) };
}

/** The share of two sets' union that both have. */
function overlap(a: readonly number[], b: readonly number[]): number {
  const inA = new Set(a);
  const both = b.reduce((n, at) => n + (inA.has(at) ? 1 : 0), 0);
  return both / (a.length + b.length - both);
}

/**
 * The adjusted Rand index of two groupings (Hubert and Arabie, 1985): 1 where they are the same, 0 on average where they are unrelated.
 * Places that are below 0 in either are left out. 1 where neither tells any two apart.
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`two groupings of ${a.length} and ${b.length} things cannot be compared`);
  const rows = new Map<number, number>(), columns = new Map<number, number>(), cells = new Map<string, number>();
  const more = <K>(counts: Map<K, number>, key: K): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);
  let n = 0;
  for (let k = 0; k < a.length; k++) {
    if (a[k] < 0 || b[k] < 0) continue;
    n++;
    more(rows, a[k]);
    more(columns, b[k]);
    more(cells, `${a[k]} ${b[k]}`);
  }
  const pairs = (counts: Iterable<number>): number => [...counts].reduce((sum, c) => sum + c * (c - 1) / 2, 0);
  const inA = pairs(rows.values()), inB = pairs(columns.values()), expected = inA * inB / (n * (n - 1) / 2);
  const most = (inA + inB) / 2;
  return n < 2 || most === expected ? 1 : (pairs(cells.values()) - expected) / (most - expected);
}
