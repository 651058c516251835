/**
 * A network on a device, asked about pictures in batches: logits, loss and profile of each, also with filters turned
 * off. Graphs are planned once per batch size and kept.
 */
import { OutOfMemory, type Device } from '../engine/device.js';
import { size } from '../engine/graph.js';
import { memoryOf, planGraph, type Plan } from '../engine/plan/plan.js';
import { Program, WeightStore } from '../engine/run/program.js';
import { BOOST } from './input.js';
import { type BuildOptions, type Network } from './network.js';
import type { Aggregation } from './profile.js';
import { ask, BOOST_OF, LABELS, MASK, MEAN, STD, type Question } from './questions.js';
import { isDead, type Statistics } from './standardize.js';

export interface Explanation {
  readonly logits: Float32Array;
  /** Cross-entropy against the label. */
  readonly loss: number;
  /** [filters], eq. 1. */
  readonly profile: Float32Array;
}

/** Section 2.2 for one picture. */
export interface InputMap {
  /** [C,H,W]: signed gradient of the cosine distance between the standardized profile and its boosted copy. */
  readonly gradient: Float32Array;
  readonly distance: number;
}

/** What a batch of pictures comes to, one after another in each array. */
export interface ProfileBatch {
  /** [pictures, classes] */
  readonly logits: Float32Array;
  readonly loss: Float32Array;
  /** [pictures, filters] */
  readonly profiles: Float32Array;
}

export interface ExplainerOptions {
  /** Pictures per run; default 16, fewer where a plan of 16 would pass MEMORY or the GPU is out of memory. */
  readonly batch?: number;
  readonly aggregation?: Aggregation;
  /** Called after each batch with the number of pictures done and the total. */
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH = 16;
const MEMORY = 3 * 2 ** 30;

/** On a GPU, where a batch costs little more than a picture until the GPU is full. */
const LARGE_BATCH = 256;
/** Batches that may be with the GPU at once: one computes while the next is there already. */
const RUNS = 2;

/** A program, the pictures it takes, and what it calls them. */
interface Fitted {
  readonly program: Program;
  readonly batch: number;
  readonly image: string;
}

export class Explainer {
  private readonly weights: WeightStore;
  private readonly programs = new Map<string, Promise<Fitted>>();
  private readonly aggregation: Aggregation;
  /** Pictures per run of each question, where memory has limited it. */
  private readonly batches = new Map<Question, number>();

  constructor(readonly network: Network, private readonly device: Device, private readonly options: ExplainerOptions = {}) {
    this.aggregation = options.aggregation ?? 'mean-abs';
    checkBatch(options.batch);
    this.weights = new WeightStore(device);
  }

  /** [classes] for each picture; `masks`, one [filters] of ones and zeros per picture, turns filters off. */
  async logits(pictures: readonly Float32Array[], masks?: readonly Float32Array[],
    mode: BuildOptions['maskMode'] = 'channel'): Promise<Float32Array[]> {
    if (masks && masks.length !== pictures.length) {
      throw new Error(`${pictures.length} pictures and ${masks.length} masks were given; each picture needs one`);
    }
    const rows = await this.inBatches(masks ? `logits ${mode}` : 'logits', pictures,
      (k): Record<string, Float32Array> => (masks ? { [MASK]: masks[k] } : {}));
    return rows.map((r) => r.logits);
  }

  /** Logits, loss and profile of each picture against its label (an index below the number of classes). */
  async explain(pictures: readonly Float32Array[], labels: readonly number[]): Promise<Explanation[]> {
    const rows = await this.inBatches('profile', pictures, () => ({}), labels);
    return rows.map((r) => ({ logits: r.logits, loss: r.loss[0], profile: r.profile }));
  }

