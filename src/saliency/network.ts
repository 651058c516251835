/** What the saliency method asks of a network, wherever it comes from (an ONNX file, a graph made by hand). */
import type { ConvUse, Layer, MaskOptions } from '../engine/convolutions.js';
import type { Node } from '../engine/graph.js';

export type { Layer } from '../engine/convolutions.js';

export interface NetworkGraph {
  /** The one data input, [batch, channels, height, width]. */
  readonly input: Node<'input'>;
  /** [batch, classes], before any softmax. */
  readonly logits: Node;
  /** In the order in which filters are numbered. */
  readonly convs: readonly ConvUse[];
  /** The features its classes are sums of, [batch, features]. Throws one sentence where there are none. */
  penultimate?(): Node;
  /** What a file calls the operation that a node belongs to; undefined where it is none of the file's. */
  readonly origin?: (node: Node) => Origin | undefined;
}

/** A node of a network's file: its op there ('Conv'), and its name. */
export interface Origin {
  readonly op: string;
  readonly name: string;
}

export interface Network {
  readonly layers: readonly Layer[];
  /** Values of the weights the graphs name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Pictures in a batch at most, where the network cannot be built for more. */
  readonly most?: number;
  /** The same network for a batch size. */
  build(batch: number, options?: MaskOptions): NetworkGraph;
}

/** A batch that the network can be built for. */
export const atMost = (batch: number, { most = Infinity }: Network): number => Math.min(batch, most);

/** The number of all the layers' filters. */
export const filterCount = (layers: readonly Layer[]): number => layers.reduce((n, l) => n + l.filters, 0);

/** The layer of a filter and its place in it. Throws where there is no such filter. */
export function locate(layers: readonly Layer[], index: number): { layer: Layer; filter: number } {
  const layer = layers.find((l) => index >= l.offset && index < l.offset + l.filters);
  if (!layer) throw new Error(`there is no filter ${index}; the network has ${filterCount(layers)}`);
  return { layer, filter: index - layer.offset };
}

/**
 * The place among the layers of the one that a user means: by its name, by that of its node or weight, or by its index from 0. Throws one
 * sentence where there is none.
 */
export function layerAt(layers: readonly Layer[], text: string): number {
  for (const key of ['name', 'node', 'weight'] as const) {
    const k = layers.findIndex((l) => l[key] === text);
    if (k >= 0) return k;
  }
  if (/^\d+$/.test(text) && Number(text) < layers.length) return Number(text);
  throw new Error(
    `there is no layer ${text}; the model has 0 (${layers[0].name}) to ${layers.length - 1} (${layers[layers.length - 1].name})`
  );
}

/** Throws where a label is no class of a network. */
export function checkLabel(label: number, classes: number): void {
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw new Error(`label ${label} is out of range: the network has ${classes} classes, 0 to ${classes - 1}`);
  }
}
