/**
 * Training with this engine: one step (forward in training mode, gradients, momentum, running statistics) is one plan,
 * run many times. On one adapter a run gives the same bits every time; adapters differ in rounding, so that networks
 * trained on two of them are as alike as two of one recipe, not the same.
 */
import * as b from '../../src/engine/layers.js';
import type { Device } from '../../src/engine/device.js';
import { size, type Node } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../src/engine/run/program.js';
import { sgdStep } from '../../src/engine/sgd.js';
import { bufferShuffle } from '../../src/reproducibility/order.js';
import { Random } from '../../src/saliency/random.js';
import { EPSILON, network, type Layers } from './network.js';
import { CLASSES, SIZE, sample, samples, toInputs, type Sample } from './pictures.js';

export interface Recipe {
  readonly steps: number;
  readonly batch: number;
  /** Highest learning rate: reached linearly in `warmUp` steps, left along a half cosine. */
  readonly rate: number;
  readonly warmUp: number;
  readonly momentum: number;
  readonly decay: number;
  /** How many different pictures are shown; then the first come again. */
  readonly pictures: number;
  /** For the initial weights and the pictures. */
  readonly seed: number;
  /** Another seed for the initial weights alone. */
  readonly initial?: number;
  /** The number of an order in which the same pictures are shown; left out: as they are drawn. */
  readonly order?: number;
}

export const RECIPE: Recipe = { steps: 1100, batch: 32, rate: 0.05, warmUp: 20, momentum: 0.9, decay: 5e-4, pictures: 1100 * 32, seed: 1 };

/** A tensor of the network and its values before training. */
interface Parameter {
  readonly node: Node<'input'>;
  readonly values: Float32Array;
}
export type Parameters = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** Weight of the new batch in the running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

/** Reads the network as graph nodes in training mode. */
class TrainingLayers implements Layers<Node> {
  readonly trained: Parameter[] = [];
  /** New values of the running statistics. */
  readonly statistics = new Map<Node<'input'>, Node>();
  readonly running: Parameter[] = [];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  conv(name: string, x: Node, weight: readonly [number, number, number, number], stride: number): Node {
    const pad = (weight[2] - 1) / 2;
    // He et al. 2015: deviation sqrt(2 / inputs of a filter).
    const deviation = Math.sqrt(2 / (weight[1] * weight[2] * weight[3]));
    const w = this.parameter(`${name}.weight`, weight, () => deviation * this.random.normal());
    return b.conv(x, w, { stride: [stride, stride], dilation: [1, 1], pads: [pad, pad, pad, pad], groups: 1 });
  }

  batchNorm(name: string, x: Node, channels: number): Node {
    const gamma = this.parameter(`${name}.weight`, [channels], () => 1);
    const beta = this.parameter(`${name}.bias`, [channels], () => 0);
    const { y, mean, variance } = b.batchNormTraining(x, gamma, beta, EPSILON);
    // The batch is normalized by its variance divided by n; the running one is divided by n - 1.
    const n = size(x.shape) / channels;
    this.track(`${name}.running_mean`, mean, 0);
    this.track(`${name}.running_var`, b.mul(variance, b.constant(n / (n - 1))), 1);
    return y;
  }

  relu(_: string, x: Node): Node {
    return b.relu(x);
  }

  add(_: string, x: Node, y: Node): Node {
    return b.add(x, y);
  }

  globalAverage(_: string, x: Node): Node {
    return b.reshape(b.mean(x, [2, 3]), [x.shape[0], x.shape[1]]);
  }

  linear(name: string, x: Node, inputs: number, outputs: number): Node {
    const bound = 1 / Math.sqrt(inputs);
    const w = this.parameter(`${name}.weight`, [outputs, inputs], () => this.random.between(-bound, bound));
    const bias = this.parameter(`${name}.bias`, [outputs], () => 0);
    return b.add(b.matmul(x, w, { transA: false, transB: true }), bias);
  }

  private parameter(name: string, shape: readonly number[], value: () => number): Node<'input'> {
    const node = b.weight(name, shape);
    this.trained.push({ node, values: Float32Array.from({ length: size(shape) }, value) });
    return node;
  }

  private track(name: string, observed: Node, start: number): void {
    const node = b.weight(name, observed.shape);
    this.running.push({ node, values: new Float32Array(size(observed.shape)).fill(start) });
    const kept = b.mul(node, b.constant(1 - STATISTICS_MOMENTUM));
    this.statistics.set(node, b.add(kept, b.mul(observed, b.constant(STATISTICS_MOMENTUM))));
  }
}

/** The learning rate of a step. */
export function rateAt(step: number, { rate, warmUp, steps }: Recipe): number {
  return rate * Math.min(1, (step + 1) / warmUp) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}

function stack(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.length * parts[0].length);
  parts.forEach((part, k) => all.set(part, k * part.length));
  return all;
}

/** Trains from scratch and returns the parameters by name; `progress` hears each step's mean loss. */
export async function train(device: Device, recipe: Recipe,
  progress: (step: number, loss: number) => void = () => undefined): Promise<Parameters> {
  const { batch, seed, momentum, decay, steps } = recipe;
  const layers = new TrainingLayers(recipe.initial ?? seed);
  const x = b.input('x', [batch, 3, SIZE, SIZE]);
  const loss = b.mean(b.crossEntropy(network(layers, x, CLASSES.length), b.input('labels', [batch])));
  const { updates, velocities } = sgdStep(loss, layers.trained.map((p) => p.node), { rate: b.input('rate', []), momentum, decay });
  const weights = new WeightStore(device);
  const parameters = [...layers.trained, ...layers.running];
  try {
    for (const { node, values } of parameters) weights.set(node.attrs.name, values);
    for (const v of velocities) weights.set(v.attrs.name, new Float32Array(size(v.shape)));
    const plan = planGraph({ loss }, device.target, { updates: new Map([...updates, ...layers.statistics]) });
    const program = await Program.compile(plan, device, weights);
    const order = recipe.order === undefined ? null : bufferShuffle(recipe.pictures, recipe.pictures, seed, recipe.order, 0);
    const draw = (step: number): Sample[] =>
      order === null
        ? samples(seed, (step * batch) % recipe.pictures, batch)
        : Array.from({ length: batch }, (_, k) => sample(seed, order[(step * batch + k) % recipe.pictures]));
    let next = draw(0);
    for (let step = 0; step < steps; step++) {
      const data = { x: stack(toInputs(next)), labels: Float32Array.from(next, (s) => s.label),
        rate: Float32Array.of(rateAt(step, recipe)) };
      const running = program.run(data);
      // The next pictures are drawn while the adapter computes.
      if (step + 1 < steps) next = draw(step + 1);
      progress(step, (await running).loss[0]);
    }
    const trained = new Map<string, { shape: readonly number[]; values: Float32Array }>();
    for (const { node } of parameters) trained.set(node.attrs.name, { shape: node.shape, values: await weights.get(node.attrs.name) });
    program.destroy();
    return trained;
  } finally {
    weights.destroy();
  }
}
