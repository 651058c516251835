/** A layer with a part of its weights: the largest of each class alone, or all others alone (Table 1 of the paper). */
import type { Weights } from './penalty.js';

/** Numbers of weights that are tried of each class. */
export const ABLATION_COUNTS = [1, 2, 3, 5, 10, 20] as const;

/** The layer with the k largest |w| of each class, or with the others; intercepts stay. Equal weights: the first feature wins. */
export function keepLargest({ w, b }: Weights, k: number, which: 'top' | 'rest'): Weights {
  const classes = b.length, p = w.length / classes, out = which === 'top' ? new Float64Array(w.length) : w.slice();
  for (let c = 0; c < classes; c++) {
    const order = Array.from({ length: p }, (_, j) => j).sort((x, y) => Math.abs(w[c * p + y]) - Math.abs(w[c * p + x]) || x - y);
    for (const j of order.slice(0, k)) out[c * p + j] = which === 'top' ? w[c * p + j] : 0;
  }
  return { w: out, b };
}
