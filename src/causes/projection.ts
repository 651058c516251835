/** Mistakes as points of a plane, near each other where their profiles are alike: UMAP (McInnes et al., 2018), by the package umap-js. */
import { UMAP } from 'umap-js';
import { Random } from '../saliency/random.js';
import type { NeighborLists } from './graph.js';

/** [x, y] of each mistake, from its neighbours alone; equal seeds give equal planes. A distance is 1 - cosine. */
export function planeOf(lists: NeighborLists, k: number, seed: number): (readonly [number, number])[] {
  const n = lists.length;
  if (n < 3) return lists.map((_, q) => [q, 0] as const);
  const random = new Random(seed, n);
  const near = Math.min(k, n - 1, ...lists.map((l) => l.length));
  // The package counts a point among its own neighbours.
  const umap = new UMAP({ nNeighbors: near + 1, random: () => random.uniform(), nComponents: 2, minDist: 0.2 });
  umap.setPrecomputedKNN(lists.map((list, q) => [q, ...list.slice(0, near).map((m) => m.index)]),
    lists.map((list) => [0, ...list.slice(0, near).map((m) => Math.max(0, 1 - m.similarity))]));
  return umap.fit(lists.map((_, q) => [q])).map(([x, y]) => [x, y] as const);
}
