/** What the saliency method asks of a network, wherever it comes from (an ONNX file, a graph made by hand). */
import type { Node } from '../engine/graph.js';
import type { ConvUse } from './profile.js';

/** One convolution weight: its filters are [offset, offset + filters) of every profile. */
export interface Layer {
  /** Name of the (first) convolution node that uses it. */
  readonly node: string;
  readonly weight: string;
  readonly filters: number;
  readonly offset: number;
}

export interface NetworkGraph {
  /** The one data input, [batch, channels, height, width]. */
  readonly input: Node<'input'>;
  /** [batch, classes], before any softmax. */
  readonly logits: Node;
  readonly convs: readonly ConvUse[];
}

export interface BuildOptions {
  /** [batch, filters]: 1 keeps a filter's channel, 0 turns it off. */
  readonly channelMask?: Node;
  /** 'channel': the channel is exactly zero. 'paper': weight and batch norm shift are zeroed, as the paper has it. */
  readonly maskMode?: 'channel' | 'paper';
}

export interface Network {
  readonly layers: readonly Layer[];
  /** Values of the weights the graphs name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The same network for a batch size. */
  build(batch: number, options?: BuildOptions): NetworkGraph;
}

export const filterCount = (layers: readonly Layer[]): number => layers.reduce((n, l) => n + l.filters, 0);

/** The layer of a filter and its place in it. Throws where there is no such filter. */
export function locate(layers: readonly Layer[], index: number): { layer: Layer; filter: number } {
  const layer = layers.find((l) => index >= l.offset && index < l.offset + l.filters);
  if (!layer) throw new Error(`there is no filter ${index}; the network has ${filterCount(layers)}`);
  return { layer, filter: index - layer.offset };
}
