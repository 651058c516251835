/**
 * Convolutions and their gradients. ONNX has the convolution itself; the others are written as matrix products of what a runtime
 * is fast at.
 *   input gradient   a convolution with turned kernels where the stride is 1, else ONNX's transposed convolution
 *   weight gradient  [K,P] dy times [P,T*C], the windows' columns of x, sample by sample
 *   with weights per sample ('samples' of the engine's groups)  the same products, batched over samples
 */
import type { ConvAttrs } from '../../engine/attrs.js';
import type { Shape } from '../../engine/graph.js';
import type { Emitted, Emitter } from './emitter.js';
import { withoutFactor } from './factor.js';
import { padded } from './layout.js';
import type { EmitTable } from './rules.js';
import { columns, groupsOf, perSample, scattered, type Groups } from './window.js';

const kernelOf = (w: Shape): [number, number] => [w[2], w[3]];

export const CONV: EmitTable<'conv' | 'convInputGrad' | 'convWeightGrad'> = {
  conv: ({ to, whole }, { inputs: [x, w], attrs, shape }) => {
    if (!perSample(attrs)) return convolution(to, whole(x), whole(w), attrs, attrs.pads, shape);
    const g = groupsOf(x.shape, shape[1], shape.slice(2), kernelOf(w.shape), attrs);
    const product = to.op('MatMul', [tapMajor(to, whole(w), g), columns(to, whole(x), g)], [g.B, g.G, g.K, g.OH * g.OW]);
    return to.reshape(product, shape);
  },
  convInputGrad: ({ to, whole }, { inputs: [dy, w], attrs, shape }) => {
    const g = groupsOf(shape, dy.shape[1], dy.shape.slice(2), kernelOf(w.shape), attrs);
    if (perSample(attrs)) {
      const back = to.transpose(tapMajor(to, whole(w), g), [0, 1, 3, 2]);
      const parts = to.op('MatMul', [back, to.reshape(whole(dy), [g.B, g.G, g.K, g.OH * g.OW])], [g.B, g.G, g.kernel[0] * g.kernel[1] * g.C,
        g.OH * g.OW]);
      return to.reshape(scattered(to, parts, g), shape);
    }
    const { rest, factor } = withoutFactor(dy);
    const scaled = factor ? to.map('Mul', whole(w), to.reshape(whole(factor), [w.shape[0], 1, 1, 1])) : whole(w);
    const inputGradient = attrs.stride.some((s) => s > 1) ? transposed : isPointwise(w.shape, attrs) ? pointwise : turned;
    return inputGradient(to, whole(rest), scaled, attrs, shape);
  },
  convWeightGrad: ({ to, whole }, { inputs: [x, dy], attrs, shape }) => {
    const g = groupsOf(x.shape, dy.shape[1], dy.shape.slice(2), attrs.kernel, attrs);
    const each = weightGradients(to, whole(x), whole(dy), g);
    if (perSample(attrs)) return to.reshape(each, shape);
    return to.reshape(to.reduce('ReduceSum', each, [0]), shape);
  },
};

/** [B,G,K,C,R,S]: the weight gradient of every sample by itself. */
function weightGradients(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  const [R, S] = g.kernel;
  const seen = to.transpose(columns(to, x, g), [0, 1, 3, 2]);
  const product = to.op('MatMul', [to.reshape(dy, [g.B, g.G, g.K, g.OH * g.OW]), seen], [g.B, g.G, g.K, R * S * g.C]);
  return to.transpose(to.reshape(product, [g.B, g.G, g.K, R, S, g.C]), [0, 1, 2, 5, 3, 4]);
}

/** w [B*G*K,C,R,S] as [B,G,K,R*S*C], in the order of `columns`. */
function tapMajor(to: Emitter, w: Emitted, g: Groups): Emitted {
  const [R, S] = g.kernel;
  const apart = to.reshape(w, [g.B, g.G * g.K, g.C, R * S]);
  return to.reshape(to.transpose(apart, [0, 1, 3, 2]), [g.B, g.G, g.K, R * S * g.C]);
}

