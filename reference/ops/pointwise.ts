/** Element-wise functions with NumPy's broadcasting. NaN propagates as PyTorch has it. */
import type { PointwiseFn } from '../../src/kernels/functions.js';
import { build, stretched, type Rule, type Table } from '../tensor.js';

const each = (f: (...v: number[]) => number): Rule<PointwiseFn> => (inputs, node) =>
  build(node.shape, (c) => f(...inputs.map((x) => stretched(x, c))));

/** 2/sqrt(pi) exp(-x^2) (x + 2x^3/3 + 4x^5/15 + ...): all terms of one sign, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

export const POINTWISE: Table<PointwiseFn> = {
  neg: each((x) => -x),
  abs: each(Math.abs),
  sign: each(Math.sign),
  exp: each(Math.exp),
  log: each(Math.log),
  log1p: each(Math.log1p),
  sqrt: each(Math.sqrt),
  reciprocal: each((x) => 1 / x),
  relu: each((x) => (x < 0 ? 0 : x)),
  step: each((x) => (x > 0 ? 1 : 0)),
  sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  tanh: each(Math.tanh),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  erf: each(erf),
  sin: each(Math.sin),
  cos: each(Math.cos),
  floor: each(Math.floor),
  add: each((x, y) => x + y),
  sub: each((x, y) => x - y),
  mul: each((x, y) => x * y),
  div: each((x, y) => x / y),
  pow: each((x, y) => x ** y),
  max: each(Math.max),
  min: each(Math.min),
  greater: each((x, y) => (x > y ? 1 : 0)),
  equal: each((x, y) => (x === y ? 1 : 0)),
  where: each((condition, x, y) => (condition !== 0 ? x : y)),
};
