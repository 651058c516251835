/**
 * Pooling over windows of the last two dimensions. Maximum pooling is two ops: which tap of the window won (a whole
 * number, piecewise constant in x), and the read of that tap, which is linear in x with a scatter as its transpose.
 * The mask is thus computed once and serves forward, backward and second order. Average pooling is a window sum,
 * linear too, times divisors that the builder knows.
 */
import type { PoolAttrs, PoolTransposeAttrs } from '../attrs.js';
import type { Shape } from '../graph.js';
import { kernels, type OpTable } from '../rules.js';
import { maxPoolTapKernel, poolGatherKernel, poolScatterKernel, windowSpreadKernel, windowSumKernel,
  type PoolShape } from '../../kernels/pool.js';

function poolShape(x: Shape, a: PoolAttrs): PoolShape {
  if (x.length !== 4) throw new Error(`pooling: input [${x}] must have 4 dimensions`);
  const [OH, OW] = a.output;
  const [R, S] = a.kernel;
  const [strideH, strideW] = a.stride;
  const [dilationH, dilationW] = a.dilation;
  const [padTop, padLeft] = a.pads;
  return { planes: x[0] * x[1], H: x[2], W: x[3], OH, OW, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft };
}

const pooled = ([x]: readonly Shape[], a: PoolAttrs): number[] => {
  poolShape(x, a);
  return [x[0], x[1], ...a.output];
};
const unpooled = ([dy]: readonly Shape[], a: PoolTransposeAttrs): number[] => {
  if (dy.length !== 4 || dy[2] !== a.output[0] || dy[3] !== a.output[1]) {
    throw new Error(`pooling: gradient [${dy}] does not fit output [${a.output}]`);
  }
  return [dy[0], dy[1], ...a.input];
};

export const POOL: OpTable<'maxPoolTap' | 'poolGather' | 'poolScatter' | 'windowSum' | 'windowSpread'> = {
  maxPoolTap: {
    shape: pooled,
    run: kernels(['x'], (t, { inputs: [x], attrs }, finish) => maxPoolTapKernel(t, poolShape(x.shape, attrs), finish)),
  },
  poolGather: {
    shape: pooled,
    run: kernels(['x', 'tap'], (t, { inputs: [x], attrs }, finish) => poolGatherKernel(t, poolShape(x.shape, attrs), finish)),
  },
  poolScatter: {
    shape: unpooled,
    run: kernels(['dy', 'tap'], (t, { shape, attrs }, finish) => poolScatterKernel(t, poolShape(shape, attrs), finish)),
  },
  windowSum: {
    shape: pooled,
    run: kernels(['x'], (t, { inputs: [x], attrs }, finish) => windowSumKernel(t, poolShape(x.shape, attrs), finish)),
  },
  windowSpread: {
    shape: unpooled,
    run: kernels(['dy'], (t, { shape, attrs }, finish) => windowSpreadKernel(t, poolShape(shape, attrs), finish)),
  },
};