/** ONNX's convolution; where a padding is negative, what it crops is cut off first. */
function convolution(to: Emitter, x: Emitted, w: Emitted, a: Pick<ConvAttrs, 'stride' | 'dilation' | 'groups'>, pads: readonly number[],
  shape: Shape): Emitted {
  const cut = pads.map((p) => Math.min(0, p));
  const inside = padded(to, x, [0, 0, cut[0], cut[1]], [0, 0, cut[2], cut[3]], [0, 0, 0, 0], 0);
  return to.op('Conv', [inside, w], shape, {
    kernel_shape: kernelOf(w.shape),
    strides: a.stride,
    dilations: a.dilation,
    pads: pads.map((p) => Math.max(0, p)),
    group: a.groups,
  });
}

const isPointwise = ([, , R, S]: Shape, { groups, pads }: ConvAttrs): boolean => R * S === 1 && groups === 1 && pads.every((p) => p === 0);

/** A 1x1 convolution's: one product, which needs no other layout of dy. */
function pointwise(to: Emitter, dy: Emitted, w: Emitted, _: ConvAttrs, shape: Shape): Emitted {
  const [K, C] = w.shape;
  const [N, , H, W] = shape;
  const back = to.transpose(to.reshape(w, [K, C]), [1, 0]);
  return to.reshape(to.op('MatMul', [back, to.reshape(dy, [N, K, H * W])], [N, C, H * W]), shape);
}

/** The gradient of a convolution of stride 1: dy, with what the padding leaves of a frame, under the kernel turned by 180 degrees. */
function turned(to: Emitter, dy: Emitted, w: Emitted, a: ConvAttrs, shape: Shape): Emitted {
  const [K, C, R, S] = w.shape;
  const { groups: G } = a;
  const [top, left] = a.pads;
  const [, , H, W] = shape;
  const [OH, OW] = dy.shape.slice(2);
  const reach = [a.dilation[0] * (R - 1), a.dilation[1] * (S - 1)];
  const before = [reach[0] - top, reach[1] - left];
  const after = [H - OH - before[0] + reach[0], W - OW - before[1] + reach[1]];
  const grouped = to.transpose(to.reshape(w, [G, K / G, C, R, S]), [0, 2, 1, 3, 4]);
  const turnable = [2, 3].filter((axis) => w.shape[axis] > 1); // the rest is a step that need not be written
  const kernel = to.flip(to.reshape(grouped, [G * C, K / G, R, S]), turnable);
  return convolution(to, dy, kernel, { stride: [1, 1], dilation: a.dilation, groups: G }, [...before, ...after], shape);
}

/** ONNX's transposed convolution, cropped to what the convolution's input has of it, or with zeros where no window reached. */
function transposed(to: Emitter, dy: Emitted, w: Emitted, a: ConvAttrs, shape: Shape): Emitted {
  const span = (axis: 0 | 1): number => a.stride[axis] * (dy.shape[2 + axis] - 1) + a.dilation[axis] * (w.shape[2 + axis] - 1) + 1;
  const full = [span(0), span(1)];
  const before = [a.pads[0], a.pads[1]];
  const after = before.map((p, k) => full[k] - p - shape[2 + k]);
  const crop = [...before, ...after].map((p) => Math.max(0, p));
  const made = [0, 1].map((k) => full[k] - crop[k] - crop[2 + k]);
  const y = to.op('ConvTranspose', [dy, w], [...shape.slice(0, 2), ...made], {
    kernel_shape: kernelOf(w.shape),
    strides: a.stride,
    dilations: a.dilation,
    pads: crop,
    group: a.groups,
  });
  return padded(to, y, [0, 0, ...before.map((p) => Math.max(0, -p))], [0, 0, ...after.map((p) => Math.max(0, -p))], [0, 0, 0, 0], 0);
}
