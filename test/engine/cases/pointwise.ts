/** Element-wise functions: one line per case. */
import * as b from '../../../src/engine/builder.js';
import type { PointwiseFn } from '../../../src/kernels/functions.js';
import { EXACT, FUNCTION, QUOTIENT } from '../../../reference/tolerances.js';
import type { Case } from '../../support/check.js';
import { apart, away, given, uniform, whole } from '../../../reference/random.js';

export const POINTWISE: Record<PointwiseFn, Case[]> = {
  neg: [{ name: 'neg', inputs: [uniform([5, 7])], build: b.neg, value: EXACT }],
  abs: [{ name: 'abs', inputs: [away([3, 5])], build: b.abs, value: EXACT }],
  sign: [{ name: 'sign', inputs: [given([-2, -0.5, 0, 1e-30, 3])], build: b.sign, value: EXACT, flat: true }],
  exp: [{ name: 'exp', inputs: [uniform([4, 9], -5, 5)], build: b.exp, value: FUNCTION }],
  log: [{ name: 'log', inputs: [uniform([4, 9], 0.05, 8)], build: b.log, value: FUNCTION }],
  log1p: [{ name: 'log1p', inputs: [given([-0.9, -0.3, -0.02, -1e-3, 1e-7, 1e-4, 0.0099, 0.0101, 0.1, 0.4, 0.6, 3, 50])], build: b.log1p,
    value: FUNCTION }],
  sqrt: [{ name: 'sqrt', inputs: [uniform([3, 4], 0.3, 4)], build: b.sqrt, value: QUOTIENT }],
  reciprocal: [{ name: 'reciprocal', inputs: [away([6])], build: b.reciprocal, value: QUOTIENT }],
  relu: [{ name: 'relu', inputs: [away([2, 3, 5])], build: (x) => b.mul(b.relu(x), x), value: EXACT }],
  step: [{ name: 'step', inputs: [given([-1, 0, 1e-30, 2])], build: b.step, value: EXACT, flat: true }],
  sigmoid: [{ name: 'sigmoid', inputs: [uniform([3, 11], -8, 8)], build: b.sigmoid, value: FUNCTION }],
  tanh: [{ name: 'tanh', inputs: [uniform([4, 9], -4, 4)], build: b.tanh, value: FUNCTION }, { name: 'tanh, small',
    inputs: [uniform([20], -0.3, 0.3)], build: b.tanh, value: FUNCTION }],
  softplus: [{ name: 'softplus', inputs: [given([-90, -20, -3, -0.7, -0.6, 0, 1e-3, 0.6, 2, 15, 90])], build: b.softplus,
    value: FUNCTION }],
  erf: [{ name: 'erf', inputs: [uniform([40], -4.5, 4.5)], build: b.erf, value: FUNCTION }],
  sin: [{ name: 'sin', inputs: [uniform([4, 5], -3, 3)], build: b.sin, value: FUNCTION }],
  cos: [{ name: 'cos', inputs: [uniform([4, 5], -3, 3)], build: b.cos, value: FUNCTION }],
  floor: [{ name: 'floor', inputs: [given([-1.5, -1, -0.1, 0, 0.9, 1, 2.5])], build: b.floor, value: EXACT, flat: true }],
  add: [
    { name: 'add', inputs: [uniform([2, 3]), uniform([2, 3])], build: b.add, value: EXACT },
    { name: 'add, broadcast both ways', inputs: [uniform([4, 1, 3]), uniform([5, 1])], build: b.add, value: EXACT },
    { name: 'add, a scalar', inputs: [uniform([3, 3]), uniform([])], build: b.add, value: EXACT },
  ],
  sub: [{ name: 'sub, broadcast', inputs: [uniform([3]), uniform([2, 1])], build: b.sub, value: EXACT }],
  mul: [
    { name: 'mul, per channel', inputs: [uniform([2, 3, 2, 5]), uniform([3, 1, 1])], build: b.mul, value: EXACT },
    { name: 'mul, of itself', inputs: [uniform([7])], build: (x) => b.mul(x, x), value: EXACT },
  ],
  div: [{ name: 'div, broadcast', inputs: [uniform([2, 3, 4]), away([3, 1])], build: b.div, value: QUOTIENT }],
  pow: [
    { name: 'pow', inputs: [uniform([3, 5], 0.2, 3), uniform([5], -2, 2)], build: b.pow, value: 2 * FUNCTION, gradient: 4 * FUNCTION },
    ...[-2, -1, 0.5, 1, 2, 3, 4].map((p): Case => ({ name: `pow by ${p}`, inputs: [p === 0.5 ? uniform([9], 0.2, 2) : away([9])],
      build: (x) => b.pow(x, b.constant(p)), value: FUNCTION, gradient: 2 * FUNCTION })
    ),
  ],
  max: [{ name: 'max', inputs: [apart([3, 4]), uniform([1, 4], 0.301, 0.304)], build: (x, y) => b.mul(b.max(x, y), x), value: EXACT }],
  min: [{ name: 'min', inputs: [apart([3, 4]), uniform([1, 4], 0.301, 0.304)], build: (x, y) => b.mul(b.min(x, y), x), value: EXACT }],
  greater: [{ name: 'greater', inputs: [given([1, 2, 3]), given([2, 2, 2])], build: b.greater, value: EXACT, flat: true }],
  equal: [{ name: 'equal', inputs: [given([1, 2, 3]), given([2])], build: b.equal, value: EXACT, flat: true }],
  where: [{ name: 'where, broadcast', inputs: [whole([4, 1], 2), uniform([5]), uniform([2, 4, 5])],
    build: (c, x, y) => b.where(c, b.mul(x, x), y), value: EXACT }],
};
