/**
 * The Hessians of a network's layers on views, H_g = 2/N sum over views and positions of x x^T, from one forward pass of the DENSE
 * network: the engine's plan computes the inputs of the layers for a batch of views, kernels of src/kernels/gram.ts add their windows'
 * products to H while both lie on the device, and only H comes back. Its bits depend on the views and their order alone.
 */
import type { Device } from '../engine/device.js';
import { size, type Node } from '../engine/graph.js';
import { memoryOf, planGraph, type Dispatch, type Place, type Plan } from '../engine/plan/plan.js';
import { Buffers } from '../engine/run/buffers.js';
import { prepare, submit, type PreparedDispatch } from '../engine/run/steps.js';
import { WeightStore } from '../engine/run/weights.js';
import { Readback, upload } from '../engine/transfer.js';
import { gram } from '../kernels/gram.js';
import { TooLarge } from '../kernels/writer.js';
import { atMost, type Network } from '../saliency/network.js';
import { prunableLayers, type SpadeLayer } from './layers.js';

/** Views of a batch at most, and the bytes that its plan may take unless it is of one view. */
const BATCH = 16, MEMORY = 2 ** 30;

const ACCUMULATOR = '[hessian] ';
const LOGITS = 'logits';

/** A forward pass for so many views, and the products of its layers' inputs, ready to run. */
interface Pass {
  readonly rows: number;
  readonly buffers: Buffers;
  readonly main: readonly PreparedDispatch[];
  readonly image: GPUBuffer;
  /** Which may be larger than what stands in it. */
  readonly logits: GPUBuffer;
  readonly classes: number;
}

/** The Hessians of some layers on one device. */
export class Hessians {
  private readonly passes = new Map<number, Promise<Pass>>();
  private readonly store: WeightStore;
  /** Views computed at once at most. */
  rows: number;
  private views = 0;
  readonly layers: readonly SpadeLayer[];

  /**
   * `weights` names the layers. `batch`: views computed at once, fewer where their plan takes more than a gigabyte. Throws where the
   * network has no such layer.
   */
  constructor(readonly device: Device, private readonly network: Network, private readonly weights: readonly string[], batch = BATCH) {
    this.store = new WeightStore(device);
    this.rows = atMost(batch, network);
    this.layers = this.layersFor(1);
  }

  /** Adds views, prepared pictures [channels, height, width], to the matrices. Returns the logits [classes] of each. */
  async add(views: readonly Float32Array[]): Promise<Float32Array[]> {
    const answers: Float32Array[] = [];
    while (answers.length < views.length) {
      const pass = await this.fitting(Math.min(this.rows, views.length - answers.length));
      answers.push(...await this.run(pass, views.slice(answers.length, answers.length + pass.rows)));
    }
    this.views += views.length;
    return answers;
  }

  /** H [groups, D, D] of a layer, whole, in float64. */
  async read(layer: SpadeLayer): Promise<Float64Array> {
    return wholeHessian(await this.store.get(ACCUMULATOR + layer.weight), layer.columns, 2 / this.views);
  }

  /** A layer's sums on the device, the lower triangles of [groups, D, D], and the factor that makes H of them. */
  sums(layer: SpadeLayer): { readonly buffer: GPUBuffer; readonly factor: number } {
    return { buffer: this.store.buffer(ACCUMULATOR + layer.weight), factor: 2 / this.views };
  }

  /** Forgets all views. */
  clear(): void {
    this.views = 0;
    this.device.submit((encoder) => {
      for (const { weight } of this.layers) {
        if (this.store.has(ACCUMULATOR + weight)) encoder.clearBuffer(this.store.buffer(ACCUMULATOR + weight));
      }
    });
  }

  destroy(): void {
    for (const pass of this.passes.values()) void pass.then(({ buffers }) => buffers.destroy(), () => undefined);
    this.store.destroy();
  }

  private async run({ rows, main, image, logits, classes }: Pass, views: readonly Float32Array[]): Promise<Float32Array[]> {
    this.device.check();
    const each = views[0].length;
    const data = new Float32Array(rows * each);
    views.forEach((view, k) => data.set(view, k * each));
    if (image.size !== data.byteLength) {
      throw new Error(`the network takes ${image.size / 4 / rows} values per picture, got ${each}; check the preprocessing`);
    }
    upload(this.device, image, data);
    submit(this.device, main);
    const readback = new Readback(this.device, 4 * rows * classes);
    this.device.submit((encoder) => readback.copy(encoder, logits, 0, 4 * rows * classes));
    const all = new Float32Array(await readback.read());
    readback.destroy();
    this.device.check();
    const bad = !all.every(Number.isFinite);
    if (bad) throw new Error("the network's answer to a view is not finite; its weights or the view hold values out of range");
    return views.map((_, k) => all.slice(k * classes, (k + 1) * classes));
  }

