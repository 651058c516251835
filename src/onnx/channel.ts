/** What is known of a convolution's channels while they are followed through a graph (mask.ts). */
import type { Node } from '../engine/graph.js';
import type { OnnxNode } from './proto.js';

/** What an axis of a tensor counts. */
export type Role = 'batch' | 'channel' | 'other';

/** A step by numbers of each channel's own. */
export interface Step {
  readonly node: OnnxNode;
  /** What is added, subtracted, multiplied or divided by; a normalization's scale and shift. */
  readonly operands: readonly Node[];
  /** [batch, channel] laid out as the step reads it, extents of 1 elsewhere, made from the tail's `root`. */
  readonly layout: Node;
}

export interface Tail {
  readonly conv: OnnxNode;
  /** What people call the convolution. */
  readonly name: string;
  readonly weight: Node;
  readonly bias: Node | undefined;
  /** A stand-in [batch, filters] for the mask. */
  readonly root: Node;
  readonly steps: readonly Step[];
  /** The tensor in which the channel ends. */
  readonly end: string;
  /** The first batch norm, and the tensor that it gives. */
  readonly batchNorm?: { readonly node: OnnxNode; readonly end: string };
  /** Why what follows the end may still give the channel a value. */
  readonly notice?: string;
}

/** A channel on its way, beside the value that carries it. */
export interface Channel {
  readonly tail: Tail;
  readonly roles: readonly Role[];
  /** The mask (or its stand-in) in the value's layout, extents of 1 where it does not vary. */
  readonly mask: Node;
  /** The node after which channels can no longer be told apart. */
  readonly lost?: OnnxNode;
}
