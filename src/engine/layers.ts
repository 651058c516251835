/**
 * The builder with what those who build networks need beside the ops: normalisation, pooling, softmax. No op is made here.
 */
import type { AttrsOf } from './attrs.js';
import { add, constant, detach, div, equal, exp, greater, literal, log, maximum, mul, op, poolGather, relu, reshape, sqrt, sub, sum, where,
  windowSum } from './builder.js';
import { size, type Node } from './graph.js';

export * from './builder.js';

/** min(high, max(low, x)), with gradient 1 strictly inside and 0 at the bounds, as PyTorch's hardtanh. NaN stays NaN. */
export function clip(x: Node, low: number, high: number): Node {
  const notBelow = (y: Node, z: Node): Node => add(greater(y, z), equal(y, z)); // false for NaN, which `where` then leaves alone
  let y = x;
  if (low !== -Infinity) y = low === 0 ? relu(y) : where(notBelow(constant(low), y), constant(low), y);
  if (high !== Infinity) y = where(notBelow(y, constant(high)), constant(high), y);
  return y;
}

export function mean(x: Node, axes: readonly number[] = x.shape.map((_, k) => k)): Node {
  return mul(sum(x, axes), constant(1 / size(axes.map((a) => x.shape[a]))));
}

/** exp(x) / sum of exp(x) along the axis; the shift by the maximum cancels and is not differentiated. */
export function softmax(x: Node, axis: number): Node {
  const e = exp(sub(x, detach(maximum(x, [axis]))));
  return div(e, sum(e, [axis]));
}
export function logSoftmax(x: Node, axis: number): Node {
  const shifted = sub(x, detach(maximum(x, [axis])));
  return sub(shifted, log(sum(exp(shifted), [axis])));
}

/** x [N,C,H,W]; padding never wins; the first of equal maxima takes the gradient. */
export const maxPool = (x: Node, attrs: AttrsOf['maxPoolTap']): Node => poolGather(x, op('maxPoolTap', [x], attrs), attrs);

/**
 * Average over windows of x [N,C,H,W]. `count`: 'valid' divides by the taps inside the picture, a pair [bottom, right]
 * of paddings divides by the taps inside the padded picture (ONNX's count_include_pad).
 */
export function averagePool(x: Node, attrs: AttrsOf['windowSum'], count: 'valid' | readonly [number, number]): Node {
  const taps = (axis: 0 | 1): number[] =>
    Array.from({ length: attrs.output[axis] }, (_, o) => {
      const start = o * attrs.stride[axis] - attrs.pads[axis];
      const [low, high] = count === 'valid' ? [0, x.shape[2 + axis]] : [-attrs.pads[axis], x.shape[2 + axis] + count[axis]];
      let n = 0;
      for (let r = 0; r < attrs.kernel[axis]; r++) {
        const at = start + r * attrs.dilation[axis];
        if (at >= low && at < high) n++;
      }
      return n;
    });
  const [rows, columns] = [taps(0), taps(1)];
  const total = windowSum(x, attrs);
  const uniform = new Set(rows).size === 1 && new Set(columns).size === 1;
  const factor = uniform
    ? constant(1 / Math.max(1, rows[0] * columns[0]))
    : literal(rows.flatMap((r) => columns.map((c) => 1 / Math.max(1, r * c))), [1, 1, rows.length, columns.length]);
  return mul(total, factor);
}

/** Batch normalisation by running statistics: x * scale + shift per channel, scale = gamma / sqrt(variance + epsilon). */
export function batchNorm(x: Node, gamma: Node, beta: Node, mean_: Node, variance: Node, epsilon: number): Node {
  const { scale, shift } = batchNormScale(gamma, beta, mean_, variance, epsilon);
  return add(mul(x, perChannel(scale, x)), perChannel(shift, x));
}
export function batchNormScale(gamma: Node, beta: Node, mean_: Node, variance: Node, epsilon: number): { scale: Node; shift: Node } {
  const scale = div(gamma, sqrt(add(variance, constant(epsilon))));
  return { scale, shift: sub(beta, mul(mean_, scale)) };
}
/** Batch normalisation by the batch's own statistics (variance over N, H, W, divided by their count), as in training. */
export function batchNormTraining(x: Node, gamma: Node, beta: Node, epsilon: number): { y: Node; mean: Node; variance: Node } {
  const axes = x.shape.map((_, k) => k).filter((k) => k !== 1);
  const m = mean(x, axes);
  const centred = sub(x, m);
  const variance = mean(mul(centred, centred), axes);
  // Per channel first: a division of the whole tensor, and the gradient of one, cost several passes over it.
  const scale = div(perChannel(gamma, x), sqrt(add(variance, constant(epsilon))));
  const y = add(mul(centred, scale), perChannel(beta, x));
  return { y, mean: reshape(m, gamma.shape), variance: reshape(variance, gamma.shape) };
}
/** [C] as [C,1,1] (as many ones as x has dimensions after the second), so that it broadcasts along x's channels. */
export const perChannel = (v: Node, x: Node): Node => reshape(v, [v.shape[0], ...x.shape.slice(2).map(() => 1)]);
