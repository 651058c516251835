/**
 * "Top-5 predictability", a proxy without people for the paper's question whether a person can tell what a class rests on: of three
 * pictures that have the class among the model's three most probable, the one is picked whose five largest weights of the class add up
 * to most, sum over j of w_cj z_j; the answer is the one for which the model's probability of the class is greatest. It bounds what five
 * features can tell and says nothing about people. Chance is 1/3.
 */
import { shareOf } from '../../saliency/binomial.js';
import type { Interval } from '../../saliency/bootstrap.js';
import { probability } from '../../saliency/prediction.js';
import { Random } from '../../saliency/random.js';
import type { Reading } from './layer.js';

export const FEATURES = 5, PICTURES = 3, CHANCE = 1 / 3;
const SEED = 0;

export interface Predictability {
  /** Over triples that have no picture of a class in common, so that they are trials of a binomial. */
  readonly share: Interval;
  readonly triples: number;
  /** Classes with at least three such pictures and a weight. */
  readonly classes: number;
}

/** Rows of z [samples, features]. Null where no class has three pictures among whose most probable three it is. */
export function predictability(reading: Reading, z: ArrayLike<number>, { features = FEATURES, seed = SEED } = {}): Predictability | null {
  const p = reading.layer.features;
  const rows = Array.from({ length: z.length / p }, (_, row) => reading.logits(z, row));
  const pools = reading.ofClass.map(() => [] as number[]);
  rows.forEach((logits, row) => {
    const order = Array.from(logits, (_, c) => c).sort((a, b) => logits[b] - logits[a] || a - b);
    for (const c of order.slice(0, PICTURES)) pools[c].push(row);
  });
  let right = 0, triples = 0, classes = 0;
  for (const [c, { at, weight }] of reading.ofClass.entries()) {
    const pool = pools[c];
    if (pool.length < PICTURES || at.length === 0) continue;
    classes++;
    const random = new Random(seed, c);
    const part = (row: number): number => {
      let sum = 0;
      for (let k = 0; k < Math.min(features, at.length); k++) sum += weight[k] * z[row * p + at[k]];
      return sum;
    };
    const order = random.choose(pool.length, pool.length).map((k) => pool[k]);
    for (let k = 0; k + PICTURES <= order.length; k += PICTURES) {
      const some = order.slice(k, k + PICTURES);
      triples++;
      if (most(some, part) === most(some, (row) => probability(rows[row], c))) right++;
    }
  }
  return triples === 0 ? null : { share: shareOf(right, triples), triples, classes };
}

/** The first of those with the greatest value. */
const most = (rows: readonly number[], of: (row: number) => number): number => {
  const values = rows.map(of);
  return rows[values.indexOf(Math.max(...values))];
};
