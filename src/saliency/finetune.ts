/**
 * A network on a device, or another backend, whose filters are tuned for a while (Levin et al., arXiv 2108.01335, section 3.3): gradients
 * for
 * the normalized step (step.ts), and what the tuned network answers. Only the weights of the step's filters travel to the
 * device, and back to what they were afterwards.
 */
import * as b from '../engine/builder.js';
import type { Device } from '../engine/device.js';
import { resolve } from '../engine/plan/fuse.js';
import { grad } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';
import { asBackend, type Backend } from '../engine/run/backend.js';
import { Programs } from '../engine/run/programs.js';
import { atMost, checkLabel, type Layer, type Network, type NetworkGraph } from './network.js';
import { LABELS } from './questions.js';
import type { Step, WeightGradient, WeightPatch } from './step.js';

export interface FineTunerOptions {
  /** Pictures per run at most; default 16 on a software adapter and 64 on a GPU, halved while the GPU is out of memory. */
  readonly batch?: number;
}

const BATCH = 16, LARGE_BATCH = 64;

/** One set of weights serves gradients and answers. */
export class FineTuner {
  private readonly place: Backend;
  private readonly owns: boolean;
  private readonly programs: Programs<'logits' | 'gradient'>;
  private tuning = false;
  private destroyed = false;

  /** A device or backend that is handed in stays open. Throws where the batch is no whole number of at least 1. */
  constructor(readonly network: Network, computer: Device | Backend,
    { batch = computer.adapter.software ? BATCH : LARGE_BATCH }: FineTunerOptions = {}) {
    this.place = asBackend(computer);
    this.owns = this.place !== computer;
    this.programs = new Programs(this.place, {
      build: (question, pictures) => (question === 'gradient' ? gradientsOf(network) : { logits: network.build(pictures).logits }),
      weights: network.weights,
      changing: new Set(network.layers.map(({ weight }) => weight)),
      batch: atMost(batch, network),
    });
  }

  /**
   * The gradient of one picture's [C,H,W] cross-entropy with respect to the weights of all filters. Throws where the label
   * is no class, the picture has another size, the gradient is not finite, or a layer's weight is computed from others, so
   * that a filter has no weights of its own in the file.
   */
  async gradient(picture: Float32Array, label: number): Promise<WeightGradient> {
    const one = await this.programs.exactly('gradient', 1);
    checkLabel(label, one.program.outputs.find((t) => t.name === 'logits')!.shape[1]);
    const { logits, loss, ...slopes } = await one.run(1, (input, each) => {
      if (input === LABELS) return Float32Array.of(label);
      if (picture.length !== each) throw new Error(wrongSize(each, picture.length));
      return picture;
    });
    const weights = new Map(this.network.layers.map(({ weight }, k) => [weight, slopes[`gradient ${k}`]]));
    if (!Number.isFinite(loss[0]) || ![...weights.values()].every(allFinite)) {
      throw new Error("the gradient of this picture is not finite; its values or the network's weights are out of range");
    }
    return { logits, loss: loss[0], weights };
  }

  /**
   * [classes] for each picture [C,H,W], of the network as it is at the moment. Throws where a picture has another size or
   * the answer to it is not finite.
   */
  async logits(pictures: readonly Float32Array[]): Promise<Float32Array[]> {
    const answers = await this.programs.answers('logits', pictures.length, (_, k) => pictures[k], {
      batches: 'even',
      finite: 'logits',
      notFinite: (_, row) =>
        `the network's answer to picture ${row} of a batch is not finite; its weights or the picture hold values out of range, or a ` +
        'step was too long',
      wrongSize: (_, expected, got) => wrongSize(expected, got),
    });
    return answers.map((answer) => answer.logits);
  }

  /** Does `work` with the network tuned by the step, and then undoes the step. Throws where one is under way. */
  async tuned<T>({ patches }: Step, work: () => Promise<T>): Promise<T> {
    if (this.tuning) throw new Error('the network is tuned already; wait for the one step before the next');
    this.tuning = true;
    const { weights } = this.network;
    try {
      this.place.patch(patches, weights);
      return await work();
    } finally {
      const before = ({ weight, offset, values }: WeightPatch): WeightPatch => ({ weight, offset,
        values: weights.get(weight)!.subarray(offset, offset + values.length) });
      if (!this.destroyed) this.place.patch(patches.map(before), weights);
      this.tuning = false;
    }
  }

  /** Frees what it holds; the device or backend itself stays open. */
  destroy(): void {
    this.destroyed = true;
    this.programs.destroy();
    if (this.owns) this.place.destroy();
  }
}

/** Logits, loss, and the loss's gradient with respect to the weight of each layer, 'gradient k', for one picture. */
function gradientsOf(network: Network): Record<string, Node> {
  const graph = network.build(1);
  const loss = b.crossEntropy(graph.logits, b.input(LABELS, [1]));
  const slopes = grad(b.sum(loss), network.layers.map((layer) => weightOf(layer, graph)));
  return { logits: graph.logits, loss, ...Object.fromEntries(slopes.map((g, k) => [`gradient ${k}`, g])) };
}

/** A layer's weight as the file has it. Reshaping leaves a filter's weights together; nothing else is sure to. */
function weightOf({ name, weight }: Layer, { convs }: NetworkGraph): Node {
  const use = convs.find((u) => u.weight === weight)!;
  const stored = use.computed?.from ?? resolve(use.output.inputs[1]);
  if (stored.op === 'input') return stored;
  throw new Error(
    `the weight of "${name}" is computed from others (${stored.op}), so that its filters have no weights of their own to tune`
  );
}

const wrongSize = (expected: number, got: number): string =>
  `the network takes ${expected} values per picture, got ${got}; check the preprocessing`;

/** Float32 values, finite ones, never add up to more than float64 holds. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return Number.isFinite(sum);
}
