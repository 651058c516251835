/**
 * Fine-tuning a few filters (Levin et al., arXiv 2108.01335, section 3.3): one step of gradient descent on the loss of one
 * sample, with a normalized step,
 *
 *   theta_F <- theta_F - eta g_F / |g_F|,    g_F = dL(x, y) / dtheta_F
 *
 * with |.| the norm over the weights of all chosen filters F together. A step touches few filters, so only their weights
 * travel to the device, and back to what they were after the tuned network has been asked.
 */
import * as b from '../engine/builder.js';
import { OutOfMemory, type Device } from '../engine/device.js';
import { resolve } from '../engine/plan/fuse.js';
import { grad } from '../engine/grad.js';
import { size, type Node } from '../engine/graph.js';
import { planGraph } from '../engine/plan/plan.js';
import { Program, WeightStore } from '../engine/run/program.js';
import { checkBatch, checkLabel } from './explainer.js';
import { filterCount, type Layer, type Network, type NetworkGraph } from './network.js';
import { LABELS } from './questions.js';

/** dL/dW of one sample. */
export interface WeightGradient {
  /** Cross-entropy against the label, and the logits it is of. */
  readonly loss: number;
  readonly logits: Float32Array;
  /** Of every layer, by its weight's name, in the weight's own shape. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** New values of a part of a weight, from element `offset` on. */
export interface Patch {
  readonly weight: string;
  readonly offset: number;
  readonly values: Float32Array;
}

export interface Step {
  /** |g_F|; where it is 0 there is no direction, and the step changes nothing. */
  readonly norm: number;
  readonly patches: readonly Patch[];
}

type Weights = Pick<Network, 'layers' | 'weights'>;

/**
 * The step of length `eta` on the given filters (indices among all of the network's, each once), from one gradient.
 * Computed in float64 and rounded once. Throws where there is no such filter.
 */
export function normalizedStep(of: Weights, gradient: WeightGradient, filters: readonly number[], eta: number): Step {
  const runs = runsOf(of, filters).map((run) => ({ ...run, slope: gradient.weights.get(run.weight)!.subarray(run.from, run.end) }));
  let sum = 0;
  for (const { slope } of runs) for (let k = 0; k < slope.length; k++) sum += slope[k] * slope[k];
  const norm = Math.sqrt(sum);
  if (norm === 0) return { norm, patches: [] };
  return {
    norm,
    patches: runs.map(({ weight, from, slope }) => {
      const base = of.weights.get(weight)!;
      const values = new Float32Array(slope.length);
      // A loop, since a network's every weight may pass here: Float32Array.from takes twenty times as long.
      for (let k = 0; k < slope.length; k++) values[k] = base[from + k] - (eta * slope[k]) / norm;
      return { weight, offset: from, values };
    }),
  };
}

/** The whole of every weight that the step changes: what a file of the tuned network holds. */
export function tunedWeights(of: Weights, { patches }: Step): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const { weight, offset, values } of patches) {
    const whole = out.get(weight) ?? of.weights.get(weight)!.slice();
    whole.set(values, offset);
    out.set(weight, whole);
  }
  return out;
}

/** The filters' weights as stretches without gaps: filter j of a weight [K, ...] is its j-th K-th. */
function runsOf({ layers, weights }: Weights, filters: readonly number[]): { weight: string; from: number; end: number }[] {
  const runs: { weight: string; from: number; end: number }[] = [];
  const sorted = [...filters].sort((x, y) => x - y);
  const total = filterCount(layers);
  let l = 0;
  sorted.forEach((k, n) => {
    if (!Number.isInteger(k) || k < 0 || k >= total) throw new Error(`there is no filter ${k}; the network has ${total}`);
    if (k === sorted[n - 1]) throw new Error(`filter ${k} is given twice`);
    while (k >= layers[l].offset + layers[l].filters) l++;
    const { weight, offset, filters: count } = layers[l];
    const each = weights.get(weight)!.length / count;
    const from = (k - offset) * each;
    const last = runs[runs.length - 1];
    if (last?.weight === weight && last.end === from) last.end += each;
    else runs.push({ weight, from, end: from + each });
  });
  return runs;
}

export interface FineTunerOptions {
  /** Pictures per run at most; default 16 on a software adapter and 64 on a GPU, halved while the GPU is out of memory. */
  readonly batch?: number;
}

const BATCH = 16, LARGE_BATCH = 64;

interface Compiled {
  readonly program: Program;
  readonly image: string;
  readonly each: number;
}

/** A network on a device whose filters can be tuned for a while: one set of weights serves gradients and answers. */
export class FineTuner {
  private readonly weights: WeightStore;
  private readonly programs = new Map<number, Promise<Compiled>>();
  private gradients: Promise<Compiled> | null = null;
  private batch: number;
  private tuning = false;

  constructor(readonly network: Network, private readonly device: Device, options: FineTunerOptions = {}) {
    checkBatch(options.batch);
    this.batch = options.batch ?? (device.adapter.software ? BATCH : LARGE_BATCH);
    this.weights = new WeightStore(device);
  }

