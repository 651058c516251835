/** An ONNX graph as data: what an emitter writes and encode.ts makes bytes of. */
import type { Shape } from '../../engine/graph.js';

/** A tensor that a model takes or gives. */
export interface Port {
  readonly name: string;
  /** Multiples of BATCH (emitter.ts) stand for as many times a free number of pictures. */
  readonly shape: Shape;
  /** Element type, see types.ts. */
  readonly type: number;
}

/** Values that stand in the file. */
export interface Initializer {
  readonly name: string;
  readonly shape: Shape;
  readonly type: number;
  /** Little-endian. */
  readonly bytes: Uint8Array;
}

/** Whole numbers and their lists are INT and INTS, a text STRING. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface OpNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface ModelGraph {
  readonly name: string;
  /** Inputs before users. */
  readonly nodes: readonly OpNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}