  /**
   * Section 2.2 for each picture against its label: `boosted`, the filters of each (the paper takes the ten most
   * salient), have their standardized saliency multiplied by `boost`. Throws where a filter does not exist.
   */
  async inputMaps(
    pictures: readonly Float32Array[],
    labels: readonly number[],
    boosted: readonly (readonly number[])[],
    stats: Statistics,
    boost = BOOST
  ): Promise<InputMap[]> {
    if (boosted.length !== pictures.length) {
      throw new Error(`${pictures.length} pictures and ${boosted.length} sets of filters were given; each picture needs one`);
    }
    const mean = Float32Array.from(stats.mean);
    const std = Float32Array.from(stats.std, (s, k) => (isDead(stats, k) ? 1 : s));
    const rows = await this.inBatches('map', pictures, (k) => {
      const factors = new Float32Array(mean.length).fill(1);
      for (const f of boosted[k]) {
        if (!(f in factors)) throw new Error(`there is no filter ${f}; the network has ${factors.length}`);
        factors[f] = boost;
      }
      return { [MEAN]: mean, [STD]: std, [BOOST_OF]: factors };
    }, labels);
    return rows.map((r) => ({ gradient: r.gradient, distance: r.distance[0] }));
  }

  /** [C,H,W] for each picture: the gradient, with respect to it, of the loss against a class or of the class's logit. */
  async inputGradients(pictures: readonly Float32Array[], classes: readonly number[], of: 'loss' | 'logit'): Promise<Float32Array[]> {
    const rows = await this.inBatches(`${of} gradient`, pictures, () => ({}), classes);
    return rows.map((r) => r.gradient);
  }

  /** The last feature map of each picture, one [h*w] after another, and the gradient of the class's logit with respect to it. */
  async featureMaps(pictures: readonly Float32Array[],
    classes: readonly number[]): Promise<{ features: Float32Array; gradient: Float32Array; shape: readonly number[] }[]> {
    const rows = await this.inBatches('features', pictures, () => ({}), classes);
    const { program } = await this.fitting('features', pictures.length);
    const { shape } = program.plan.outputs.find((t) => t.name === 'features')!;
    return rows.map((r) => ({ features: r.features, gradient: r.gradient, shape: shape.slice(1) }));
  }

  /**
   * How many pictures `profileBatch` takes at most: as many as were asked for, else a power of two by what a plan for
   * one picture needs of MEMORY and of the adapter's largest buffer; halved while the GPU is out of memory.
   */
  async batchSize(): Promise<number> {
    if (this.options.batch === undefined && !this.batches.has('profile')) {
      const { plan } = this.plan('profile', 1);
      const most = this.device.adapter.software ? BATCH : LARGE_BATCH;
      const room = Math.min(MEMORY / memoryOf(plan), this.device.gpu.limits.maxBufferSize / Math.max(...plan.buffers, 1));
      this.batches.set('profile', 2 ** Math.floor(Math.log2(Math.min(most, Math.max(1, room)))));
    }
    return (await this.fitting('profile', Infinity)).batch;
  }

  /**
   * One run for at most `batchSize()` pictures, which lie one after another, each with its label. A second one may be
   * asked for before the first is answered, so that the GPU goes from one to the next. Values are as they come, also
   * where they are not finite.
   */
  async profileBatch(pictures: Float32Array, labels: readonly number[]): Promise<ProfileBatch> {
    const { program, batch, image } = await this.fitting('profile', Infinity);
    const shapeOf = (name: string) => program.plan.inputs.find((t) => t.name === name)!.shape;
    const each = size(shapeOf(image)) / batch;
    const count = labels.length;
    if (count < 1 || count > batch || pictures.length !== count * each) {
      throw new Error(`${pictures.length} values and ${count} labels are no batch of 1 to ${batch} pictures of ${each} values`);
    }
    // A batch that is not full ends with its last picture again and again.
    const data = count === batch ? pictures : new Float32Array(batch * each);
    if (count < batch) {
      data.set(pictures);
      for (let k = count; k < batch; k++) data.copyWithin(k * each, (count - 1) * each, count * each);
    }
    const answer = await program.run({ [image]: data,
      [LABELS]: Float32Array.from({ length: batch }, (_, k) => labels[Math.min(k, count - 1)]) });
    const first = (all: Float32Array) => all.subarray(0, (all.length / batch) * count);
    return { logits: first(answer.logits), loss: first(answer.loss), profiles: first(answer.profile) };
  }

  destroy(): void {
    for (const p of this.programs.values()) void p.then(({ program }) => program.destroy(), () => undefined);
    this.weights.destroy();
  }

