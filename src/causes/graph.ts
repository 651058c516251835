/**
 * Mistakes as a graph: each is joined to the k whose filters were salient in the most similar way, and groups are what is joined
 * within more than between: communities of highest modularity (Blondel et al., 2008, "Louvain"), by the package graphology.
 */
import { UndirectedGraph } from 'graphology';
import communities from 'graphology-communities-louvain';
import type { Neighbor } from '../saliency/neighbors.js';
import { Random } from '../saliency/random.js';

/** The package is CommonJS: what its types call the default is the module itself. */
const louvain = communities as unknown as typeof communities.default;

/** A mistake's neighbours, nearest first, each called by its place among the mistakes. */
export type NeighborLists = readonly (readonly Neighbor[])[];

export interface GroupingOptions {
  /** Neighbours that a mistake is joined to. */
  readonly k: number;
  /** Above 1 the groups are smaller, below it larger: the gamma of modularity. */
  readonly resolution: number;
  readonly seed: number;
}

/** Each mistake a node, joined to its k nearest by edges whose weight is the cosine; only those `among`, where that is given. */
export function neighborGraph(lists: NeighborLists, k: number, among?: ReadonlySet<number>): UndirectedGraph<object, { weight: number }> {
  const graph = new UndirectedGraph<object, { weight: number }>();
  lists.forEach((_, q) => {
    if (!among || among.has(q)) graph.addNode(q);
  });
  lists.forEach((list, q) => {
    if (!graph.hasNode(q)) return;
    const near = list.filter(({ index }) => graph.hasNode(index)).slice(0, k);
    for (const { index, similarity } of near) if (similarity > 0) graph.mergeEdge(q, index, { weight: similarity });
  });
  return graph;
}

/**
 * The group of each mistake, numbered from 0 in the order of size, ties by their first member. An edge weighs the cosine of the two
 * profiles; neighbours with a cosine of 0 or less are not joined. `among` leaves mistakes out, whose places in the result are -1.
 */
export function groupsOf(lists: NeighborLists, { k, resolution, seed }: GroupingOptions, among?: ReadonlySet<number>): Int32Array {
  const graph = neighborGraph(lists, k, among);
  const random = new Random(seed, lists.length);
  const found = graph.size === 0
    ? Object.fromEntries(graph.nodes().map((node, n) => [node, n]))
    : louvain(graph, { resolution, rng: () => random.uniform(), getEdgeWeight: 'weight' });
  return numbered(lists.map((_, q) => found[q] ?? -1));
}

/** Groups numbered anew by size, ties by their first member; -1 stays. */
export function numbered(groups: ArrayLike<number>): Int32Array {
  const sizes = new Map<number, { size: number; first: number }>();
  Array.from(groups).forEach((g, at) => {
    if (g < 0) return;
    const known = sizes.get(g);
    if (known) known.size++;
    else sizes.set(g, { size: 1, first: at });
  });
  const order = [...sizes].sort(([, a], [, b]) => b.size - a.size || a.first - b.first).map(([g]) => g);
  const place = new Map(order.map((g, k) => [g, k]));
  return Int32Array.from(groups, (g) => (g < 0 ? -1 : place.get(g)!));
}

/** The members of each group, in order. */
export function membersOf(groups: ArrayLike<number>): number[][] {
  const members: number[][] = [];
  Array.from(groups).forEach((g, at) => {
    if (g >= 0) (members[g] ??= []).push(at);
  });
  return members;
}
