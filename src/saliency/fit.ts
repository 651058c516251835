/** How well a network's answers fit labels, under other orders of the classes: which of several ways to ask it is the right one. */
import { bootstrapMean, type Interval } from './bootstrap.js';
import { argmax, probability } from './prediction.js';
import { Random } from './random.js';

/** An order of classes: `of[y]` is the network's class for label y. */
export interface ClassOrder {
  readonly name: string;
  readonly of: readonly number[];
}

/** What answers come to against labels. */
export interface Fit {
  readonly right: number;
  readonly samples: number;
  /** Mean cross-entropy, and that of each sample. */
  readonly loss: number;
  readonly losses: Float64Array;
  /** Mean softmax at the classes given. */
  readonly confidence: number;
}

/**
 * Orders that are often mistaken for each other, of `count` classes: as they are; alphabetical by `names` where they are known; numbers
 * sorted as texts (0, 1, 10, 11, 2 ...), as folders are; one further or one less, where a class was put before the first; the other way
 * round. Those that are the same as an earlier one, or give some of the `labels` no class, are left out.
 */
export function commonOrders(count: number, names: readonly string[] | null, labels: readonly number[]): ClassOrder[] {
  const all = Array.from({ length: count }, (_, k) => k);
  const sorted = (text: (k: number) => string) => [...all].sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : a - b));
  const both = (name: string, order: readonly number[]): ClassOrder[] => [
    { name: `the network's classes are ${name}`, of: inverse(order) },
    { name: `the labels are ${name}`, of: order },
  ];
  const orders: ClassOrder[] = [
    { name: 'as they are', of: all },
    ...(names && names.length === count ? both('alphabetical by name', sorted((k) => names[k])) : []),
    ...both('numbers sorted as texts: 0, 1, 10, 11, 2', sorted(String)),
    { name: 'the labels count from 1', of: all.map((k) => k - 1) },
    { name: 'the network has a class before the first', of: all.map((k) => k + 1) },
    { name: 'the other way round', of: [...all].reverse() },
  ];
  const known = new Set<string>();
  return orders.filter(({ of }) => {
    if (labels.some((y) => !(of[y] >= 0 && of[y] < count)) || known.has(of.join())) return false;
    known.add(of.join());
    return true;
  });
}

function inverse(order: readonly number[]): number[] {
  const out = new Array<number>(order.length);
  order.forEach((k, rank) => (out[k] = rank));
  return out;
}

/** How well logits [classes] of each sample fit its label in that order. Throws where there are not as many of both, or none. */
export function fitOf(logits: readonly ArrayLike<number>[], labels: readonly number[], order: ClassOrder): Fit {
  if (logits.length !== labels.length || logits.length === 0) {
    throw new Error(`${logits.length} answers and ${labels.length} labels do not belong together`);
  }
  const wanted = labels.map((y) => order.of[y]);
  const losses = Float64Array.from(logits, (z, k) => crossEntropy(z, wanted[k]));
  return {
    samples: labels.length,
    right: logits.filter((z, k) => argmax(z) === wanted[k]).length,
    losses,
    loss: losses.reduce((sum, v) => sum + v, 0) / losses.length,
    confidence: logits.reduce((sum, z) => sum + probability(z, argmax(z)), 0) / logits.length,
  };
}

/** Of the smallest loss, the first of equals: it tells more than the number that is right, which is not much of some dozens. */
export const bestFit = <T extends { readonly fit: Fit }>(all: readonly T[]): T => all.reduce((a, b) => (b.fit.loss < a.fit.loss ? b : a));

/** By how much the mean loss of `worse` is above that of `better`, sample by sample, with its 95 % interval. */
export const lossBetween = (worse: Fit, better: Fit): Interval =>
  bootstrapMean(worse.losses.map((v, k) => v - better.losses[k]), new Random(0));

/** Of logits at class k, without overflow: log sum over j of exp(z_j - z_k). */
function crossEntropy(z: ArrayLike<number>, k: number): number {
  const most = z[argmax(z)];
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += Math.exp(z[j] - most);
  return Math.log(sum) + most - z[k];
}
