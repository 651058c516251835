/**
 * Training of many small networks side by side, each with its weights in workgroup memory over a block of steps. For model m, step t and
 * the examples e of its batch:
 *   z_l = W_l a_l + b_l,   a_(l+1) = f(z_l),   s = the last z,   loss = mean over e of softplus(s) - y s
 *   w -= rate_t g   or   G += g^2, w -= rate_t g / (sqrt(G) + 1e-7)
 * Schedule 'tile': a workgroup for each model, whose lanes share the units and the weights of a layer. Schedule 'register': up to eight
 * models for each workgroup, a lane for each, and no barriers. Every sum is one lane's, over inputs, units or examples in ascending order:
 * both schedules add in the same order, and a model's numbers depend on no other model nor on how the steps are cut into blocks.
 */
import { defineActivation, type KernelActivation } from './activation-slopes.js';
import { HELPERS } from './functions.js';
import { FLAT_WORKGROUP, flatGrid } from './grid.js';
import type { Kernel, Target } from './kernel.js';
import { KernelWriter } from './writer.js';

/** A network inputs -> (width, activation) x depth -> 1 logit, and its rule of learning. */
export interface TrainedNetwork {
  readonly inputs: number;
  readonly width: number;
  readonly depth: number;
  readonly activation: KernelActivation;
  readonly beta: number;
  readonly optimizer: 'sgd' | 'adagrad';
  /** Examples of a step. */
  readonly batch: number;
  /** Logits, with softmax cross-entropy as the loss, in place of one: by the general graph alone. */
  readonly classes?: number;
}

/** How much is trained at once. */
export interface TrainedBlock {
  readonly models: number;
  /** Examples of the data, of which orders choose. */
  readonly rows: number;
  readonly steps: number;
  /** Orders there are: one for each model, or 1 that all share. */
  readonly orders: number;
}

/** What Adagrad adds to the root of its sums, and what these begin with. */
export const ADAGRAD = { start: 0.1, epsilon: 1e-7 } as const;

/** Lanes that share a model under 'tile', and models of a workgroup under 'register' at most. */
const LANES = 64, MODELS = 8;
/** Floats of the workgroup memory that every adapter has: 16 KiB. */
const PROMISED = 4096;

/** Weights and biases of one network. */
export const parameterCount = (
  { inputs, width, depth, classes = 1 }: Pick<TrainedNetwork, 'inputs' | 'width' | 'depth' | 'classes'>
): number => depth === 0 ? classes * (inputs + 1) : width * (inputs + 1) + (depth - 1) * width * (width + 1) + classes * (width + 1);

/** Floats of a model's row: its weights, and Adagrad's sums after them. */
export const stateCount = (n: TrainedNetwork): number => parameterCount(n) * (n.optimizer === 'adagrad' ? 2 : 1);

/** Where what a model needs lies in its part of the workgroup memory; `size` floats in all. */
function placesOf(n: TrainedNetwork): Record<'sums' | 'gradient' | 'input' | 'value' | 'slope' | 'delta' | 'size', number> {
  const count = parameterCount(n);
  const gradient = stateCount(n);
  const input = gradient + (n.batch > 1 ? count : 0);
  const value = input + n.inputs;
  const slope = value + n.depth * n.width;
  const delta = slope + n.depth * n.width;
  return { sums: count, gradient, input, value, slope, delta, size: delta + 2 * n.width };
}

/** Whether a model fits in the workgroup memory that every adapter has. */
export const fitsInWorkgroup = (n: TrainedNetwork): boolean => n.classes === undefined && placesOf(n).size <= PROMISED;

/**
 * Operands 'x' [rows, inputs], 'y' [rows], 'order' [orders, steps batch] (whole numbers), 'rate' [steps], 'weights' [models, state] and
 * 'out', the same after these steps. Null where a model does not fit in workgroup memory.
 */
