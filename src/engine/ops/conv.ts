/**
 * Convolution and its two transposes. The three are one trilinear form
 *   T(x, w, d) = sum over n, k, p, c, r of d[n,k,p] w[k,c,r] x[n,c, stride p - pad + dilation r],
 * conv = dT/dd, convInputGrad = dT/dx, convWeightGrad = dT/dw; each is linear in the other two arguments, so each one's
 * gradients are the other two forms. filterSaliency reduces a weight gradient per sample without writing it.
 */
import type { Node, Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { convForward, convInputGrad, convWeightGrad, filterSaliency, type Aggregation, type ConvShape } from '../../kernels/conv.js';

export interface ConvGeometry {
  /** [vertical, horizontal]. */
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** [top, left, bottom, right]; negative crops. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
}

/** Inputs: x [N,C,H,W], w [K,C/groups,R,S]. */
export type ConvAttrs = ConvGeometry;
/** Inputs: dy [N,K,OH,OW], w; `input` is x's shape. */
export interface ConvInputGradAttrs extends ConvGeometry {
  readonly input: Shape;
}
/** Inputs: x, dy; `kernel` is [R,S]. */
export interface ConvWeightGradAttrs extends ConvGeometry {
  readonly kernel: readonly [number, number];
}
/**
 * Inputs: x, dy. out[n,k] = mean over c,r,s of |dW_n[k,c,r,s]| ('mean-abs', eq. 1 of the paper) or |mean of dW_n| ('abs-mean',
 * its authors' first statistics), where dW_n is the weight gradient of sample n alone.
 */
export interface FilterSaliencyAttrs extends ConvWeightGradAttrs {
  readonly aggregation: Aggregation;
}

function extent(d: number, kernel: number, stride: number, dilation: number, before: number, after: number): number {
  return Math.floor((d + before + after - dilation * (kernel - 1) - 1) / stride) + 1;
}

function convShape(what: string, x: Shape, w: Shape, g: ConvGeometry): ConvShape {
  const [N, C, H, W] = x;
  const [K, CG, R, S] = w;
  if (x.length !== 4 || w.length !== 4) throw new Error(`${what}: input [${x}] and weight [${w}] must have 4 dimensions`);
  if (C !== CG * g.groups || K % g.groups !== 0) {
    throw new Error(`${what}: weight [${w}] with ${g.groups} groups does not fit ${C} input channels`);
  }
  const OH = extent(H, R, g.stride[0], g.dilation[0], g.pads[0], g.pads[2]);
  const OW = extent(W, S, g.stride[1], g.dilation[1], g.pads[1], g.pads[3]);
  if (OH < 1 || OW < 1) throw new Error(`${what}: kernel [${R},${S}] is larger than the padded input [${x}]`);
  return {
    N,
    C,
    H,
    W,
    K,
    R,
    S,
    OH,
    OW,
    groups: g.groups,
    padTop: g.pads[0],
    padLeft: g.pads[1],
    strideH: g.stride[0],
    strideW: g.stride[1],
    dilationH: g.dilation[0],
    dilationW: g.dilation[1],
  };
}

function weightGradShape(what: string, x: Shape, dy: Shape, a: ConvWeightGradAttrs): ConvShape {
  if (x[1] % a.groups !== 0) throw new Error(`${what}: ${x[1]} input channels do not divide into ${a.groups} groups`);
  const s = convShape(what, x, [dy[1], x[1] / a.groups, ...a.kernel], a);
  if (dy.length !== 4 || dy[0] !== s.N || dy[2] !== s.OH || dy[3] !== s.OW) {
    throw new Error(`${what}: output gradient [${dy}] does not fit input [${x}], which gives [${s.N},${dy[1]},${s.OH},${s.OW}]`);
  }
  return s;
}

const geometry = ({ stride, dilation, pads, groups }: ConvGeometry): ConvGeometry => ({ stride, dilation, pads, groups });
const kernelOf = (w: Node): [number, number] => [w.shape[2], w.shape[3]];

export const CONV: OpTable<'conv' | 'convInputGrad' | 'convWeightGrad' | 'filterSaliency'> = {
  conv: {
    shape: ([x, w], a) => {
      const s = convShape('conv', x, w, a);
      return [s.N, s.K, s.OH, s.OW];
    },
    grad: (b, g, n) => {
      const [x, w] = n.inputs;
      return [
        b.convInputGrad(g, w, { ...geometry(n.attrs), input: x.shape }),
        b.convWeightGrad(x, g, { ...geometry(n.attrs), kernel: kernelOf(w) }),
      ];
    },
    run: {
      kind: 'kernels',
      operands: () => ['x', 'w'],
      lower: (t, n, finish) => convForward(t, convShape('conv', n.inputs[0].shape, n.inputs[1].shape, n.attrs), finish),
    },
  },
  convInputGrad: {
    shape: ([dy, w], a) => {
      const s = convShape('convInputGrad', a.input, w, a);
      if (dy[0] !== s.N || dy[1] !== s.K || dy[2] !== s.OH || dy[3] !== s.OW) {
        throw new Error(`convInputGrad: output gradient [${dy}] does not fit [${s.N},${s.K},${s.OH},${s.OW}]`);
      }
      return [...a.input];
    },
    grad: (b, g, n) => {
      const [dy, w] = n.inputs;
      return [b.conv(g, w, geometry(n.attrs)), b.convWeightGrad(g, dy, { ...geometry(n.attrs), kernel: kernelOf(w) })];
    },
    run: {
      kind: 'kernels',
      operands: () => ['dy', 'w'],
      lower: (t, n, finish) => convInputGrad(t, convShape('convInputGrad', n.attrs.input, n.inputs[1].shape, n.attrs), finish),
    },
  },
  convWeightGrad: {
    shape: ([x, dy], a) => {
      const s = weightGradShape('convWeightGrad', x, dy, a);
      return [s.K, s.C / s.groups, s.R, s.S];
    },
    grad: (b, g, n) => {
      const [x, dy] = n.inputs;
      return [b.convInputGrad(dy, g, { ...geometry(n.attrs), input: x.shape }), b.conv(x, g, geometry(n.attrs))];
    },
    run: {
      kind: 'kernels',
      operands: () => ['x', 'dy'],
      lower: (t, n, finish) => convWeightGrad(t, weightGradShape('convWeightGrad', n.inputs[0].shape, n.inputs[1].shape, n.attrs), finish),
    },
  },
  filterSaliency: {
    shape: ([x, dy], a) => {
      const s = weightGradShape('filterSaliency', x, dy, a);
      return [s.N, s.K];
    },
    // s[n,k] = mean |dW_n|: its derivative meets dW_n through sign(dW_n), one weight tensor per sample. All samples
    // together are one convolution with N times as many groups.
    grad: (b, g, n) => {
      const [x, dy] = n.inputs;
      const [N, C, H, W] = x.shape;
      const [, K, OH, OW] = dy.shape;
      const each = { ...geometry(n.attrs), groups: N * n.attrs.groups };
      const X = b.reshape(x, [1, N * C, H, W]);
      const D = b.reshape(dy, [1, N * K, OH, OW]);
      const dW = b.convWeightGrad(X, D, { ...each, kernel: n.attrs.kernel });
      const weights = dW.shape[1] * dW.shape[2] * dW.shape[3];
      const signs = b.sign(n.attrs.aggregation === 'mean-abs' ? dW : b.sum(dW, [1, 2, 3]));
      const V = b.mul(signs, b.mul(b.reshape(g, [N * K, 1, 1, 1]), b.constant(1 / weights)));
      const v = b.broadcast(V, dW.shape);
      return [b.reshape(b.convInputGrad(D, v, { ...each, input: X.shape }), x.shape), b.reshape(b.conv(X, v, each), dy.shape)];
    },
    run: {
      kind: 'kernels',
      operands: () => ['x', 'dy'],
      lower: (t, n, finish) =>
        filterSaliency(
          t,
          weightGradShape('filterSaliency', n.inputs[0].shape, n.inputs[1].shape, n.attrs),
          n.attrs.aggregation,
          finish
        ),
    },
  },
};
