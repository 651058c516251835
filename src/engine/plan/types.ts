/**
 * What a plan is: dispatches in order, over tensors that lie somewhere. Data alone, so that it can be printed, counted and
 * tested without a device.
 */
import type { OpName } from '../attrs.js';
import { size, type Shape } from '../graph.js';
import type { Kernel, Target } from '../../kernels/kernel.js';

/** Where a tensor lies. */
export type Place =
  | { readonly kind: 'data'; readonly name: string }
  | { readonly kind: 'weight'; readonly name: string }
  | { readonly kind: 'literal'; readonly values: Float32Array }
  /** Shared by lifetime, or kept from the prologue. */
  | { readonly kind: 'buffer'; readonly index: number };

export interface Dispatch {
  readonly kernel: Kernel;
  /** The tensor of each of the kernel's bindings. */
  readonly places: readonly Place[];
  /** The op whose value it computes, for timings. */
  readonly op: OpName;
}

export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly place: Place;
}

export interface Plan {
  /** Depend on weights alone: run once after each change of a weight. */
  readonly prologue: readonly Dispatch[];
  readonly main: readonly Dispatch[];
  readonly inputs: readonly PlannedTensor[];
  readonly weights: readonly PlannedTensor[];
  readonly outputs: readonly PlannedTensor[];
  /** After each run the output is copied over the weight. */
  readonly updates: readonly { readonly weight: string; readonly output: PlannedTensor }[];
  /** Bytes of each buffer the plan owns. */
  readonly buffers: readonly number[];
  readonly target: Target;
}

/** Bytes of a plan's own buffers and of the inputs it is given; weights apart. */
export function memoryOf(plan: Plan): number {
  const inputs = plan.inputs.reduce((n, t) => n + 4 * size(t.shape), 0);
  return inputs + plan.buffers.reduce((a, b) => a + b, 0);
}
