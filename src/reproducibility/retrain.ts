/**
 * Training again, M times, with one thing at a time left to chance: the last layer of a network on its features. What is the same in all M
 * trainings but for that thing can differ by it alone; where nothing is left to chance they agree to the bit.
 */
import type { ActivationName } from '../engine/activations.js';
import type { Device } from '../engine/device.js';
import { classMeasures, type ClassMeasures } from './classes.js';
import { ordersOf } from './order.js';
import { Predictor } from './predictor.js';
import { completeSetting } from './setting.js';
import { drawWeights } from './task.js';
import { trainModels } from './train.js';

/** What is left to chance, and in which fields. */
export const CHANCES = [{ name: 'nothing', init: 'same', shuffled: false }, { name: 'initial weights', init: 'different', shuffled: false },
  { name: 'order', init: 'same', shuffled: true }, { name: 'both', init: 'different', shuffled: true }] as const;
export type Chance = (typeof CHANCES)[number];

export interface HeadSettings {
  readonly models: number;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  /** Units of one hidden layer; 0: a linear head, whose loss is convex. */
  readonly hidden: number;
  readonly activation: ActivationName;
  readonly beta: number;
  /** Of the buffer that shuffles, where the order is left to chance. */
  readonly window: number;
}

/** Examples with features [count, features] and labels. */
export interface Featured {
  readonly x: Float32Array;
  readonly labels: ArrayLike<number>;
}

/** Means over pairs of models, each with its standard error by leaving out one model at a time. */
export interface PairMeans {
  readonly churn: readonly [number, number];
  readonly total_variation: readonly [number, number];
  readonly pd_sym: readonly [number, number];
  readonly mistakes_shared: readonly [number, number];
  readonly error_kappa: readonly [number, number];
  readonly error: number;
  readonly unanimous: number;
}

/** The held-out answers of M heads trained on the examples, by what is left to chance: [M] of [held, classes]. */
export async function trainHeads(device: Device, { init, shuffled }: Chance, train: Featured, held: Featured, classes: number,
  s: HeadSettings): Promise<Float32Array[]> {
  const count = train.labels.length, inputs = train.x.length / count;
  if ((count * s.epochs) % s.batch !== 0) {
    throw new Error(`${count} examples times ${s.epochs} epochs are no multiple of the batch, ${s.batch}; give another`);
  }
  const network = { inputs, width: Math.max(1, s.hidden), depth: s.hidden > 0 ? 1 : 0, activation: s.activation, beta: s.beta,
    optimizer: 'sgd' as const, batch: s.batch, classes };
  const order = completeSetting({ train: count, epochs: s.epochs, batch: s.batch, seed: s.seed, models: s.models,
    window: shuffled ? s.window : 1 });
  const sizes = [inputs, ...(s.hidden > 0 ? [s.hidden] : []), classes];
  const { weights } = await trainModels(device, { network, models: s.models, x: train.x, y: Float32Array.from(train.labels),
    orders: ordersOf(order), initial: drawWeights(sizes, { seed: s.seed, models: s.models, init }), rate: s.rate, schedule: 'linear' });
  const predictor = new Predictor(device, network);
  try {
    const logits = await predictor.logits(weights, s.models, held.x);
    const each = logits.length / s.models;
    return Array.from({ length: s.models }, (_, m) => logits.slice(m * each, (m + 1) * each));
  } finally {
    predictor.destroy();
  }
}

/** What the answers of M models [M] of [pictures, classes] come to. */
export function pairMeans(logits: readonly Float32Array[], classes: number, labels: ArrayLike<number>): PairMeans {
  const { pairs, unanimous, error } = classMeasures({ logits, classes, labels });
  const mean = (v: readonly number[]): number => (v.length === 0 ? 0 : v.reduce((a, b) => a + b, 0) / v.length);
  const told = (key: 'churn' | 'total_variation' | 'pd_sym' | 'mistakes_shared' | 'error_kappa'): readonly [number, number] => {
    const M = logits.length;
    const of = (some: ClassMeasures['pairs']): number => mean(some.map(({ measures }) => measures[key]));
    const left = logits.map((_, m) => of(pairs.filter(({ models }) => !models.includes(m))));
    const centre = mean(left);
    return [of(pairs), M > 2 ? Math.sqrt(((M - 1) / M) * left.reduce((sum, v) => sum + (v - centre) ** 2, 0)) : NaN];
  };
  return { churn: told('churn'), total_variation: told('total_variation'), pd_sym: told('pd_sym'), mistakes_shared: told('mistakes_shared'),
    error_kappa: told('error_kappa'), error: mean(error), unanimous };
}