  /**
   * The gradient of one picture's cross-entropy with respect to the weights of all filters. Throws where the label is no
   * class, or a layer's weight is computed from others, so that a filter has no weights of its own in the file.
   */
  async gradient(picture: Float32Array, label: number): Promise<WeightGradient> {
    this.gradients ??= this.compile(1, (graph) => {
      const loss = b.crossEntropy(graph.logits, b.input(LABELS, [1]));
      const slopes = grad(b.sum(loss), this.network.layers.map((layer) => weightOf(layer, graph)));
      return { logits: graph.logits, loss, ...Object.fromEntries(slopes.map((g, k) => [`gradient ${k}`, g])) };
    });
    const { program, image, each } = await this.gradients;
    checkLabel(label, program.plan.outputs.find((t) => t.name === 'logits')!.shape[1]);
    checkSize(picture, each);
    const { logits, loss, ...slopes } = await program.run({ [image]: picture, [LABELS]: Float32Array.of(label) });
    const weights = new Map(this.network.layers.map(({ weight }, k) => [weight, slopes[`gradient ${k}`]]));
    if (!Number.isFinite(loss[0]) || ![...weights.values()].every(allFinite)) {
      throw new Error("the gradient of this picture is not finite; its values or the network's weights are out of range");
    }
    return { logits, loss: loss[0], weights };
  }

  /** [classes] for each picture, of the network as it is at the moment. */
  async logits(pictures: readonly Float32Array[]): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    while (out.length < pictures.length) {
      const left = pictures.length - out.length;
      // Batches as equal as can be: what fills up the last one is computed for nothing.
      const batch = Math.ceil(left / Math.ceil(left / this.batch));
      const compiled = await this.answering(batch);
      if (compiled) out.push(...(await answer(compiled, batch, pictures.slice(out.length, out.length + batch))));
    }
    return out;
  }

  /** Does `work` with the network tuned by the step, and then undoes the step. Throws where one is under way. */
  async tuned<T>({ patches }: Step, work: () => Promise<T>): Promise<T> {
    if (this.tuning) throw new Error('the network is tuned already; wait for the one step before the next');
    this.tuning = true;
    try {
      this.provide(patches.map((p) => p.weight));
      for (const { weight, offset, values } of patches) this.weights.patch(weight, offset, values);
      return await work();
    } finally {
      for (const { weight, offset, values } of patches) {
        if (this.weights.has(weight)) {
          this.weights.patch(weight, offset, this.network.weights.get(weight)!.subarray(offset, offset + values.length));
        }
      }
      this.tuning = false;
    }
  }

  destroy(): void {
    for (const p of [...this.programs.values(), this.gradients]) void p?.then(({ program }) => program.destroy(), () => undefined);
    this.weights.destroy();
  }

  /** The program that answers a batch of so many; null where the batch has to be smaller. */
  private async answering(batch: number): Promise<Compiled | null> {
    const known = this.programs.get(batch);
    if (known) return known;
    const made = this.compile(batch, ({ logits }) => ({ logits }));
    this.programs.set(batch, made);
    try {
      return await made;
    } catch (error) {
      this.programs.delete(batch);
      if (!(error instanceof OutOfMemory) || batch === 1) throw error;
      this.batch = batch >> 1;
      return null;
    }
  }

  private async compile(batch: number, outputs: (graph: NetworkGraph) => Record<string, Node>): Promise<Compiled> {
    const graph = this.network.build(batch);
    const plan = planGraph(outputs(graph), this.device.target);
    this.provide(plan.weights.map((t) => t.name));
    const program = await Program.compile(plan, this.device, this.weights);
    return { program, image: graph.input.attrs.name, each: size(graph.input.shape) / batch };
  }

  private provide(names: readonly string[]): void {
    for (const name of names) if (!this.weights.has(name)) this.weights.set(name, this.network.weights.get(name)!);
  }
}

/** A layer's weight as the file has it. Reshaping leaves a filter's weights together; nothing else is sure to. */
function weightOf({ node, weight }: Layer, { convs }: NetworkGraph): Node {
  const stored = resolve(convs.find((use) => use.weight === weight)!.output.inputs[1]);
  if (stored.op === 'input') return stored;
  throw new Error(
    `the weight of "${node}" is computed from others (${stored.op}), so that its filters have no weights of their own to tune`
  );
}

/** Float32 values, finite ones, never add up to more than float64 holds. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return Number.isFinite(sum);
}

function checkSize(picture: Float32Array, each: number): void {
  if (picture.length !== each) {
    throw new Error(`the network takes ${each} values per picture, got ${picture.length}; check the preprocessing`);
  }
}

async function answer({ program, image, each }: Compiled, batch: number, pictures: readonly Float32Array[]): Promise<Float32Array[]> {
  const data = new Float32Array(batch * each);
  for (let k = 0; k < batch; k++) {
    const picture = pictures[Math.min(k, pictures.length - 1)];
    checkSize(picture, each);
    data.set(picture, k * each);
  }
  const { logits } = await program.run({ [image]: data });
  const classes = logits.length / batch;
  return pictures.map((_, k) => {
    const row = logits.slice(k * classes, (k + 1) * classes);
    if (row.some((v) => !Number.isFinite(v))) {
      throw new Error(
        `the network's answer to picture ${k} of a batch is not finite; its weights or the picture hold values out of range, or a step was too long`
      );
    }
    return row;
  });
}
