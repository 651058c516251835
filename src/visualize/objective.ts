/**
 * What a picture is made to excite: the logit of a class, a channel of a convolution, or a feature that the last layer reads. Each is a
 * number for a picture, [N], of the unit that picture is for.
 */
import * as b from '../engine/layers.js';
import { dependsOnData, type Node } from '../engine/graph.js';
import { layerAt, type Network, type NetworkGraph } from '../saliency/network.js';
import { channelMaps } from '../saliency/peaks.js';

export type Unit =
  /** The logit of class `index`. */
  | { readonly kind: 'class'; readonly index: number }
  /**
   * Channel `index` of a layer, by its place among the network's, where turning it off silences it: after bias and normalization, and
   * before the activation function, so that it has a gradient where it is not active. Its mean over all places, or the middle one.
   */
  | { readonly kind: 'channel'; readonly layer: number; readonly index: number; readonly at: 'mean' | 'centre' }
  /** Feature `index` of those that the last layer makes its logits of. */
  | { readonly kind: 'feature'; readonly index: number };

/** Units of one kind and layer have one graph. */
export const sameKind = (unit: Unit): string => (unit.kind === 'channel' ? `channel ${unit.layer} ${unit.at}` : unit.kind);

/** All units' values of such a kind: [N, units]. Throws where the network's graph has no features that a last layer reads. */
export function unitValues(graph: NetworkGraph, unit: Unit): Node {
  switch (unit.kind) {
    case 'class':
      return graph.logits;
    case 'feature':
      return penultimate(graph);
    case 'channel':
      return channelMaps(graph, unit.layer).map((map) => (unit.at === 'mean' ? means(map) : centres(map))).reduce(b.add);
  }
}

/** [N]: of each picture the value of its own unit, whose number is in `index` [N]. */
export function valuesOf(all: Node, index: Node): Node {
  const [N] = all.shape;
  return b.reshape(b.sum(b.mul(all, b.equal(b.iota(all.shape, 1), b.reshape(index, [N, 1]))), [1]), [N]);
}

/**
 * [N, features]: what the last layer, a product of features with weights, makes the logits of. Throws where the graph ends in no such
 * layer.
 */
export function penultimate({ logits }: NetworkGraph): Node {
  // From the logits back through what has one input that follows the picture: biases, reshapes, factors.
  for (let node = logits;;) {
    const following = node.inputs.filter(dependsOnData);
    if (node.op === 'matmul' && following.length === 1 && following[0].shape.length === 2) {
      const [x] = following;
      return x.shape[0] === logits.shape[0] ? x : b.transpose(x, [1, 0]);
    }
    if (node.op === 'conv' && following.length === 1) {
      const [x] = following;
      if (x.shape[2] === 1 && x.shape[3] === 1) return b.reshape(x, [x.shape[0], x.shape[1]]);
    }
    if (following.length !== 1 || node.op === 'matmul' || node.op === 'conv') {
      throw new Error('the network does not end in a layer that makes its logits of features; visualize a class or a channel instead');
    }
    [node] = following;
  }
}

/** Throws one sentence where a unit is none of the network's; `graph` is the network's for any batch. */
export function checkUnits(network: Network, graph: NetworkGraph, units: readonly Unit[]): void {
  for (const unit of units) {
    if (unit.kind === 'channel' && !network.layers[unit.layer]) layerAt(network.layers, String(unit.layer));
    const count = unitValues(graph, unit).shape[1];
    if (!Number.isInteger(unit.index) || unit.index < 0 || unit.index >= count) {
      const [what, whose] = unit.kind === 'class'
        ? ['class', 'the network has']
        : unit.kind === 'feature'
        ? ['feature', 'the last layer reads']
        : ['channel', `${network.layers[unit.layer].name} has`];
      throw new Error(`there is no ${what} ${unit.index}; ${whose} ${count}, 0 to ${count - 1}`);
    }
  }
}

const means = (map: Node): Node => b.reshape(b.mean(map, [2, 3]), map.shape.slice(0, 2));

function centres(map: Node): Node {
  const [N, K, h, w] = map.shape;
  const starts = [0, 0, Math.floor(h / 2), Math.floor(w / 2)];
  return b.reshape(b.slice(map, { starts, steps: [1, 1, 1, 1], sizes: [N, K, 1, 1] }), [N, K]);
}
