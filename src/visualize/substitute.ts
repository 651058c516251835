/** A graph with another node where one of its own stood. */
import * as b from '../engine/builder.js';
import { topological, type Node } from '../engine/graph.js';

/** `output` as it is with `by` in the place of `old`, of the same shape; what does not follow `old` stays the same nodes. */
export function substituted(output: Node, old: Node, by: Node): Node {
  const made = new Map<Node, Node>([[old, by]]);
  for (const node of topological([output])) {
    if (made.has(node) || !node.inputs.some((i) => made.has(i))) continue;
    made.set(node, b.op(node.op, node.inputs.map((i) => made.get(i) ?? i), node.attrs));
  }
  return made.get(output) ?? output;
}
