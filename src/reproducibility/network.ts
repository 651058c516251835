/**
 * Many small networks as one graph: every tensor has the models in front, W [M, out, in], activations [M, rows, units], and each product is
 * a batched one. What the kernel of src/kernels/train-network.ts does in workgroup memory, for networks of any size.
 */
import * as b from '../engine/layers.js';
import { activate } from '../engine/activations.js';
import { grad } from '../engine/grad.js';
import type { Node, Shape } from '../engine/graph.js';
import { ADAGRAD, parameterCount, type TrainedNetwork } from '../kernels/train-network.js';

/** The forward pass's part of a network. */
export type NetworkForm = Pick<TrainedNetwork, 'inputs' | 'width' | 'depth' | 'activation' | 'beta' | 'classes'>;

/** W and b of each layer, in the order of a model's row of weights. */
export function layersOf(
  { inputs, width, depth, classes = 1 }: NetworkForm
): { readonly name: string; readonly shape: Shape; readonly at: number }[] {
  const sizes = [inputs, ...Array<number>(depth).fill(width), classes];
  let at = 0;
  return sizes.slice(1).flatMap((out, l) => {
    const W = { name: `W${l}`, shape: [out, sizes[l]], at };
    const bias = { name: `b${l}`, shape: [out], at: at + out * sizes[l] };
    at += out * (sizes[l] + 1);
    return [W, bias];
  });
}

/** Logits [M, rows], or [M, rows, classes], of x [M or 1, rows, inputs]; tensors as `layersOf`, each with M in front. */
export function networkLogits(form: NetworkForm, tensors: readonly Node[], x: Node): Node {
  let y = x;
  for (let l = 0; l <= form.depth; l++) {
    const [W, bias] = [tensors[2 * l], tensors[2 * l + 1]];
    const z = b.matmul(y, W, { transA: false, transB: true });
    y = b.add(z, b.reshape(bias, [bias.shape[0], 1, bias.shape[1]]));
    if (l < form.depth) y = activate(form.activation, y, form.beta);
  }
  return form.classes === undefined ? b.reshape(y, [y.shape[0], y.shape[1]]) : y;
}

/** Logits of many models at the same points: the parts of `weights` [M, parameters] as inputs by name, 'x' [rows, inputs]. */
export function predictionGraph(form: NetworkForm, models: number, rows: number): Record<string, Node> {
  const tensors = layersOf(form).map(({ name, shape }) => b.input(name, [models, ...shape]));
  return { logits: networkLogits(form, tensors, b.reshape(b.input('x', [rows, form.inputs]), [1, rows, form.inputs])) };
}

/** One tensor of all models out of rows of weights. */
export function partOf(weights: Float32Array, models: number, each: number, at: number, count: number): Float32Array {
  const out = new Float32Array(models * count);
  for (let m = 0; m < models; m++) out.set(weights.subarray(m * each + at, m * each + at + count), m * count);
  return out;
}

export interface StepGraph {
  /** One step: new values of the weights, of Adagrad's sums and of the counter of steps. */
  readonly updates: Map<Node<'input'>, Node>;
  /** The models' tensors as `layersOf`, and Adagrad's sums of each. */
  readonly tensors: readonly Node<'input'>[];
  readonly sums: readonly Node<'input'>[];
}

/** Names of what a step reads besides the models: the data, the orders and rates of a block of steps, which step of the block it is. */
export const STEP = { x: 'x', y: 'y', orders: 'orders', rates: 'rates', counter: 'step' } as const;

/**
 * One step of all models by the sum over them of each one's mean loss, so that each has its own gradient. 'x' [rows, inputs] and 'y' [rows]
 * lie on the device; 'orders' [steps, M batch] and 'rates' [steps] are those of a block, of which the weight 'step' counts.
 */
export function stepGraph(network: TrainedNetwork, models: number, rows: number, steps: number): StepGraph {
  const { inputs, batch, classes } = network;
  const tensors = layersOf(network).map(({ name, shape }) => b.weight(name, [models, ...shape]));
  const counter = b.weight(STEP.counter, [1]);
  const order = b.reshape(b.take(b.input(STEP.orders, [steps, models * batch]), counter, { axis: 0 }), [models * batch]);
  const rate = b.take(b.input(STEP.rates, [steps]), counter, { axis: 0 });
  const x = b.reshape(b.take(b.weight(STEP.x, [rows, inputs]), order, { axis: 0 }), [models, batch, inputs]);
  const y = b.reshape(b.take(b.weight(STEP.y, [rows]), order, { axis: 0 }), [models, batch]);
  const s = networkLogits(network, tensors, x);
  const each = classes === undefined
    ? b.sub(b.softplus(s), b.mul(y, s))
    : b.crossEntropy(b.reshape(s, [models * batch, classes]), b.reshape(y, [models * batch]));
  const loss = b.mul(b.sum(each), b.constant(1 / batch));
  const gradients = grad(b.reshape(loss, []), tensors);
  const updates = new Map<Node<'input'>, Node>();
  const sums: Node<'input'>[] = [];
  tensors.forEach((w, k) => {
    let step = gradients[k];
    if (network.optimizer === 'adagrad') {
      const old = b.weight(`${w.attrs.name} (sums)`, w.shape);
      const total = b.add(old, b.mul(step, step));
      sums.push(old);
      updates.set(old, total);
      step = b.div(step, b.add(b.sqrt(total), b.constant(ADAGRAD.epsilon)));
    }
    updates.set(w, b.sub(w, b.mul(rate, step)));
  });
  updates.set(counter, b.add(counter, b.constant(1)));
  return { updates, tensors, sums };
}

export { parameterCount, type TrainedNetwork };
