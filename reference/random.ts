/** Reproducible numbers for tests, all of them float32 values. */
import { size, type Shape } from '../src/engine/graph.js';

export type Random = () => number;

/** Uniform in [0, 1), from a text: the same test sees the same numbers whatever runs before it. (mulberry32) */
export function random(seed: string): Random {
  let a = 2166136261;
  for (const c of seed) a = Math.imul(a ^ c.charCodeAt(0), 16777619);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Values for an input of a test. */
export interface Spec {
  readonly shape: Shape;
  readonly fill: (r: Random, count: number) => number[];
  /** Whole numbers (labels, indices, taps): nothing is differentiated with respect to them. */
  readonly whole?: boolean;
}

const repeat = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

/** Uniform between two bounds. */
export const uniform = (shape: Shape, low = -1, high = 1): Spec => ({ shape, fill: (r, n) => repeat(n, () => low + (high - low) * r()) });
/** Numbers of either sign and at least 0.1 away from 0, where functions have kinks and poles. */
export const away = (shape: Shape): Spec => ({ shape, fill: (r, n) => repeat(n, () => (r() < 0.5 ? -1 : 1) * (0.1 + 1.4 * r())) });
/** All different by at least 0.01, in random order: no step of a central difference changes which is larger. */
export const apart = (shape: Shape): Spec => ({
  shape,
  fill: (r, n) => {
    const values = repeat(n, (i) => (i - n / 2) * 0.02 + 0.005);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(r() * (i + 1));
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  },
});
/** Whole numbers from 0 up to `below`. */
export const whole = (shape: Shape, below: number): Spec => ({ shape, fill: (r, n) => repeat(n, () => Math.floor(r() * below)),
  whole: true });
/** Numbers given, exactly. */
export const given = (values: readonly number[], shape: Shape = [values.length]): Spec => ({ shape, fill: () => [...values] });

/** Values of a spec, rounded to float32. */
export const draw = (spec: Spec, r: Random): Float64Array => Float64Array.from(spec.fill(r, size(spec.shape)), Math.fround);
