/**
 * Mistakes as points of a plane, near each other where their profiles are alike: the neighbours' graph laid out by forces (ForceAtlas2,
 * Jacomy et al., 2014), by the package graphology-layout-forceatlas2.
 */
import layout from 'graphology-layout-forceatlas2';
import { Random } from '../saliency/random.js';
import { neighborGraph, type NeighborLists } from './graph.js';

/** The package is CommonJS: what its types call the default is the module itself. */
const forceAtlas2 = layout as unknown as typeof layout.default;

/** Steps of the layout, after which little moves. */
const ITERATIONS = 400;

/** [x, y] of each mistake, from its neighbours alone; equal seeds give equal planes. */
export function planeOf(lists: NeighborLists, k: number, seed: number): (readonly [number, number])[] {
  const random = new Random(seed, lists.length);
  const graph = neighborGraph(lists, k);
  graph.forEachNode((node) => graph.mergeNodeAttributes(node, { x: random.uniform(), y: random.uniform() }));
  const settings = { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: lists.length > 500 };
  const places = forceAtlas2(graph, { iterations: ITERATIONS, getEdgeWeight: 'weight', settings });
  return lists.map((_, q) => [places[q].x, places[q].y] as const);
}
