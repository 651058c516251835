/**
 * Pooling over windows of the last two dimensions. Maximum pooling is two ops: which tap of the window won (a whole
 * number, piecewise constant in x), and the read of that tap, which is linear in x with a scatter as its transpose.
 * The mask is thus computed once and serves forward, backward and second order. Average pooling is a window sum,
 * linear too, times divisors that the builder knows.
 */
import type { Node, Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { maxPoolTapKernel, poolGatherKernel, poolScatterKernel, windowSpreadKernel, windowSumKernel,
  type PoolShape } from '../../kernels/pool.js';

export interface PoolAttrs {
  /** [vertical, horizontal] each. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** [top, left]; what lies below and right follows from `output`. Padding never wins and adds nothing. */
  readonly pads: readonly [number, number];
  /** [OH, OW]: given, because formats round it up or down. */
  readonly output: readonly [number, number];
}
export interface PoolTransposeAttrs extends PoolAttrs {
  /** [H, W] of the pooled tensor. */
  readonly input: readonly [number, number];
}

function poolShape(x: Shape, a: PoolAttrs): PoolShape {
  if (x.length !== 4) throw new Error(`pooling: input [${x}] must have 4 dimensions`);
  return {
    planes: x[0] * x[1],
    H: x[2],
    W: x[3],
    OH: a.output[0],
    OW: a.output[1],
    R: a.kernel[0],
    S: a.kernel[1],
    strideH: a.stride[0],
    strideW: a.stride[1],
    dilationH: a.dilation[0],
    dilationW: a.dilation[1],
    padTop: a.pads[0],
    padLeft: a.pads[1],
  };
}

const outShape = (x: Shape, a: PoolAttrs): number[] => {
  poolShape(x, a);
  return [x[0], x[1], ...a.output];
};
const backShape = (dy: Shape, a: PoolTransposeAttrs): number[] => {
  if (dy.length !== 4 || dy[2] !== a.output[0] || dy[3] !== a.output[1]) {
    throw new Error(`pooling: gradient [${dy}] does not fit output [${a.output}]`);
  }
  return [dy[0], dy[1], ...a.input];
};
const plain = ({ kernel, stride, dilation, pads, output }: PoolAttrs): PoolAttrs => ({ kernel, stride, dilation, pads, output });
const back = (a: PoolAttrs, x: Shape): PoolTransposeAttrs => ({ ...plain(a), input: [x[2], x[3]] });
const from = (n: Node<'poolScatter' | 'windowSpread'>): PoolShape => poolShape(n.shape, n.attrs);

export const POOL: OpTable<'maxPoolTap' | 'poolGather' | 'poolScatter' | 'windowSum' | 'windowSpread'> = {
  maxPoolTap: {
    shape: ([x], a) => outShape(x, a),
    grad: () => [null],
    run: { kind: 'kernels', operands: () => ['x'],
      lower: (t, n, finish) => maxPoolTapKernel(t, poolShape(n.inputs[0].shape, n.attrs), finish) },
  },
  poolGather: {
    shape: ([x], a) => outShape(x, a),
    grad: (b, g, n) => [b.poolScatter(g, n.inputs[1], back(n.attrs, n.inputs[0].shape)), null],
    run: { kind: 'kernels', operands: () => ['x', 'tap'],
      lower: (t, n, finish) => poolGatherKernel(t, poolShape(n.inputs[0].shape, n.attrs), finish) },
  },
  poolScatter: {
    shape: ([dy], a) => backShape(dy, a),
    grad: (b, g, n) => [b.poolGather(g, n.inputs[1], plain(n.attrs)), null],
    run: { kind: 'kernels', operands: () => ['dy', 'tap'], lower: (t, n, finish) => poolScatterKernel(t, from(n), finish) },
  },
  windowSum: {
    shape: ([x], a) => outShape(x, a),
    grad: (b, g, n) => [b.windowSpread(g, back(n.attrs, n.inputs[0].shape))],
    run: { kind: 'kernels', operands: () => ['x'],
      lower: (t, n, finish) => windowSumKernel(t, poolShape(n.inputs[0].shape, n.attrs), finish) },
  },
  windowSpread: {
    shape: ([dy], a) => backShape(dy, a),
    grad: (b, g, n) => [b.windowSum(g, plain(n.attrs))],
    run: { kind: 'kernels', operands: () => ['dy'], lower: (t, n, finish) => windowSpreadKernel(t, from(n), finish) },
  },
};
