/** Normalisation: batch norm by its running statistics, and those that measure their own input. */
import * as b from '../../engine/layers.js';
import { size, type Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';

/** Evaluation mode throughout: the statistics are the file's, whatever older opsets' is_test says. */
const batchNorm: Handler = (c) => {
  if (c.opset >= 14 && c.int('training_mode', 0)) c.fail('it was exported in training mode: export the model in evaluation mode');
  const [x, gamma, beta, mean, variance] = [c.x(0), c.x(1), c.x(2), c.x(3), c.x(4)];
  const epsilon = c.float('epsilon', 1e-5);
  if (gamma.shape.length === 1) return b.batchNorm(x, gamma, beta, mean, variance, epsilon);
  // spatial = 0 (until opset 8): every element of a sample has statistics of its own.
  const { scale, shift } = b.batchNormScale(gamma, beta, mean, variance, epsilon);
  return b.add(b.mul(x, scale), shift);
};

/** (x - mean) / sqrt(variance + epsilon) over the axes. */
function standardize(x: Node, axes: readonly number[], epsilon: number): { y: Node; mean: Node; inverse: Node } {
  const mean = b.mean(x, axes);
  const centred = b.sub(x, mean);
  const inverse = b.reciprocal(b.sqrt(b.add(b.mean(b.mul(centred, centred), axes), b.constant(epsilon))));
  return { y: b.mul(centred, inverse), mean, inverse };
}

const from = (x: Node, axis: number): number[] => x.shape.map((_, k) => k).slice(axis);

const instanceNorm: Handler = (c) => {
  const x = c.x();
  const { y } = standardize(x, from(x, 2), c.float('epsilon', 1e-5));
  return b.add(b.mul(y, b.perChannel(c.x(1), x)), b.perChannel(c.x(2), x));
};

const layerNorm: Handler = (c) => {
  const x = c.x();
  const { y, mean, inverse } = standardize(x, from(x, c.axis(c.int('axis', -1), x.shape.length)), c.float('epsilon', 1e-5));
  const scaled = b.mul(y, c.x(1));
  return [c.has(2) ? b.add(scaled, c.x(2)) : scaled, mean, inverse];
};

/** Scale and bias per group until opset 20, per channel since. */
function groupNorm(c: Call): Node {
  const x = c.x();
  const [N, C, ...rest] = x.shape;
  const groups = c.int('num_groups', 1);
  const grouped = b.reshape(x, [N, groups, C / groups, size(rest)]);
  const { y } = standardize(grouped, [2, 3], c.float('epsilon', 1e-5));
  const apply = (v: Node): Node => b.reshape(v, v.shape[0] === C && c.opset >= 21 ? [groups, C / groups, 1] : [groups, 1, 1]);
  return b.reshape(b.add(b.mul(y, apply(c.x(1))), apply(c.x(2))), x.shape);
}

export const NORMALIZATION: Readonly<Record<string, Handler>> = {
  BatchNormalization: batchNorm,
  InstanceNormalization: instanceNorm,
  LayerNormalization: layerNorm,
  GroupNormalization: groupNorm,
  LpNormalization: (c) => {
    const x = c.x();
    const axes = [c.axis(c.int('axis', -1), x.shape.length)];
    return b.div(x, c.int('p', 2) === 1 ? b.sum(b.abs(x), axes) : b.sqrt(b.sum(b.mul(x, x), axes)));
  },
  MeanVarianceNormalization: (c) => standardize(c.x(), c.ints('axes') ?? [0, 2, 3], 1e-9).y,
};
