/** The same computation from another picture, in one graph: what DeepLift compares a network's answer with. */
import { op } from '../engine/builder.js';
import type { Node } from '../engine/graph.js';
import { topological } from '../engine/graph.js';

/** For each node on the way from `source` to `end` the same node from `other`, of the source's shape; what both share is not made again. */
export function twins(end: Node, source: Node, other: Node): ReadonlyMap<Node, Node> {
  const made = new Map([[source, other]]);
  for (const node of topological([end])) {
    if (node.inputs.some((i) => made.has(i))) made.set(node, op(node.op, node.inputs.map((i) => made.get(i) ?? i), node.attrs));
  }
  return made;
}
