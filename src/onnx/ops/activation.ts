/** Activation functions, and softmax in both of its meanings. */
import * as b from '../../engine/layers.js';
import { size, type Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';
import { expm1 } from './arithmetic.js';

const k = b.constant;
const positive = (x: Node): Node => b.greater(x, k(0));
const below = (x: Node): Node => b.min(x, k(0));

/** y where x > 0, else z. */
const split = (x: Node, y: Node, z: Node): Node => b.where(positive(x), y, z);

const hardSigmoid = (x: Node, alpha: number, beta: number): Node => b.clip(b.add(b.mul(x, k(alpha)), k(beta)), 0, 1);

/** alpha (exp(x) - 1) below 0; the other branch never overflows into it, since its argument is cut at 0. */
const elu = (x: Node, alpha: number): Node => split(x, x, b.mul(expm1(below(x)), k(alpha)));

function prelu(c: Call): Node {
  const x = c.x();
  let slope = c.x(1);
  // Before opset 7 one slope per channel came as a vector; since then it broadcasts like any operand.
  if (c.opset < 7 && slope.shape.length === 1 && slope.shape[0] > 1) slope = b.perChannel(slope, x);
  return split(x, x, b.mul(x, slope));
}

/** x Phi(x), exactly or with the tanh approximation. */
function gelu(c: Call): Node {
  const x = c.x();
  const half = b.mul(x, k(0.5));
  if (c.text('approximate', 'none') === 'tanh') {
    const cubic = b.add(x, b.mul(k(0.044715), b.mul(x, b.mul(x, x))));
    return b.mul(half, b.add(k(1), b.tanh(b.mul(k(Math.sqrt(2 / Math.PI)), cubic))));
  }
  return b.mul(half, b.add(k(1), b.erf(b.mul(x, k(Math.SQRT1_2)))));
}

/**
 * The shape [rows, classes, inner] over which ONNX's softmax sums along the classes: since opset 13 the classes are one
 * dimension, before it all from `axis` on together.
 */
export function softmaxExtents(c: Call): readonly [number, number, number] {
  const { shape } = c.x();
  const axis = c.axis(c.int('axis', c.opset < 13 ? 1 : -1), shape.length);
  const rows = size(shape.slice(0, axis));
  return c.opset < 13 ? [rows, size(shape.slice(axis)), 1] : [rows, shape[axis], size(shape.slice(axis + 1))];
}

const soft = (f: (x: Node, axis: number) => Node): Handler => (c) => b.reshape(f(b.reshape(c.x(), softmaxExtents(c)), 1), c.shape());

export const ACTIVATION: Readonly<Record<string, Handler>> = {
  Relu: (c) => b.relu(c.x()),
  Sigmoid: (c) => b.sigmoid(c.x()),
  Tanh: (c) => b.tanh(c.x()),
  LeakyRelu: (c) => split(c.x(), c.x(), b.mul(c.x(), k(c.float('alpha', 0.01)))),
  PRelu: prelu,
  ThresholdedRelu: (c) => b.where(b.greater(c.x(), k(c.float('alpha', 1))), c.x(), k(0)),
  Elu: (c) => elu(c.x(), c.float('alpha', 1)),
  Celu: (c) => {
    const alpha = c.float('alpha', 1);
    return split(c.x(), c.x(), b.mul(expm1(b.mul(below(c.x()), k(1 / alpha))), k(alpha)));
  },
  Selu: (c) => b.mul(elu(c.x(), c.float('alpha', 1.67326319217681884765625)), k(c.float('gamma', 1.05070102214813232421875))),
  HardSigmoid: (c) => hardSigmoid(c.x(), c.float('alpha', 0.2), c.float('beta', 0.5)),
  HardSwish: (c) => b.mul(c.x(), hardSigmoid(c.x(), 1 / 6, 0.5)),
  Softplus: (c) => b.softplus(c.x()),
  Softsign: (c) => b.div(c.x(), b.add(k(1), b.abs(c.x()))),
  Mish: (c) => b.mul(c.x(), b.tanh(b.softplus(c.x()))),
  Gelu: gelu,
  Shrink: (c) => {
    const [x, bias, lambd] = [c.x(), k(c.float('bias', 0)), k(c.float('lambd', 0.5))];
    const outer = b.where(b.greater(x, lambd), b.sub(x, bias), k(0));
    return b.where(b.greater(b.neg(lambd), x), b.add(x, bias), outer);
  },
  Softmax: soft(b.softmax),
  LogSoftmax: soft(b.logSoftmax),
};
