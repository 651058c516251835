/**
 * The calculus of the engine on one page. For every op the vector-Jacobian product: from the gradient g of its output y, the
 * gradient of each input, written in the same ops, so that a second differentiation needs no code of its own.
 *
 * null: y does not depend on that input, or is piecewise constant in it. Where inputs broadcast, a rule answers in y's shape
 * and grad.ts sums back. A new op whose rule is missing does not compile.
 */
import type { ConvAttrs, OpName, PoolAttrs, PoolTransposeAttrs } from './attrs.js';
import { add, broadcast, constant, conv, convInputGrad, convWeightGrad, cos, crossEntropyGrad, div, equal, exp, flip, greater, iota, log,
  matmul, mul, neg, pad, poolGather, poolScatter, pow, reshape, sigmoid, sign, sin, slice, step, sub, sum, sumTo, take, takeTranspose,
  transpose, where, windowSpread, windowSum } from './builder.js';
import { softmax } from './layers.js';
import { size, type Node, type Shape } from './graph.js';

export type Gradient<K extends OpName> = (g: Node, y: Node<K>) => readonly (Node | null)[];

const one = (): Node => constant(1);

export const GRADIENTS: { readonly [K in OpName]: Gradient<K> } = {
  // ---- sources
  input: () => [],
  constant: () => [],
  literal: () => [],
  iota: () => [],

  // ---- element by element
  neg: (g) => [neg(g)],
  abs: (g, { inputs: [x] }) => [mul(g, sign(x))],
  sign: () => [null],
  step: () => [null],
  floor: () => [null],
  exp: (g, y) => [mul(g, y)],
  log: (g, { inputs: [x] }) => [div(g, x)],
  log1p: (g, { inputs: [x] }) => [div(g, add(x, one()))],
  sqrt: (g, y) => [div(mul(g, constant(0.5)), y)],
  reciprocal: (g, y) => [neg(mul(g, mul(y, y)))],
  // By the output, so that what follows a convolution keeps one tensor and not two.
  relu: (g, y) => [mul(g, step(y))],
  sigmoid: (g, y) => [mul(g, mul(y, sub(one(), y)))],
  tanh: (g, y) => [mul(g, sub(one(), mul(y, y)))],
  softplus: (g, { inputs: [x] }) => [mul(g, sigmoid(x))],
  erf: (g, { inputs: [x] }) => [mul(g, mul(constant(2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x)))))],
  sin: (g, { inputs: [x] }) => [mul(g, cos(x))],
  cos: (g, { inputs: [x] }) => [neg(mul(g, sin(x)))],
  add: (g) => [g, g],
  sub: (g) => [g, neg(g)],
  mul: (g, { inputs: [x, y] }) => [mul(g, y), mul(g, x)],
  div: (g, quotient) => {
    const dx = div(g, quotient.inputs[1]);
    return [dx, neg(mul(dx, quotient))];
  },
  // d/dx x^y = y x^(y-1), where y = 0 must not meet 0^(-1); d/dy = x^y log x, defined for x > 0 alone and taken as 0
  // elsewhere, as PyTorch does at 0.
  pow: (g, power) => {
    const [x, y] = power.inputs;
    const positive = greater(x, constant(0));
    const safe = where(positive, x, one());
    const less = where(equal(y, constant(0)), one(), sub(y, one()));
    return [mul(g, mul(y, pow(x, less))), mul(g, mul(positive, mul(power, log(safe))))];
  },
  max: (g, { inputs: [x, y] }) => shared(g, greater(x, y), equal(x, y)),
  min: (g, { inputs: [x, y] }) => shared(g, greater(y, x), equal(x, y)),
  greater: () => [null, null],
  equal: () => [null, null],
  where: (g, { inputs: [condition] }) => {
    const zero = constant(0);
    return [null, where(condition, g, zero), where(condition, zero, g)];
  },

  // ---- views: the transpose of an affine choice of elements puts each back where it came from
  reshape: (g, { inputs: [x] }) => [reshape(g, x.shape)],
  detach: () => [null],
  transpose: (g, { attrs: { perm } }) => [transpose(g, perm.map((_, k) => perm.indexOf(k)))],
  slice: (g, { inputs: [x], attrs: { starts, steps, sizes } }) => {
    const high = x.shape.map((d, k) => d - starts[k] - (sizes[k] > 0 ? (sizes[k] - 1) * steps[k] + 1 : 0));
    return [pad(g, { low: starts, high, interior: steps.map((s) => s - 1), value: 0 })];
  },
  flip: (g, { attrs: { axes } }) => [flip(g, axes)],
  broadcast: (g, { inputs: [x] }) => [sumTo(g, x.shape)],

  // ---- layout
  // Undo the outer padding (cropping where it was added, padding where it cropped), then pick every (interior+1)-th.
  pad: (g, { inputs: [x], attrs: { low, high, interior } }) => {
    const none = x.shape.map(() => 0);
    const whole = pad(g, { low: low.map((v) => -v), high: high.map((v) => -v), interior: none, value: 0 });
    return [slice(whole, { starts: none, steps: interior.map((v) => v + 1), sizes: x.shape })];
  },
  concat: (g, { inputs, attrs: { axis } }) => {
    let start = 0;
    return inputs.map((x) => {
      const starts = x.shape.map((_, k) => (k === axis ? start : 0));
      start += x.shape[axis];
      return slice(g, { starts, steps: x.shape.map(() => 1), sizes: x.shape });
    });
  },
  take: (g, { inputs: [x, indices], attrs: { axis } }) => [takeTranspose(g, indices, { axis, extent: x.shape[axis] }), null],
  takeTranspose: (g, { inputs: [, indices], attrs: { axis } }) => [take(g, indices, { axis }), null],

  // ---- reductions
  sum: (g, { inputs: [x] }) => [broadcast(g, x.shape)],
  // Equal maxima share the gradient, as in PyTorch's amax.
  maximum: (g, y) => {
    const hit = equal(y.inputs[0], y);
    return [mul(div(g, sum(hit, y.attrs.axes)), hit)];
  },

  // ---- matrix product: C = op(A) op(B), dA = dC op(B)^T, dB = op(A)^T dC, each transposed once more where the factor came transposed
  matmul: (g, { inputs: [A, B], attrs: { transA, transB } }) => {
    const dA = transA ? matmul(B, g, { transA: transB, transB: true }) : matmul(g, B, { transA: false, transB: !transB });
    const dB = transB ? matmul(g, A, { transA: true, transB: transA }) : matmul(A, g, { transA: !transA, transB: false });
    return [fit(dA, A), fit(dB, B)];
  },

  // ---- convolution: one trilinear form T(x, w, dy) (ops/conv.ts), linear in each argument, so that each of its three
  // derivatives has the other two as gradients
  conv: (g, { inputs: [x, w], attrs }) => [
    convInputGrad(g, w, { ...geometry(attrs), input: x.shape }),
    convWeightGrad(x, g, { ...geometry(attrs), kernel: kernelOf(w) }),
  ],
  convInputGrad: (g, { inputs: [dy, w], attrs }) => [
    conv(g, w, geometry(attrs)),
    convWeightGrad(g, dy, { ...geometry(attrs), kernel: kernelOf(w) }),
  ],
  convWeightGrad: (g, { inputs: [x, dy], attrs }) => [
    convInputGrad(dy, g, { ...geometry(attrs), input: x.shape }),
    conv(x, g, geometry(attrs)),
  ],
  // s[n,k] = mean |dW_n|: its derivative meets dW_n through sign(dW_n), one weight tensor per sample. All samples together
  // are one convolution with N times as many groups.
  filterSaliency: (g, { inputs: [x, dy], attrs: { kernel, aggregation, ...attrs } }) => {
    const [N, C, H, W] = x.shape;
    const [, K, OH, OW] = dy.shape;
    const each = { ...attrs, groups: N * attrs.groups, samples: N * (attrs.samples ?? 1) };
    const X = reshape(x, [1, N * C, H, W]);
    const D = reshape(dy, [1, N * K, OH, OW]);
    const dW = convWeightGrad(X, D, { ...each, kernel });
    const signs = sign(aggregation === 'mean-abs' ? dW : sum(dW, [1, 2, 3]));
    const v = broadcast(mul(signs, mul(reshape(g, [N * K, 1, 1, 1]), constant(1 / size(dW.shape.slice(1))))), dW.shape);
    return [reshape(convInputGrad(D, v, { ...each, input: X.shape }), x.shape), reshape(conv(X, v, each), dy.shape)];
  },

  // ---- pooling: reads of a tap and sums of windows are linear, with scatters and spreads as their transposes
  maxPoolTap: () => [null],
  poolGather: (g, { inputs: [x, tap], attrs }) => [poolScatter(g, tap, ofInput(attrs, x.shape)), null],
  poolScatter: (g, { inputs: [, tap], attrs }) => [poolGather(g, tap, windows(attrs)), null],
  windowSum: (g, { inputs: [x], attrs }) => [windowSpread(g, ofInput(attrs, x.shape))],
  windowSpread: (g, { attrs }) => [windowSum(g, windows(attrs))],

  // ---- loss
  crossEntropy: (g, { inputs: [z, label] }) => [mul(reshape(g, [g.shape[0], 1]), crossEntropyGrad(z, label)), null],
  // With G the gradient itself and p = softmax(z), H u = p (u - p.u), where p.u = u_y + G.u: at j = y the difference is
  // -G.u, free of cancellation.
  crossEntropyGrad: (g, G) => {
    const [z, label] = G.inputs;
    const hot = equal(iota(z.shape, 1), reshape(label, [z.shape[0], 1]));
    const atLabel = sum(mul(hot, g), [1]);
    const along = sum(mul(G, g), [1]);
    return [mul(softmax(z, 1), sub(sub(g, atLabel), along)), null];
  },
};

/** Gradients of a maximum's two arguments: the one that wins takes all, ties share in halves, as in PyTorch. */
function shared(g: Node, wins: Node, ties: Node): [Node, Node] {
  const first = add(wins, mul(ties, constant(0.5)));
  return [mul(g, first), mul(g, sub(one(), first))];
}

/** One matrix that served every entry of a batch gathers the gradients of all. */
function fit(d: Node, factor: Node): Node {
  return reshape(size(d.shape) === size(factor.shape) ? d : sum(d, d.shape.slice(0, -2).map((_, k) => k)), factor.shape);
}

const geometry = ({ stride, dilation, pads, groups, samples }: ConvAttrs): ConvAttrs => ({ stride, dilation, pads, groups, samples });
const kernelOf = (w: Node): [number, number] => [w.shape[2], w.shape[3]];
const windows = ({ kernel, stride, dilation, pads, output }: PoolAttrs): PoolAttrs => ({ kernel, stride, dilation, pads, output });
const ofInput = (attrs: PoolAttrs, [, , H, W]: Shape): PoolTransposeAttrs => ({ ...windows(attrs), input: [H, W] });
