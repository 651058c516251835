/** The features of a network in its graph: what its last matrix product reads, and which filters' channels they are pooled from. */
import type { ConvUse } from '../../engine/convolutions.js';
import { dependsOnData, topological, type Node } from '../../engine/graph.js';
import { filterCount, type Layer, type NetworkGraph } from '../../saliency/network.js';

/**
 * The features [batch, features] of a graph: those that it names itself, else the input of the last matrix product of data with weights
 * before the logits. Throws one sentence where there is none.
 */
export function penultimate(graph: NetworkGraph): Node {
  if (graph.penultimate) return graph.penultimate();
  const { logits } = graph;
  const found = topological([logits]).reverse().find((node): node is Node<'matmul'> => {
    if (node.op !== 'matmul') return false;
    const [x, w] = node.inputs;
    return dependsOnData(x) && !dependsOnData(w) && x.shape.length === 2 && x.shape[0] === logits.shape[0];
  });
  if (!found || (found.attrs as { transA: boolean }).transA) {
    throw new Error('the network ends in no matrix product of features with weights (Gemm or MatMul), so it has no features to read');
  }
  return found.inputs[0];
}

/** Ops between a map and what is pooled from it, which keep its channels apart. */
const POOLS = ['reshape', 'sum', 'mul', 'div', 'windowSum', 'poolGather', 'maxPoolTap', 'maximum', 'relu'];

/**
 * For each feature the filter, among all the network's, whose channel it is the pool of: that of the deepest convolution with as many
 * filters before the last map. Null where features are no pooled channels (those of VGG are units of a layer of their own).
 */
export function pooledFilters(graph: NetworkGraph, layers: readonly Layer[]): number[] | null {
  const features = penultimate(graph);
  const [, count] = features.shape;
  let map: Node = features;
  // Back through the pooling to the map, whose places are more than one.
  while (!(map.shape.length === 4 && map.shape[1] === count && map.shape[2] * map.shape[3] > 1)) {
    if (!POOLS.includes(map.op)) return null;
    const from = map.inputs.filter(dependsOnData);
    if (from.length === 0) return null;
    [map] = from;
  }
  const before = new Set(topological([map]));
  const uses = graph.convs.filter(({ output }) => output.shape[1] === count && before.has(output));
  if (uses.length === 0) return null;
  // Of those that a residual sum adds up, the deepest: a shortcut's convolution has fewer before it.
  const depth = (use: ConvUse): number => {
    const reached = new Set(topological([use.output]));
    return graph.convs.filter(({ output }) => reached.has(output)).length;
  };
  const last = uses.reduce((a, b) => (depth(b) >= depth(a) ? b : a));
  const layer = layers.find(({ weight, filters }) => weight === last.weight && filters === count);
  if (!layer || layer.offset + count > filterCount(layers)) return null;
  return Array.from({ length: count }, (_, j) => layer.offset + j);
}
