/** Reductions over some or all dimensions. */
import * as b from '../../engine/layers.js';
import { size, type Node } from '../../engine/graph.js';
import type { Handler } from '../call.js';

/** `f` keeps the reduced dimensions with extent 1. */
const reduction = (f: (x: Node, axes: readonly number[]) => Node): Handler => (c) => {
  const x = c.x();
  const rank = x.shape.length;
  const given = c.intsFrom('axes', 1);
  if (!given?.length && c.int('noop_with_empty_axes', 0)) return x;
  const axes = given?.length ? given.map((a) => c.axis(a, rank)) : x.shape.map((_, k) => k);
  const y = f(x, axes);
  return c.int('keepdims', 1) ? y : b.reshape(y, x.shape.filter((_, k) => !axes.includes(k)));
};

const minimum = (x: Node, axes: readonly number[]): Node => b.neg(b.maximum(b.neg(x), axes));

/** Factors one after the other: products are of shapes, or short. */
function product(x: Node, axes: readonly number[]): Node {
  return axes.reduce((y, axis) => {
    const at = (k: number): Node =>
      b.slice(y, {
        starts: y.shape.map((_, d) => (d === axis ? k : 0)),
        steps: y.shape.map(() => 1),
        sizes: y.shape.map((s, d) => (d === axis ? 1 : s)),
      });
    return Array.from({ length: y.shape[axis] }, (_, k) => at(k)).reduce(b.mul);
  }, x);
}

/** log of the sum of exp, shifted by the maximum so that nothing overflows. */
function logSumExp(x: Node, axes: readonly number[]): Node {
  const top = b.detach(b.maximum(x, axes));
  return b.add(b.log(b.sum(b.exp(b.sub(x, top)), axes)), top);
}

export const REDUCTION: Readonly<Record<string, Handler>> = {
  ReduceSum: reduction(b.sum),
  ReduceMean: reduction(b.mean),
  ReduceMax: reduction(b.maximum),
  ReduceMin: reduction(minimum),
  ReduceProd: reduction(product),
  ReduceL1: reduction((x, axes) => b.sum(b.abs(x), axes)),
  ReduceL2: reduction((x, axes) => b.sqrt(b.sum(b.mul(x, x), axes))),
  ReduceSumSquare: reduction((x, axes) => b.sum(b.mul(x, x), axes)),
  ReduceLogSum: reduction((x, axes) => b.log(b.sum(x, axes))),
  ReduceLogSumExp: reduction(logSumExp),
  Size: (c) => {
    c.type = 7;
    c.shapeOnly = true;
    return c.literal([size(c.shape())], []);
  },
};