export function trainKernel(target: Target, n: TrainedNetwork, { models, rows, steps, orders }: TrainedBlock): Kernel | null {
  const places = placesOf(n);
  if (!fitsInWorkgroup(n)) return null;
  const tile = target.schedule === 'tile';
  // By the network's size alone: how many models there are changes nothing.
  const together = tile ? 1 : Math.min(MODELS, 2 ** Math.floor(Math.log2(PROMISED / places.size)));
  const capacity = tile ? Math.max(256, 2 ** Math.ceil(Math.log2(places.size))) : PROMISED;
  const w = new KernelWriter(target, `train ${n.activation} ${target.schedule}`);
  const x = w.read('x', rows * n.inputs), y = w.read('y', rows), order = w.read('order', orders * steps * n.batch);
  const rate = w.read('rate', steps), weights = w.read('weights', models * stateCount(n)), out = w.write('out', models * stateCount(n));
  const p = w.params('', { models, steps, batch: n.batch, state: stateCount(n), count: parameterCount(n), inputs: n.inputs, width: n.width,
    depth: n.depth, ...places, orderStride: orders === 1 ? 0 : steps * n.batch });
  const beta = w.param('beta', n.beta, 'f32'), share = w.param('share', n.batch, 'f32');
  const epsilon = w.param('epsilon', ADAGRAD.epsilon, 'f32');
  w.define('m', `var<workgroup> m: array<f32, ${capacity}>;`);
  w.define('fn_sigmoid', HELPERS.sigmoid!);
  defineActivation(w, n.activation);
  w.takes(8 * models * steps * n.batch * (parameterCount(n) + 16));

  const barrier = tile ? 'workgroupBarrier();' : '';
  /** A float of this lane's model. */
  const at = (k: string): string => (tile ? `m[${k}]` : `m[(${k}) * ${together}u + li]`);
  /** The lanes of a model take turns. */
  const each = (k: string, count: string, body: string): string =>
    `for (var ${k} = ${tile ? 'li' : '0u'}; ${k} < ${count}; ${k} = ${k} + ${tile ? LANES : 1}u) { ${body} }`;
  const descend = n.optimizer === 'sgd'
    ? (k: string) => `${at(k)} = ${at(k)} - rate * g;`
    : (k: string) =>
      `let total = ${at(`${p.sums} + ${k}`)} + g * g; ${at(`${p.sums} + ${k}`)} = total;
      ${at(k)} = ${at(k)} - rate * g / (sqrt(total) + ${epsilon});`;
  /** What a weight's gradient `g` of one example does: a step at once, or a sum over the batch first. */
  const learn = n.batch === 1 ? descend : (k: string) => `${at(`${p.gradient} + ${k}`)} = ${at(`${p.gradient} + ${k}`)} + g;`;
  /** All weights [units, n] and biases [units] of a layer at `at0`; output gradients at `d`, inputs at `from`. */
  const learnLayer = tile
    ? each('k', `${p.width} * (n + 1u)`, `var g: f32;
        if (k < ${p.width} * n) { g = ${at('d + k / n')} * ${at('source + k % n')}; } else { g = ${at(`d + k - ${p.width} * n`)}; }
        ${learn('(at0 + k)')}`)
    : `for (var o = 0u; o < ${p.width}; o = o + 1u) {
        let over = ${at('d + o')};
        for (var i = 0u; i < n; i = i + 1u) { let g = over * ${at('source + i')}; ${learn('(at0 + o * n + i)')} }
        { let g = over; ${learn(`(at0 + ${p.width} * n + o)`)} }
      }`;

  return w.build([tile ? LANES : together, 1, 1], flatGrid(Math.ceil(models / together), target), `
  let model = ${FLAT_WORKGROUP}${tile ? '' : ` * ${together}u + li`};
  if (model >= ${p.models}) { return; }
  ${each('k', p.state, `${at('k')} = ${weights.at(`model * ${p.state} + k`)};`)}
  ${n.batch === 1 ? '' : each('k', p.count, `${at(`${p.gradient} + k`)} = 0.0;`)}
  ${barrier}
  for (var t = 0u; t < ${p.steps}; t = t + 1u) {
    let rate = ${rate.at('t')};
    for (var e = 0u; e < ${p.batch}; e = e + 1u) {
      let row = u32(${order.at(`model * ${p.orderStride} + t * ${p.batch} + e`)});
      ${each('i', p.inputs, `${at(`${p.input} + i`)} = ${x.at(`row * ${p.inputs} + i`)};`)}
      ${barrier}
      var at0 = 0u; var source = ${p.input}; var n = ${p.inputs};
      for (var l = 0u; l < ${p.depth}; l = l + 1u) {
        ${
    each('o', p.width, `var z = 0.0;
          for (var i = 0u; i < n; i = i + 1u) { z = z + ${at('at0 + o * n + i')} * ${at('source + i')}; }
          z = z + ${at(`at0 + ${p.width} * n + o`)};
          ${at(`${p.value} + l * ${p.width} + o`)} = act(z, ${beta});
          ${at(`${p.slope} + l * ${p.width} + o`)} = slope(z, ${beta});`)
  }
        ${barrier}
        at0 = at0 + ${p.width} * (n + 1u); source = ${p.value} + l * ${p.width}; n = ${p.width};
      }
      var s = 0.0;
      for (var i = 0u; i < n; i = i + 1u) { s = s + ${at('at0 + i')} * ${at('source + i')}; }
      s = s + ${at('at0 + n')};
      let error = (fn_sigmoid(s) - ${y.at('row')}) / ${share};
      var d = ${p.delta}; var before = ${p.delta} + ${p.width};
      if (${p.depth} > 0u) {
        let last = ${p.slope} + (${p.depth} - 1u) * ${p.width};
        ${each('i', 'n', `${at('d + i')} = error * ${at('at0 + i')} * ${at('last + i')};`)}
      }
      ${barrier}
      ${each('i', 'n + 1u', `var g = error; if (i < n) { g = error * ${at('source + i')}; } ${learn('(at0 + i)')}`)}
      for (var l = ${p.depth}; l > 0u; l = l - 1u) {
        n = select(${p.width}, ${p.inputs}, l == 1u);
        source = select(${p.value} + (l - 2u) * ${p.width}, ${p.input}, l == 1u);
        at0 = at0 - ${p.width} * (n + 1u);
        if (l > 1u) {
          ${
    each('i', 'n', `var g = 0.0;
            for (var o = 0u; o < ${p.width}; o = o + 1u) { g = g + ${at('d + o')} * ${at('at0 + o * n + i')}; }
            ${at('before + i')} = g * ${at(`${p.slope} + (l - 2u) * ${p.width} + i`)};`)
  }
          ${barrier}
        }
        ${learnLayer}
        let swap = d; d = before; before = swap;
        ${barrier}
      }
      ${barrier}
    }
    ${
    n.batch === 1 ? '' : `${each('k', p.count, `let g = ${at(`${p.gradient} + k`)}; ${at(`${p.gradient} + k`)} = 0.0; ${descend('k')}`)}
    ${barrier}`
  }
  }
  ${each('k', p.state, out.set(`(model * ${p.state} + k)`, at('k')))}`);
}