  /** The pass for so many views, or for half of them while there is no room. */
  private async fitting(rows: number): Promise<Pass> {
    for (;;) {
      let pass = this.passes.get(rows);
      if (!pass) this.passes.set(rows, pass = this.compile(rows));
      try {
        return await pass;
      } catch (error) {
        this.passes.delete(rows);
        if (!(error instanceof TooLarge) || rows <= 1) throw error;
        this.rows = rows = rows >> 1;
      }
    }
  }

  private layersFor(rows: number): SpadeLayer[] {
    const { logits } = this.network.build(rows);
    const all = prunableLayers(logits, this.network.layers);
    return this.weights.map((weight) => {
      const layer = all.find((l) => l.weight === weight);
      if (!layer) throw new Error(`the network has no layer whose weight is "${weight}"; it has ${all.map((l) => l.weight).join(', ')}`);
      return layer;
    });
  }

  private async compile(rows: number): Promise<Pass> {
    const { device, store, network } = this;
    const graph = network.build(rows);
    const found = prunableLayers(graph.logits, network.layers);
    const layers = this.weights.map((weight) => found.find((l) => l.weight === weight)!);
    const inputs = new Map<string, Node>(layers.flatMap((l) => l.uses.map(({ input }) => [`input ${input.id}`, input] as const)));
    const forward = planGraph({ ...Object.fromEntries(inputs), [LOGITS]: graph.logits }, device.target);
    const { plan, products } = withProducts(forward, layers, device);
    if (rows > 1 && memoryOf(plan) > MEMORY) throw new TooLarge(`a pass of ${rows} views takes ${memoryOf(plan)} bytes`);
    const buffers = new Buffers(device, store);
    try {
      return await device.guarded('the Hessians of a network', async () => {
        for (const { name } of plan.weights) if (!store.has(name)) store.set(name, network.weights.get(name)!);
        for (const { weight, groups, columns } of layers) {
          if (!store.has(ACCUMULATOR + weight)) store.set(ACCUMULATOR + weight, new Float32Array(groups * columns ** 2));
        }
        await store.settled();
        buffers.allocate(plan);
        const steps = await prepare(device, [...plan.prologue, ...plan.main, ...products], buffers);
        const n = plan.prologue.length;
        const place = (name: string): Place => plan.outputs.find((t) => t.name === name)!.place;
        submit(device, steps.slice(0, n)); // of weights alone, which do not change
        const [, classes] = graph.logits.shape;
        return { rows, buffers, main: steps.slice(n), image: buffers.at(plan.inputs[0].place), logits: buffers.at(place(LOGITS)), classes };
      });
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }
}

/** The plan with one more buffer, for what the products need, and the products' dispatches. */
function withProducts(forward: Plan, layers: readonly SpadeLayer[], device: Device): { plan: Plan; products: Dispatch[] } {
  const scratch: Place = { kind: 'buffer', index: forward.buffers.length };
  let bytes = 4;
  const products = layers.flatMap(({ weight, uses }) =>
    uses.flatMap(({ input, windows }) => {
      const { kernels, scratch: needed } = gram(device.target, windows);
      for (const { elements } of needed) bytes = Math.max(bytes, 4 * elements);
      const places: Record<string, Place> = {
        x: forward.outputs.find((t) => t.name === `input ${input.id}`)!.place,
        out: { kind: 'weight', name: ACCUMULATOR + weight },
        partial: scratch,
      };
      return kernels.map((kernel): Dispatch => ({ kernel, op: 'convWeightGrad', places: kernel.bindings.map((b) => places[b.operand]) }));
    })
  );
  return { plan: { ...forward, buffers: [...forward.buffers, bytes] }, products };
}

/** H [groups, D, D] of sums whose upper triangles are not filled, times a factor. */
export function wholeHessian(sums: ArrayLike<number>, D: number, factor: number): Float64Array {
  const out = new Float64Array(sums.length);
  for (let at = 0; at < sums.length; at += D * D) {
    for (let i = 0; i < D; i++) {
      for (let j = 0; j <= i; j++) out[at + i * D + j] = out[at + j * D + i] = sums[at + i * D + j] * factor;
    }
  }
  return out;
}

/** Bytes of the matrices of some layers. */
export const hessianBytes = (layers: readonly SpadeLayer[]): number =>
  layers.reduce((n, { groups, columns }) => n + 4 * size([groups, columns, columns]), 0);
