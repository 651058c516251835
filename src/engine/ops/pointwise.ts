/**
 * Scalar functions, applied element by element with broadcasting. A rule answers with gradients in the output's shape;
 * grad.ts sums them back over the dimensions an input was stretched along.
 */
import { broadcastShapes, type Shape } from '../graph.js';
import type { Gradient, OpRule, OpTable } from '../rules.js';
import type { PointwiseFn } from '../../kernels/functions.js';

const op = <K extends PointwiseFn>(name: K, arity: number, grad: Gradient<K>): OpRule<K> => ({
  shape: (inputs: readonly Shape[]) => {
    if (inputs.length !== arity) throw new Error(`${name}: takes ${arity} inputs, got ${inputs.length}`);
    return broadcastShapes(name, ...inputs);
  },
  grad,
  run: { kind: 'pointwise' },
});

/** Derivative of erf: 2/sqrt(pi) exp(-x^2). */
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

export const POINTWISE: OpTable<PointwiseFn> = {
  neg: op('neg', 1, (b, g) => [b.neg(g)]),
  abs: op('abs', 1, (b, g, n) => [b.mul(g, b.sign(n.inputs[0]))]),
  sign: op('sign', 1, () => [null]),
  step: op('step', 1, () => [null]),
  floor: op('floor', 1, () => [null]),
  exp: op('exp', 1, (b, g, n) => [b.mul(g, n)]),
  log: op('log', 1, (b, g, n) => [b.div(g, n.inputs[0])]),
  log1p: op('log1p', 1, (b, g, n) => [b.div(g, b.add(n.inputs[0], b.constant(1)))]),
  sqrt: op('sqrt', 1, (b, g, n) => [b.div(b.mul(g, b.constant(0.5)), n)]),
  reciprocal: op('reciprocal', 1, (b, g, n) => [b.neg(b.mul(g, b.mul(n, n)))]),
  // Written with the output, so that what follows a convolution keeps one tensor and not two.
  relu: op('relu', 1, (b, g, n) => [b.mul(g, b.step(n))]),
  sigmoid: op('sigmoid', 1, (b, g, n) => [b.mul(g, b.mul(n, b.sub(b.constant(1), n)))]),
  tanh: op('tanh', 1, (b, g, n) => [b.mul(g, b.sub(b.constant(1), b.mul(n, n)))]),
  erf: op('erf', 1, (b, g, n) => [b.mul(g, b.mul(b.constant(TWO_OVER_SQRT_PI), b.exp(b.neg(b.mul(n.inputs[0], n.inputs[0])))))]),
  sin: op('sin', 1, (b, g, n) => [b.mul(g, b.cos(n.inputs[0]))]),
  cos: op('cos', 1, (b, g, n) => [b.neg(b.mul(g, b.sin(n.inputs[0])))]),
  add: op('add', 2, (_, g) => [g, g]),
  sub: op('sub', 2, (b, g) => [g, b.neg(g)]),
  mul: op('mul', 2, (b, g, n) => [b.mul(g, n.inputs[1]), b.mul(g, n.inputs[0])]),
  div: op('div', 2, (b, g, n) => {
    const overY = b.div(g, n.inputs[1]);
    return [overY, b.neg(b.mul(overY, n))];
  }),
  // d/dx x^y = y x^(y-1), where y = 0 must not meet 0^(-1); d/dy = x^y log x, defined for x > 0 alone and taken as 0
  // elsewhere, as PyTorch does at 0.
  pow: op('pow', 2, (b, g, n) => {
    const [x, y] = n.inputs;
    const positive = b.greater(x, b.constant(0));
    const safe = b.where(positive, x, b.constant(1));
    const less = b.where(b.equal(y, b.constant(0)), b.constant(1), b.sub(y, b.constant(1)));
    return [b.mul(g, b.mul(y, b.pow(x, less))), b.mul(g, b.mul(positive, b.mul(n, b.log(safe))))];
  }),
  // Ties share the gradient in equal halves, as PyTorch does.
  max: op('max', 2, (b, g, n) => {
    const first = shareOf(b.greater(n.inputs[0], n.inputs[1]), b.equal(n.inputs[0], n.inputs[1]), b);
    return [b.mul(g, first), b.mul(g, b.sub(b.constant(1), first))];
  }),
  min: op('min', 2, (b, g, n) => {
    const first = shareOf(b.greater(n.inputs[1], n.inputs[0]), b.equal(n.inputs[0], n.inputs[1]), b);
    return [b.mul(g, first), b.mul(g, b.sub(b.constant(1), first))];
  }),
  greater: op('greater', 2, () => [null, null]),
  equal: op('equal', 2, () => [null, null]),
  where: op('where', 3, (b, g, n) => {
    const zero = b.constant(0);
    return [null, b.where(n.inputs[0], g, zero), b.where(n.inputs[0], zero, g)];
  }),
};

type Build = Parameters<Gradient<'max'>>[0];
type Nodes = Parameters<Gradient<'max'>>[1];

function shareOf(wins: Nodes, ties: Nodes, b: Build): Nodes {
  return b.add(wins, b.mul(ties, b.constant(0.5)));
}
