/**
 * The order in which a model sees its examples: a buffer of `window` slots, as the data pipelines of several frameworks shuffle. The rule
 * is that of tf.data's kernel (tensorflow/core/kernels/data/shuffle_dataset_op.cc), with Philox in place of its generator.
 */
import { block } from '../data/philox.js';
import type { Setting } from './setting.js';
import { PURPOSE } from './purposes.js';

/**
 * One pass over 0 .. n-1: a ring of min(window, n) slots is filled; draw t takes slot (start + word t mod held) mod window, the element of
 * slot `start mod window` moves to where the drawn one was, start advances, and the next input goes to slot `end mod window`. An example
 * never comes before its place by `window` or more, but may come arbitrarily late.
 */
export function bufferShuffle(n: number, window: number, seed: number, model: number, epoch: number): Uint32Array {
  const out = new Uint32Array(n);
  const slots = Math.min(window, n);
  if (slots <= 1) {
    for (let k = 0; k < n; k++) out[k] = k;
    return out;
  }
  const stream = { seed, purpose: PURPOSE.order, tensor: epoch, model };
  const ring = new Uint32Array(slots);
  let start = 0, end = 0, words: readonly number[] = [];
  for (let t = 0; t < n; t++) {
    while (end - start < slots && end < n) {
      ring[end % slots] = end;
      end++;
    }
    if (t % 4 === 0) words = block(stream, t / 4);
    const index = (start + (words[t % 4] % (end - start))) % slots;
    out[t] = ring[index];
    ring[index] = ring[start % slots];
    start++;
  }
  return out;
}

/** Which example each model sees when. */
export interface Orders {
  /** One row of `length` for each model, or a single one that all share. */
  readonly values: Uint32Array;
  readonly rows: number;
  readonly length: number;
}

/** The orders of a setting, `epochs` passes one after the other; one row where all models have model 0's. */
export function ordersOf({ train, epochs, seed, window, models, orders }: Setting): Orders {
  const rows = orders === 'different' && window > 1 ? models : 1;
  const length = train * epochs;
  const values = new Uint32Array(rows * length);
  for (let m = 0; m < rows; m++) {
    for (let e = 0; e < epochs; e++) values.set(bufferShuffle(train, window, seed, m, e), m * length + e * train);
  }
  return { values, rows, length };
}
