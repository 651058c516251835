/**
 * A weight that is computed of another, for every sample by itself: the same nodes with the samples as one more dimension, so that a
 * gradient of each sample goes back through them in one piece.
 */
import * as b from '../engine/builder.js';
import type { PointwiseFn } from '../kernels/functions.js';
import { OPS } from '../engine/ops.js';
import { grad } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';

/**
 * [N, ...]: each sample's gradient with respect to `from`, of its gradient [N, ...] with respect to `value`, which is computed of it.
 * Throws where an op on the way is none of those that weights are made by.
 */
export function gradientBack(from: Node, value: Node, gradient: Node): Node {
  const [N] = gradient.shape;
  const each = b.broadcast(b.reshape(from, [1, ...from.shape]), [N, ...from.shape]);
  const lifted = new Map<Node, Node | null>([[from, each]]);
  return grad(b.sum(b.mul(lift(value, N, lifted)!, gradient)), [each])[0];
}

/** Null where a node does not depend on the weight: it serves all samples as it is. */
function lift(node: Node, N: number, done: Map<Node, Node | null>): Node | null {
  const known = done.get(node);
  if (known !== undefined) return known;
  const inputs = node.inputs.map((x) => lift(x, N, done));
  const made = inputs.some((x) => x !== null) ? again(node, inputs, N) : null;
  done.set(node, made);
  return made;
}

const is = <K extends Node['op']>(node: Node, op: K): node is Node<K> => node.op === op;

function again(node: Node, inputs: readonly (Node | null)[], N: number): Node {
  const [x] = inputs;
  if (OPS[node.op].run.kind === 'pointwise') {
    const aligned = inputs.map((y, k) => {
      const { shape } = node.inputs[k];
      return y ? b.reshape(y, [N, ...node.shape.slice(shape.length).map(() => 1), ...shape]) : node.inputs[k];
    });
    return b.op(node.op as PointwiseFn, aligned, {});
  }
  if (is(node, 'reshape')) return b.reshape(x!, [N, ...node.shape]);
  if (is(node, 'broadcast')) {
    const { shape } = node.inputs[0];
    return b.broadcast(b.reshape(x!, [N, ...node.shape.slice(shape.length).map(() => 1), ...shape]), [N, ...node.shape]);
  }
  if (is(node, 'transpose')) return b.transpose(x!, [0, ...node.attrs.perm.map((a) => a + 1)]);
  if (is(node, 'sum')) return b.sum(x!, node.attrs.axes.map((a) => a + 1));
  if (is(node, 'detach')) return b.detach(x!);
  throw new Error(`a convolution's weight is computed by ${node.op}, through which the saliency of its filters cannot be followed`);
}
