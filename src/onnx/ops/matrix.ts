/** Matrix products. */
import * as b from '../../engine/builder.js';
import { broadcastShapes, size, type Node } from '../../engine/graph.js';
import type { Handler } from '../call.js';

/** A factor that is itself a matrix transposed is read transposed, so that a large weight is never rearranged. */
function factor(x: Node): { node: Node; transposed: boolean } {
  const swapped = x.op === 'transpose' && x.shape.length === 2;
  return swapped ? { node: x.inputs[0], transposed: true } : { node: x, transposed: false };
}

function product(x: Node, y: Node, transA = false, transB = false): Node {
  const [A, B] = [factor(x), factor(y)];
  return b.matmul(A.node, B.node, { transA: transA !== A.transposed, transB: transB !== B.transposed });
}

/** NumPy's matmul: vectors are rows on the left and columns on the right, leading dimensions broadcast. */
const matmul: Handler = (c) => {
  const [x, y] = [c.x(0), c.x(1)];
  const left = x.shape.length === 1 ? b.reshape(x, [1, x.shape[0]]) : x;
  const right = y.shape.length === 1 ? b.reshape(y, [y.shape[0], 1]) : y;
  const [M, K] = left.shape.slice(-2);
  const N = right.shape[right.shape.length - 1];
  const lead = broadcastShapes('MatMul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  let out: Node;
  if (right.shape.length === 2) {
    // All rows of every leading index in one product.
    out = product(b.reshape(left, [size(left.shape) / K, K]), right);
  } else {
    const whole = (v: Node): Node => b.reshape(b.broadcast(v, [...lead, ...v.shape.slice(-2)]), [size(lead), ...v.shape.slice(-2)]);
    out = b.matmul(size(left.shape.slice(0, -2)) === 1 ? b.reshape(left, [M, K]) : whole(left), whole(right));
  }
  return b.reshape(out, [...lead, ...(x.shape.length === 1 ? [] : [M]), ...(y.shape.length === 1 ? [] : [N])]);
};

/** alpha A B + beta C, either factor transposed. */
const gemm: Handler = (c) => {
  const scaled = (x: Node, by: number): Node => (by === 1 ? x : b.mul(x, b.constant(by)));
  const y = scaled(product(c.x(0), c.x(1), c.int('transA', 0) !== 0, c.int('transB', 0) !== 0), c.float('alpha', 1));
  const beta = c.float('beta', 1);
  return c.has(2) && beta !== 0 ? b.add(y, scaled(c.x(2), beta)) : y;
};

export const MATRICES: Readonly<Record<string, Handler>> = { MatMul: matmul, Gemm: gemm };
