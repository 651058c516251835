/**
 * Convolution and its two transposes. The three are one trilinear form
 *   T(x, w, d) = sum over n, k, p, c, r of d[n,k,p] w[k,c,r] x[n,c, stride p - pad + dilation r],
 * conv = dT/dd, convInputGrad = dT/dx, convWeightGrad = dT/dw; each is linear in the other two arguments, so each one's
 * gradients are the other two forms. filterSaliency reduces a weight gradient per sample without writing it.
 */
import type { ConvAttrs, ConvWeightGradAttrs } from '../attrs.js';
import type { Shape } from '../graph.js';
import { kernels, type OpTable } from '../rules.js';
import { convForward, convInputGrad, convWeightGrad, filterSaliency, type ConvShape } from '../../kernels/conv.js';

function extent(d: number, kernel: number, stride: number, dilation: number, before: number, after: number): number {
  return Math.floor((d + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
}

function convShape(what: string, x: Shape, w: Shape, g: ConvAttrs): ConvShape {
  const [N, C, H, W] = x;
  const [K, CG, R, S] = w;
  if (x.length !== 4 || w.length !== 4) throw new Error(`${what}: input [${x}] and weight [${w}] must have 4 dimensions`);
  if (C !== CG * g.groups || K % g.groups !== 0) {
    throw new Error(`${what}: weight [${w}] with ${g.groups} groups does not fit ${C} input channels`);
  }
  const [strideH, strideW] = g.stride;
  const [dilationH, dilationW] = g.dilation;
  const [padTop, padLeft, padBottom, padRight] = g.pads;
  const OH = extent(H, R, strideH, dilationH, padTop, padBottom);
  const OW = extent(W, S, strideW, dilationW, padLeft, padRight);
  if (OH < 1 || OW < 1) throw new Error(`${what}: kernel [${R},${S}] is larger than the padded input [${x}]`);
  const { groups, samples } = g;
  if (samples !== undefined && (N !== 1 || groups % samples !== 0)) {
    throw new Error(`${what}: ${groups} groups of ${N} samples do not hold ${samples} samples`);
  }
  return { N, C, H, W, K, R, S, OH, OW, groups, samples, padTop, padLeft, strideH, strideW, dilationH, dilationW };
}

function weightGradShape(what: string, x: Shape, dy: Shape, a: ConvWeightGradAttrs): ConvShape {
  if (x[1] % a.groups !== 0) throw new Error(`${what}: ${x[1]} input channels do not divide into ${a.groups} groups`);
  const s = convShape(what, x, [dy[1], x[1] / a.groups, ...a.kernel], a);
  if (dy.length !== 4 || dy[0] !== s.N || dy[2] !== s.OH || dy[3] !== s.OW) {
    throw new Error(`${what}: output gradient [${dy}] does not fit input [${x}], which gives [${s.N},${dy[1]},${s.OH},${s.OW}]`);
  }
  return s;
}

export const CONV: OpTable<'conv' | 'convInputGrad' | 'convWeightGrad' | 'filterSaliency'> = {
  conv: {
    shape: ([x, w], a) => {
      const s = convShape('conv', x, w, a);
      return [s.N, s.K, s.OH, s.OW];
    },
    run: kernels(['x', 'w'], (t, { inputs: [x, w], attrs }, finish) => convForward(t, convShape('conv', x.shape, w.shape, attrs), finish)),
  },
  convInputGrad: {
    shape: ([dy, w], a) => {
      const s = convShape('convInputGrad', a.input, w, a);
      if (dy[0] !== s.N || dy[1] !== s.K || dy[2] !== s.OH || dy[3] !== s.OW) {
        throw new Error(`convInputGrad: output gradient [${dy}] does not fit [${s.N},${s.K},${s.OH},${s.OW}]`);
      }
      return [...a.input];
    },
    run: kernels(['dy', 'w'],
      (t, { inputs: [, w], attrs }, finish) => convInputGrad(t, convShape('convInputGrad', attrs.input, w.shape, attrs), finish)),
  },
  convWeightGrad: {
    shape: ([x, dy], a) => {
      const s = weightGradShape('convWeightGrad', x, dy, a);
      return [s.K, s.C / s.groups, s.R, s.S];
    },
    run: kernels(['x', 'dy'],
      (t, { inputs: [x, dy], attrs }, finish) => convWeightGrad(t, weightGradShape('convWeightGrad', x.shape, dy.shape, attrs), finish)),
  },
  filterSaliency: {
    shape: ([x, dy], a) => {
      const s = weightGradShape('filterSaliency', x, dy, a);
      return [s.N, s.K];
    },
    run: kernels(['x', 'dy'],
      (t, { inputs: [x, dy], attrs }, finish) =>
        filterSaliency(t, weightGradShape('filterSaliency', x.shape, dy.shape, attrs), attrs.aggregation, finish)),
  },
};
