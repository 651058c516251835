/**
 * What a filter responds to: the greatest activation of its channel in a picture, and where it is. The channel is taken where turning
 * the filter off silences it (after bias and normalization), and after the activation function that follows, if it alone reads it.
 */
import type { ConvUse } from '../engine/convolutions.js';
import * as b from '../engine/layers.js';
import { size, topological, type Node } from '../engine/graph.js';
import type { NetworkGraph } from './network.js';

/** What a picture does to the filters of some layers. */
export interface Peaks {
  /** One for each filter of these layers, layer after layer: the greatest activation. */
  readonly value: Float32Array;
  /** Its place, row by row over the layer's map (`mapOf`), the first of equals; -1 where it is in a later use of the weight. */
  readonly place: Float32Array;
}

/** The activation functions of one argument that a channel is followed through. All rise, so that the place of the maximum stays. */
const ACTIVATIONS = ['relu', 'sigmoid', 'tanh', 'softplus'];

/** `value` and `place` [N, filters] of the layers with these indices. Throws where there is no such layer. */
export function peakNodes(graph: NetworkGraph, layers: readonly number[]): { readonly value: Node; readonly place: Node } {
  const uses = usesOf(graph);
  const parts = layers.map((k) => {
    if (!uses[k]) throw new Error(`there is no layer ${k}; the network has ${uses.length}`);
    return uses[k].map((use) => peak(activation(use, graph))).reduce((x, y) => ({
      value: b.max(x.value, y.value),
      place: b.where(b.greater(y.value, x.value), b.constant(-1), x.place),
    }));
  });
  return { value: b.concat(parts.map((p) => p.value), 1), place: b.concat(parts.map((p) => p.place), 1) };
}

/** [height, width] of a layer's map, over which places are counted, and the tensor [N,K,height,width] itself. */
export function mapOf(graph: NetworkGraph, layer: number): { readonly height: number; readonly width: number; readonly node: Node } {
  const { node, map } = activation(usesOf(graph)[layer][0], graph);
  return { height: map.shape[2], width: map.shape[3], node };
}

/** The uses of each weight, layer by layer. */
function usesOf({ convs }: NetworkGraph): ConvUse[][] {
  const layers = new Map<string, ConvUse[]>();
  for (const use of convs) layers.set(use.weight, [...layers.get(use.weight) ?? [], use]);
  return [...layers.values()];
}

/** A channel's tensor as it is, and as [N,K,h,w]. */
interface Activation {
  readonly node: Node;
  readonly map: Node;
}

/**
 * The channels of a layer as [N,K,h,w] where turning one off silences it, before any activation function: a tensor for each use of its
 * weight. Throws where there is no such layer.
 */
export function channelMaps(graph: NetworkGraph, layer: number): Node[] {
  const uses = usesOf(graph)[layer];
  if (!uses) throw new Error(`there is no layer ${layer}; the network has ${usesOf(graph).length}`);
  return uses.map((use) => laidOut(use.end?.node ?? use.output, use).map);
}

function activation(use: ConvUse, { logits }: NetworkGraph): Activation {
  const nodes = topological([logits]);
  let node = use.end?.node ?? use.output;
  for (;;) {
    const readers = nodes.filter((n) => n.inputs.includes(node));
    if (readers.length !== 1 || !ACTIVATIONS.includes(readers[0].op)) break;
    [node] = readers;
  }
  return laidOut(node, use);
}

/** A tensor of a use's channels. */
function laidOut(node: Node, { output, end }: ConvUse): Activation {
  const axis = end?.axis ?? 1;
  const { shape } = node;
  const others = shape.map((_, k) => k).filter((k) => k !== 0 && k !== axis);
  const first = axis === 1 ? node : b.transpose(node, [0, axis, ...others]);
  const [N, K, ...space] = first.shape;
  const [, , H, W] = output.shape;
  // Where the map was laid flat and has as many places as the convolution's, it is read as that.
  const [h, w] = space.length === 2 ? space : size(space) === H * W ? [H, W] : [1, size(space)];
  return { node, map: space.length === 2 ? first : b.reshape(first, [N, K, h, w]) };
}

function peak({ map }: Activation): { value: Node; place: Node } {
  const [N, K, h, w] = map.shape;
  const attrs = { kernel: [h, w], stride: [1, 1], dilation: [1, 1], pads: [0, 0], output: [1, 1] } as const;
  const place = b.op('maxPoolTap', [map], attrs);
  return { value: b.reshape(b.poolGather(map, place, attrs), [N, K]), place: b.reshape(place, [N, K]) };
}
