/**
 * Reverse mode: a graph and a scalar in, a bigger graph with the gradients out. The rules of gradients.ts are written
 * in the same ops, so what comes out can be differentiated again.
 */
import type { OpName } from './attrs.js';
import { add, broadcast, constant, sumTo } from './builder.js';
import { GRADIENTS, type Gradient } from './gradients.js';
import { sameShape, topological, type Node } from './graph.js';

/** How the gradient g of a node goes on: to nodes that it is computed from, its inputs or theirs, and what to each; null: nothing. */
export type WayBack = (g: Node, node: Node) => readonly (readonly [to: Node, part: Node | null])[];
/** By the rules of gradients.ts. Other ways, of which attribution methods are made, leave it where they have rules of their own. */
export const byGradient: WayBack = (g, node) => ruleOf(node)(g, node).map((part, i) => [node.inputs[i], part]);

/**
 * Gradients of `output` with respect to each of `wrt` (any nodes of its graph, inner ones too), each of its node's shape.
 * `seed`, of output's shape, weights its elements: the result is the vector-Jacobian product. Without it, output must
 * have one element. `back` goes another way than the gradient's. Throws where output does not depend, differentiably, on one of `wrt`.
 */
export function grad(output: Node, wrt: readonly Node[], seed?: Node, back: WayBack = byGradient): Node[] {
  if (!seed && output.shape.some((d) => d !== 1)) {
    throw new Error(`grad: the output has shape [${output.shape}]; sum it to one element, or give a seed of that shape`);
  }
  if (seed && !sameShape(seed.shape, output.shape)) {
    throw new Error(`grad: seed [${seed.shape}] does not have the output's shape [${output.shape}]`);
  }
  const wanted = new Set(wrt);
  const order = topological([output]);
  const leads = new Set<Node>(); // nodes from which one of wrt can be reached
  for (const node of order) {
    if (wanted.has(node) || node.inputs.some((i) => leads.has(i))) leads.add(node);
  }
  const adjoint = new Map<Node, Node>();
  if (leads.has(output)) adjoint.set(output, seed ?? constant(1, output.shape));
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k];
    const g = adjoint.get(node);
    if (!g || !node.inputs.some((i) => leads.has(i))) continue;
    for (const [to, part] of back(g, node)) {
      if (!part || !leads.has(to)) continue;
      const fitted = sumTo(part, to.shape);
      const old = adjoint.get(to);
      adjoint.set(to, old ? add(old, fitted) : fitted);
    }
  }
  return wrt.map((node, k) => {
    const g = adjoint.get(node);
    if (!g) {
      throw new Error(
        `grad: the output (${output.op}) does not depend on argument ${k} (${describe(node)}); ` +
          'differentiate with respect to what it is computed from'
      );
    }
    return broadcast(g, node.shape);
  });
}

function ruleOf<K extends OpName>(node: Node<K>): Gradient<K> {
  return GRADIENTS[node.op];
}

function describe(node: Node): string {
  return node.op === 'input' ? `input '${(node as Node<'input'>).attrs.name}'` : `${node.op} [${node.shape}]`;
}
