/**
 * The declared task: examples with a known probability of their label, and the weights that training begins with. All of it is a function
 * of the seed, bit for bit the same in any language. Inputs and normal numbers are exact in float32.
 */
import { block, normals, uniforms } from '../data/philox.js';
import { PURPOSE } from './purposes.js';
import { inputsOf, layerSizes, type Setting } from './setting.js';

/** Examples and held-out points; x [n, inputs], y 0 or 1, p the truth's probability of 1. */
export interface TaskData {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly p: Float64Array;
  readonly xHeld: Float32Array;
  readonly yHeld: Float32Array;
  readonly pHeld: Float64Array;
}

interface Points {
  readonly x: Float32Array;
  /** The truth's logit. */
  readonly logits: Float64Array;
}

/** 1 / (1 + exp(-z)). */
export const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

/** The examples and held-out points of a setting. */
export function taskData(setting: Setting): TaskData {
  const [train, held] = setting.data === 'gaussian'
    ? [gaussian(setting, PURPOSE.inputs, setting.train), gaussian(setting, PURPOSE.heldInputs, setting.held)]
    : oneHot(setting);
  const p = train.logits.map(logistic), pHeld = held.logits.map(logistic);
  return { x: train.x, y: labels(setting.seed, PURPOSE.labels, p), p, xHeld: held.x, yHeld: labels(setting.seed, PURPOSE.heldLabels, pHeld),
    pHeld };
}

function labels(seed: number, purpose: number, p: Float64Array): Float32Array {
  const u = uniforms({ seed, purpose }, p.length);
  return Float32Array.from(p, (probability, k) => (u[k] < probability ? 1 : 0));
}

/** Truth: 2 (x_0 + x_1 + ...) / sqrt(features) + bias, or 2 x_0 x_1 + bias. */
function gaussian({ seed, features, truth, bias }: Setting, purpose: number, count: number): Points {
  const x = normals({ seed, purpose }, count * features);
  const logits = Float64Array.from({ length: count }, (_, i) => {
    const at = i * features;
    if (truth === 'product') return 2 * x[at] * x[at + 1] + bias;
    let sum = 0;
    for (let j = 0; j < features; j++) sum += x[at + j];
    return (2 * sum) / Math.sqrt(features) + bias;
  });
  return { x, logits };
}

/**
 * One value of each group. A combination whose indices sum to a multiple of `values` is never trained on: where one is drawn, its last
 * index moves on by one. The held-out points are these combinations, in lexicographic order. Truth: a normal coefficient for each value,
 * and the bias.
 */
function oneHot({ seed, groups, values, bias, train, held }: Setting): [Points, Points] {
  const coefficients = normals({ seed, purpose: PURPOSE.truth }, groups * values);
  const encode = (indices: readonly (readonly number[])[]): Points => {
    const x = new Float32Array(indices.length * groups * values);
    const logits = Float64Array.from(indices, (index, i) => {
      let z = 0;
      index.forEach((v, g) => {
        x[(i * groups + g) * values + v] = 1;
        z += coefficients[g * values + v];
      });
      return z + bias;
    });
    return { x, logits };
  };
  return [encode(drawn(seed, groups, values, train)), encode(unseen(groups, values, held))];
}

function drawn(seed: number, groups: number, values: number, count: number): number[][] {
  const per = Math.ceil(groups / 4);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: per }, (_, k) => block({ seed, purpose: PURPOSE.inputs }, i * per + k)).flat();
    const index = Array.from({ length: groups }, (_, g) => Math.floor((words[g] * values) / 2 ** 32));
    if (sum(index) % values === 0) index[groups - 1] = (index[groups - 1] + 1) % values;
    return index;
  });
}

/** The first `most` combinations whose indices sum to a multiple of `values`: the last index follows from the others. */
function unseen(groups: number, values: number, most: number): number[][] {
  const count = Math.min(most, values ** (groups - 1));
  return Array.from({ length: count }, (_, k) => {
    const index = new Array<number>(groups).fill(0);
    for (let g = groups - 2, rest = k; g >= 0; g--, rest = Math.floor(rest / values)) index[g] = rest % values;
    index[groups - 1] = (values - (sum(index) % values)) % values;
    return index;
  });
}

const sum = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0);

/**
 * [models, parameters] as training begins, rounded to float32: W = normal sqrt(gain / in), gain 2 before an activation and 1 in the last
 * layer; biases 0. Each model's tensors lie in a row, in the order of `tensorsOf`.
 */
export const initialWeights = (setting: Setting): Float32Array => drawWeights(layerSizes(setting), setting);

/** The same of a network of any layers: `sizes` are its inputs, the units of each hidden layer, its outputs. */
export function drawWeights(sizes: readonly number[], { seed, models, init }: Pick<Setting, 'seed' | 'models' | 'init'>): Float32Array {
  const count = countOf(sizes);
  const out = new Float32Array(models * count);
  for (let m = 0; m < (init === 'different' ? models : 1); m++) writeModel(sizes, seed, m, out.subarray(m * count, (m + 1) * count));
  if (init === 'different') return out;
  for (let m = 1; m < models; m++) out.copyWithin(m * count, 0, count);
  if (init === 'ulp') {
    const bits = new Uint32Array(out.buffer);
    for (let m = 1; m < models; m++) bits[m * count] += m;
  }
  return out;
}

function writeModel(sizes: readonly number[], seed: number, model: number, out: Float32Array): void {
  let at = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [n, units] = [sizes[l], sizes[l + 1]];
    const scale = Math.sqrt((l + 2 < sizes.length ? 2 : 1) / n);
    const draws = normals({ seed, purpose: PURPOSE.weights, tensor: l, model }, n * units);
    for (let k = 0; k < draws.length; k++) out[at + k] = draws[k] * scale;
    at += n * units + units;
  }
}

/** Weights and biases of one model. */
export const parametersOf = (setting: Setting): number => countOf(layerSizes(setting));

const countOf = (sizes: readonly number[]): number => sizes.slice(1).reduce((n, units, l) => n + units * (sizes[l] + 1), 0);

/** Held-out points there are. */
export const heldOf = (setting: Setting): number =>
  setting.data === 'gaussian' ? setting.held : Math.min(setting.held, setting.values ** (setting.groups - 1));

/** Bytes of a task's examples. */
export const bytesOfData = (setting: Setting): number => 4 * (setting.train + heldOf(setting)) * (inputsOf(setting) + 1);
