/**
 * The setting of one irreproducibility experiment: a task, a network, what is random, and a rule of learning. Fields and defaults are those
 * of the declared task; they are ours, not the paper's (Snapp and Shamir, arXiv 2102.10696, publishes none).
 */
import { ACTIVATIONS, type ActivationName } from '../engine/activations.js';

export interface Setting {
  /** Of everything random: data, truth, initial weights, orders. */
  readonly seed: number;
  readonly data: 'gaussian' | 'one-hot';
  /** Inputs of `gaussian` data. */
  readonly features: number;
  /** Of `one-hot` data: so many groups of so many values. */
  readonly groups: number;
  readonly values: number;
  /** Of `gaussian` data. */
  readonly truth: 'linear' | 'product';
  /** Added to the truth's logit. */
  readonly bias: number;
  /** Training examples, and held-out points at most. */
  readonly train: number;
  readonly held: number;
  /** Networks that are trained side by side and compared. */
  readonly models: number;
  /** Units of each hidden layer, and how many hidden layers. */
  readonly width: number;
  readonly depth: number;
  readonly activation: ActivationName;
  /** Of smelu, softplus and swish. */
  readonly beta: number;
  /** same: all begin with model 0's weights; ulp: its weights, the bits of the first one raised by the model's number. */
  readonly init: 'different' | 'same' | 'ulp';
  readonly orders: 'different' | 'same';
  /** Slots of the buffer that shuffles: 1 keeps the order, `train` permutes freely. */
  readonly window: number;
  readonly epochs: number;
  readonly batch: number;
  readonly optimizer: 'sgd' | 'adagrad';
  readonly rate: number;
  /** linear: rate (1 - t / steps) in step t, from 0. */
  readonly schedule: 'constant' | 'linear';
}

export const DEFAULTS: Setting = { seed: 1, data: 'gaussian', features: 2, groups: 3, values: 8, truth: 'linear', bias: -1, train: 4096,
  held: 512, models: 32, width: 1, depth: 1, activation: 'relu', beta: 1, init: 'different', orders: 'different', window: 4096, epochs: 1,
  batch: 1, optimizer: 'sgd', rate: 0.1, schedule: 'constant' };

const CHOICES: { readonly [K in keyof Setting]?: readonly Setting[K][] } = { data: ['gaussian', 'one-hot'], truth: ['linear', 'product'],
  activation: ACTIVATIONS, init: ['different', 'same', 'ulp'], orders: ['different', 'same'], optimizer: ['sgd', 'adagrad'],
  schedule: ['constant', 'linear'] };

/** Whole numbers, from and to: indices travel as float32, exact below 2^24. */
const WHOLE: { readonly [K in keyof Setting]?: readonly [number, number] } = { seed: [0, 2 ** 32 - 1], features: [1, 65536],
  groups: [1, 64], values: [2, 65536], train: [1, 2 ** 24], held: [1, 2 ** 24], models: [1, 2 ** 24], width: [1, 65536], depth: [0, 1024],
  window: [1, 2 ** 31], epochs: [1, 65536], batch: [1, 65536] };

/**
 * A setting with its defaults filled in, from what JSON has given. Throws one sentence that names the first field that is unknown or holds
 * what it cannot.
 */
export function completeSetting(given: unknown, name = 'the setting'): Setting {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Error(`${name} must be an object of fields such as {"activation": "smelu", "beta": 0.5}`);
  }
  const unknown = Object.keys(given).filter((key) => !(key in DEFAULTS));
  if (unknown.length > 0) {
    throw new Error(`${name}: unknown field '${unknown[0]}'; there are ${Object.keys(DEFAULTS).join(', ')}`);
  }
  const setting = { ...DEFAULTS, ...given } as Setting;
  for (const key of Object.keys(DEFAULTS) as (keyof Setting)[]) {
    const wrong = refusal(key, setting[key]);
    if (wrong !== null) throw new Error(`${name}: '${key}' must be ${wrong}, got ${JSON.stringify(setting[key])}`);
  }
  checkTogether(setting, name);
  return setting;
}

/** What a field's value must be, where it is not. */
function refusal(key: keyof Setting, value: unknown): string | null {
  const choices = CHOICES[key] as readonly unknown[] | undefined;
  if (choices) return choices.includes(value) ? null : `one of ${choices.join(', ')}`;
  const range = WHOLE[key];
  if (range) {
    const [low, high] = range;
    return Number.isInteger(value) && (value as number) >= low && (value as number) <= high ? null : `a whole number of ${low} to ${high}`;
  }
  if (!Number.isFinite(value)) return 'a number';
  if (key === 'beta') return (value as number) > 0 ? null : 'above 0';
  if (key === 'rate') return (value as number) >= 0 ? null : 'at least 0';
  return null;
}

function checkTogether({ data, truth, features, train, epochs, batch, init, models }: Setting, name: string): void {
  if (data === 'gaussian' && truth === 'product' && features < 2) {
    throw new Error(`${name}: the truth 'product' multiplies two features, and 'features' is ${features}`);
  }
  if ((train * epochs) % batch !== 0) {
    throw new Error(`${name}: 'train' times 'epochs', ${train * epochs}, must be a multiple of 'batch', ${batch}`);
  }
  if (init === 'ulp' && models > 2 ** 20) throw new Error(`${name}: with init 'ulp' there are at most ${2 ** 20} models, got ${models}`);
}

/** Inputs of the network. */
export const inputsOf = ({ data, features, groups, values }: Setting): number => (data === 'gaussian' ? features : groups * values);

/** Steps of training. */
export const stepsOf = ({ train, epochs, batch }: Setting): number => (train * epochs) / batch;

/** The tensors of one model in the order of its row of weights: W0 [out, in], b0 [out], W1, ... */
export function tensorsOf(setting: Setting): { readonly name: string; readonly shape: readonly number[] }[] {
  const sizes = layerSizes(setting);
  return sizes.slice(1).flatMap((out, l) => [{ name: `W${l}`, shape: [out, sizes[l]] }, { name: `b${l}`, shape: [out] }]);
}

/** Inputs, units of each hidden layer, 1. */
export const layerSizes = (setting: Setting): number[] => [inputsOf(setting), ...Array<number>(setting.depth).fill(setting.width), 1];
