/**
 * Counts out of n: exact tails of the binomial distribution, and the interval of a share that follows from them (Clopper and
 * Pearson, 1934): all shares that an exact two-sided test would not refuse. It stands also where nothing or everything happened.
 */
import type { Interval } from './bootstrap.js';

const LEVEL = 0.95;

/** The probability of at most k of n, each with probability p. Sums of positive terms, so that small ones keep their digits. */
export function atMostOf(k: number, n: number, p: number): number {
  if (k >= n || p <= 0) return 1;
  if (k < 0 || p >= 1) return 0;
  // Beyond the mean the other side is the smaller sum.
  return k > n * p ? 1 - lower(n - k - 1, n, 1 - p) : lower(k, n, p);
}

/** Sum from k downwards, k at most about the mean: each term is smaller than the one before. */
function lower(k: number, n: number, p: number): number {
  let term = probabilityOf(k, n, p), sum = 0;
  for (let j = k; j >= 0 && term > 1e-18 * sum; j--) {
    sum += term;
    term *= (j * (1 - p)) / ((n - j + 1) * p);
  }
  return Math.min(1, sum);
}

/** n! / (k! (n - k)!) p^k (1 - p)^(n - k), factor by factor and scaled by powers of two, so that nothing overflows. */
function probabilityOf(k: number, n: number, p: number): number {
  let value = 1, exponent = 0;
  const times = (factor: number): void => {
    value *= factor;
    if (value < 1e-200 || value > 1e200) {
      const e = Math.floor(Math.log2(value));
      value /= 2 ** e;
      exponent += e;
    }
  };
  const ends = Math.min(k, n - k);
  for (let j = 1; j <= ends; j++) times(((n - ends + j) / j) * p * (1 - p));
  for (let j = ends; j < k; j++) times(p);
  for (let j = ends; j < n - k; j++) times(1 - p);
  // In two steps, since the exponent may be below the least that a power of two has.
  return value * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(0, exponent + 1000);
}

/** The share k / n and its exact interval of 95 %. Throws where k is no count out of n. */
export function shareOf(k: number, n: number): Interval {
  if (!Number.isInteger(k) || !Number.isInteger(n) || n < 1 || k < 0 || k > n) {
    throw new Error(`${k} of ${n} is no share: it takes a whole number out of at least 1`);
  }
  const tail = (1 - LEVEL) / 2;
  return {
    mean: k / n,
    low: k === 0 ? 0 : bisect((p) => 1 - atMostOf(k - 1, n, p) < tail, 0, k / n),
    high: k === n ? 1 : bisect((p) => atMostOf(k, n, p) > tail, k / n, 1),
  };
}

/** Where `holds` ends between low, where it holds, and high. */
function bisect(holds: (p: number) => boolean, low: number, high: number): number {
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
