/** What computes the outputs of a graph: plans of kernels on a device, or another runtime that is given the graph. */
import { OutOfMemory, type AdapterDescription, type Device } from '../device.js';
import type { Node, Shape } from '../graph.js';
import { memoryOf, planGraph } from '../plan/plan.js';
import { Program } from './program.js';
import { WeightStore } from './weights.js';

export type Outputs = Readonly<Record<string, Node>>;
export type WeightValues = ReadonlyMap<string, Float32Array>;

/** New values of a part of a weight, from element `offset` on. */
export interface WeightPatch {
  readonly weight: string;
  readonly offset: number;
  readonly values: Float32Array;
}

/** A graph ready to run. */
export interface Compiled {
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly outputs: readonly { readonly name: string; readonly shape: Shape }[];
  /** All outputs for these values of inputs; one left out keeps what it held. Throws where an input is unknown or has another size. */
  run(data: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>>;
  destroy(): void;
}

export interface CompileOptions {
  /** Bytes above which it is refused; default: none, only the GPU knows. */
  readonly memory?: number;
  /** How many rows the graph is for, where that is to be said. */
  readonly rows?: number;
  /** Runs that may be under way at once; default: 1. */
  readonly runs?: number;
  /** Of those, how many share the processor's cores; default: 1, which has them all. */
  readonly lanes?: number;
  /** Weights that `patch` writes over; a backend that builds weights into its programs keeps these apart. Default: none. */
  readonly changing?: ReadonlySet<string>;
}

export interface Backend {
  readonly adapter: AdapterDescription;
  /** Bytes that one graph may take; Infinity where that is not known. */
  readonly memory: number;
  /** Bytes beyond which more rows at once gain nothing: who chooses a batch by himself stays below. */
  readonly atHand: number;
  /** Into how many parts a batch is best taken, computed side by side: 1 where one run has the whole device. */
  readonly lanes: number;
  /** Throws TooLarge where there is no room for it, for fewer rows to be tried. */
  compile(outputs: Outputs, weights: WeightValues, options?: CompileOptions): Promise<Compiled>;
  /**
   * Writes parts of weights over, for every run that begins afterwards of a program compiled with them as `changing`. `weights`
   * has the values of those that no program has needed yet.
   */
  patch(patches: readonly WeightPatch[], weights: WeightValues): void;
  /** How many rows there is room for in so many bytes, by a graph for one row; any number. */
  room(one: Outputs, memory: number): number;
  /** Frees what it holds; what was compiled is destroyed by itself. */
  destroy(): void;
}

/** Plans on a device, which stays open; its weights lie there once for all of them. */
export class OnDevice implements Backend {
  readonly weights: WeightStore;
  readonly atHand = Infinity;
  readonly lanes = 1;

  constructor(private readonly device: Device) {
    this.weights = new WeightStore(device);
  }

  get adapter(): AdapterDescription {
    return this.device.adapter;
  }

  get memory(): number {
    return this.device.memory;
  }

  /** Throws OutOfMemory, and as Program.compile does. */
  async compile(outputs: Outputs, weights: WeightValues, { memory = Infinity, rows, runs }: CompileOptions = {}): Promise<Compiled> {
    const plan = planGraph(outputs, this.device.target);
    const bytes = memoryOf(plan);
    if (bytes > memory) throw new OutOfMemory(`a plan for ${rows} rows takes ${bytes} bytes; ${memory} are free for it`);
    this.provide(plan.weights.map((t) => t.name), weights);
    return Program.compile(plan, this.device, this.weights, { runs });
  }

  patch(patches: readonly WeightPatch[], weights: WeightValues): void {
    this.provide(patches.map((p) => p.weight), weights);
    for (const { weight, offset, values } of patches) this.weights.patch(weight, offset, values);
  }

  room(one: Outputs, memory: number): number {
    const plan = planGraph(one, this.device.target);
    return Math.min(memory / memoryOf(plan), this.device.gpu.limits.maxBufferSize / Math.max(...plan.buffers, 1));
  }

  /** Sets the weights that are not on the device yet. */
  provide(names: readonly string[], values: WeightValues): void {
    for (const name of names) if (!this.weights.has(name)) this.weights.set(name, values.get(name)!);
  }

  destroy(): void {
    this.weights.destroy();
  }
}

/** A device as what computes on it. */
export const asBackend = (computer: Device | Backend): Backend => ('room' in computer ? computer : new OnDevice(computer));
