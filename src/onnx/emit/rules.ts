/** What an entry of the table of emissions is given, and gives. */
import type { OpName } from '../../engine/attrs.js';
import type { Node } from '../../engine/graph.js';
import type { Emitted, Emitter } from './emitter.js';

export interface Emission {
  readonly to: Emitter;
  /** What a node was written as, which may be smaller than the node and broadcast. */
  of(node: Node): Emitted;
  /** The same, stretched to the node's whole shape. */
  whole(node: Node): Emitted;
  /** What a node is besides its value: the truth values of a comparison, the places of a window's maxima. */
  readonly truths: Map<Node, Emitted>;
  readonly places: Map<Node, Emitted>;
  /** The maxima themselves, beside their places. */
  readonly tops: Map<Node, Emitted>;
}

export type Emit<K extends OpName> = (e: Emission, node: Node<K>) => Emitted;
export type EmitTable<K extends OpName> = { readonly [F in K]: Emit<F> };
