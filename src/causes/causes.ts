/**
 * From many mistakes to a few causes: mistakes whose filters were salient in the same way are one group, and what a group's members
 * share beyond chance is what they are blamed on. Profiles in, groups out; no files.
 */
import type { Device } from '../engine/device.js';
import type { Backend } from '../engine/run/backend.js';
import { locate, type Layer } from '../saliency/network.js';
import { nearestOfEach } from '../saliency/neighbors.js';
import { groupsOf, membersOf, type GroupingOptions, type NeighborLists } from './graph.js';
import { sharedBeyondChance, type SharedBeyondChance } from './shared.js';
import { spareNeighbors, stabilityOf } from './stability.js';

/** A mistake: what it is and what it was taken for. */
export interface Mistake {
  readonly label: number;
  readonly predicted: number;
}

/** Mistakes that one thing may have caused. */
export interface Cause {
  /** Places among the mistakes, the most typical first: by the mean cosine with the other members. */
  readonly members: readonly number[];
  /** That mean cosine, member by member. */
  readonly typicality: readonly number[];
  /** What was taken for what, most frequent first. */
  readonly confusions: readonly (Mistake & { readonly count: number })[];
  /** The filters that mark the group (`sharedBeyondChance`). */
  readonly shared: readonly SharedBeyondChance[];
  /** How many of the shared filters lie in which layer, in the network's order; layers without any are left out. */
  readonly layers: readonly { readonly layer: string; readonly filters: number }[];
  /** How sure the group is: mean Jaccard index over resamples; null where the groups were given. */
  readonly jaccard: number | null;
}

export interface Causes {
  /** The largest first. */
  readonly causes: readonly Cause[];
  /** The place of each mistake's cause. */
  readonly groups: Int32Array;
  /** How sure the grouping is: mean adjusted Rand index over resamples; null where the groups were given. */
  readonly adjustedRand: number | null;
}

/** Each mistake's nearest among the others, and enough of them for resamples. `rows` [mistakes, width] are unit rows (`writeUnitRow`). */
export const nearestMistakes = (computer: Device | Backend, rows: Float32Array, width: number, k: number): Promise<NeighborLists> =>
  nearestOfEach(computer, rows, width, spareNeighbors(k));

/** What causes are made of. */
export interface CausesInput {
  readonly mistakes: readonly Mistake[];
  /** [mistakes, width], unit rows. */
  readonly rows: Float32Array;
  readonly width: number;
  readonly neighbors: NeighborLists;
  /** The most salient filters of each mistake, by their numbers in the network. */
  readonly tops: readonly (readonly number[])[];
  readonly layers: readonly Layer[];
  /** How many filters were looked at for `tops`: what the correction of the test is for. */
  readonly filters: number;
  /** The group of each mistake, where they are grouped by something else than their neighbours. */
  readonly given?: Int32Array;
}

/** Groups the mistakes and describes each group. Throws where there are fewer than three mistakes. */
export function findCauses({ mistakes, rows, width, neighbors, tops, layers, filters, given }: CausesInput, options: GroupingOptions,
  resamples?: number): Causes {
  if (mistakes.length < 3) throw new Error(`there are ${mistakes.length} mistakes, too few to be grouped; give a run with more`);
  const groups = given ?? groupsOf(neighbors, options);
  const stability = given ? null : stabilityOf(neighbors, groups, options, resamples);
  const causes = membersOf(groups).map((members, g): Cause => {
    const typical = typicalityOf(rows, width, members);
    const order = members.map((_, k) => k).sort((a, b) => typical[b] - typical[a] || members[a] - members[b]);
    const shared = sharedBeyondChance(tops, members, filters);
    return {
      members: order.map((k) => members[k]),
      typicality: order.map((k) => typical[k]),
      confusions: confusionsOf(members.map((m) => mistakes[m])),
      shared,
      layers: layersOf(shared.map((s) => s.filter), layers),
      jaccard: stability?.jaccard[g] ?? null,
    };
  });
  return { causes, groups, adjustedRand: stability?.adjustedRand ?? null };
}

/** Each member's mean cosine with the others; 1 for a member that is alone. */
function typicalityOf(rows: Float32Array, width: number, members: readonly number[]): number[] {
  if (members.length === 1) return [1];
  const sum = new Float64Array(width);
  for (const m of members) for (let k = 0; k < width; k++) sum[k] += rows[m * width + k];
  return members.map((m) => {
    let along = 0, own = 0;
    for (let k = 0; k < width; k++) {
      const v = rows[m * width + k];
      along += v * sum[k];
      own += v * v;
    }
    return (along - own) / (members.length - 1);
  });
}

function confusionsOf(mistakes: readonly Mistake[]): Cause['confusions'] {
  const counts = new Map<string, Mistake & { count: number }>();
  for (const { label, predicted } of mistakes) {
    const key = `${label} ${predicted}`, known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { label, predicted, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
}

function layersOf(filters: readonly number[], layers: readonly Layer[]): Cause['layers'] {
  const counts = new Map<Layer, number>();
  for (const filter of filters) {
    const { layer } = locate(layers, filter);
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  return layers.flatMap((layer) => (counts.has(layer) ? [{ layer: layer.name, filters: counts.get(layer)! }] : []));
}