  private async inBatches(
    question: Question,
    pictures: readonly Float32Array[],
    more: (k: number) => Record<string, Float32Array>,
    labels?: readonly number[]
  ): Promise<Record<string, Float32Array>[]> {
    if (labels && labels.length !== pictures.length) {
      throw new Error(`${pictures.length} pictures and ${labels.length} labels were given; each picture needs one`);
    }
    const total = pictures.length;
    const out: Record<string, Float32Array>[] = [];
    for (let start = 0; start < total;) {
      const { program, batch, image } = await this.fitting(question, total);
      const classes = program.plan.outputs.find((t) => t.name === 'logits')!.shape[1];
      labels?.forEach((label) => checkLabel(label, classes));
      const count = Math.min(batch, total - start);
      // The last batch is filled up with its last sample: one plan serves all.
      const samples = Array.from({ length: batch }, (_, k): Record<string, Float32Array> => {
        const at = start + Math.min(k, count - 1);
        return { ...more(at), ...(labels ? { [LABELS]: Float32Array.of(labels[at]) } : {}), [image]: pictures[at] };
      });
      const feeds = Object.fromEntries(
        program.plan.inputs.map(({ name, shape }) => [name, stack(name, samples.map((s) => s[name]), size(shape) / batch)])
      );
      const results = await program.run(feeds);
      for (let k = 0; k < count; k++) {
        const row = Object.fromEntries(
          Object.entries(results).map(([name, all]) => [name, all.slice((k * all.length) / batch, ((k + 1) * all.length) / batch)])
        );
        if (row.logits.some((v) => !Number.isFinite(v))) {
          throw new Error(
            `the network's answer to picture ${start + k} is not finite; its weights or the picture hold values out of range`
          );
        }
        out.push(row);
      }
      start += count;
      this.options.onProgress?.(start, total);
    }
    return out;
  }

  /** The program for a batch size that fits: halved while the GPU is out of memory. */
  private async fitting(question: Question, total: number): Promise<Fitted> {
    for (;;) {
      const batch = Math.min(total, this.batches.get(question) ?? this.options.batch ?? BATCH);
      try {
        return await this.program(question, batch);
      } catch (error) {
        if (!(error instanceof OutOfMemory) || batch === 1) throw error;
        this.batches.set(question, batch >> 1);
      }
    }
  }

  private async program(question: Question, wanted: number): Promise<Fitted> {
    let batch = wanted;
    const known = () => this.programs.has(`${question} ${batch}`);
    let planned = known() ? null : this.plan(question, batch);
    while (planned && this.options.batch === undefined && batch > 1 && memoryOf(planned.plan) > MEMORY) {
      this.batches.set(question, batch >>= 1);
      planned = known() ? null : this.plan(question, batch);
    }
    const key = `${question} ${batch}`;
    if (planned) {
      const { plan, image } = planned;
      for (const { name } of plan.weights) {
        if (!this.weights.has(name)) this.weights.set(name, this.network.weights.get(name)!);
      }
      const made = Program.compile(plan, this.device, this.weights, { runs: question === 'profile' ? RUNS : 1 }).then((program) => ({
        program,
        batch,
        image,
      }));
      this.programs.set(key, made);
      made.catch(() => this.programs.delete(key));
    }
    return this.programs.get(key)!;
  }

  private plan(question: Question, batch: number): { plan: Plan; image: string } {
    const { outputs, image } = ask(question, this.network, batch, this.aggregation);
    return { plan: planGraph(outputs, this.device.target), image };
  }
}

/** Throws a sentence where a batch is asked for that is none. */
export function checkBatch(batch: number | undefined): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1)) {
    throw new Error(`the batch must be a whole number of at least 1, got ${batch}`);
  }
}

/** Throws a sentence where a label is no class of the network. */
export function checkLabel(label: number, classes: number): void {
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw new Error(`label ${label} is out of range: the network has ${classes} classes, 0 to ${classes - 1}`);
  }
}

function stack(name: string, parts: readonly Float32Array[], each: number): Float32Array {
  const out = new Float32Array(parts.length * each);
  parts.forEach((part, k) => {
    if (part.length !== each) {
      throw new Error(`the network takes ${each} values per picture as '${name}', got ${part.length}; check the preprocessing`);
    }
    out.set(part, k * each);
  });
  return out;
}
