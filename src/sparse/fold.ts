/** From standardised features to raw ones and back: the same logits, in float64. */
import type { Weights } from './penalty.js';
import type { Standardization } from './rows.js';

/** Weights for raw features: W / std, and b - (W / std) mean. */
export function toRaw({ w, b }: { readonly w: ArrayLike<number>; readonly b: ArrayLike<number> },
  { mean, std }: Pick<Standardization, 'mean' | 'std'>): Weights {
  const p = mean.length, out = Float64Array.from(w as ArrayLike<number>, (v, k) => v / std[k % p]);
  return { w: out, b: Float64Array.from(b as ArrayLike<number>, (v, c) => v - dot(out, c * p, mean)) };
}

/** Weights for standardised features: W std, and b + W mean. A constant feature keeps its weight here: its value is in the intercept. */
export function toStandardized({ w, b }: Weights, { mean, std, constant }: Standardization): Weights {
  const p = mean.length, none = new Set(constant);
  return { w: w.map((v, k) => (none.has(k % p) ? 0 : v * std[k % p])), b: b.map((v, c) => v + dot(w, c * p, mean)) };
}

function dot(w: Float64Array, from: number, x: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += w[from + j] * x[j];
  return sum;
}
