/**
 * Another way back through the graph. A gradient goes back by the rules of src/engine/gradients.ts; DeepLift and layer-wise relevance
 * go back by tables of their own, in the same ops, one rule for every op there is: a new op whose rule is missing does not compile.
 * An op that a method says nothing about is refused by name, never passed by.
 */
import { sameShape, topological, type Node } from '../engine/graph.js';
import type { OpName } from '../engine/attrs.js';
import { byGradient, type WayBack } from '../engine/grad.js';
import { OPS } from '../engine/ops.js';
import type { NetworkGraph } from '../saliency/network.js';

export type Way = ReturnType<WayBack>;

/** What a rule is told beside what comes back and the node it comes back through. */
export interface Place {
  /** Whether a node is computed from the picture: to those alone something goes back. */
  follows(node: Node): boolean;
  /** Throws the sentence that names the method, the op and its node. */
  refuse(node: Node): never;
}

export type Rule<K extends OpName, P extends Place> = (back: Node, node: Node<K>, at: P) => Way;
export type Rules<P extends Place> = { readonly [K in OpName]: Rule<K, P> };

/** The same rule for several ops. */
export function each<K extends OpName, P extends Place>(ops: readonly K[], rule: Rule<OpName, P>): { readonly [N in K]: Rule<OpName, P> } {
  return Object.fromEntries(ops.map((op) => [op, rule])) as { [N in K]: Rule<OpName, P> };
}

/** The way back that a table describes. */
export const wayBack = <P extends Place>(rules: Rules<P>, at: P): WayBack => (back, node) => ruleOf(rules, node)(back, node, at);

function ruleOf<K extends OpName, P extends Place>(rules: Rules<P>, node: Node<K>): Rule<K, P> {
  return rules[node.op];
}

// ---- rules that methods share --------------------------------------------------------------------------------------

/** For what is linear in all that follows the picture. */
export const linear: Rule<OpName, Place> = (back, node) => byGradient(back, node);
export const refused: Rule<OpName, Place> = (_, node, at) => at.refuse(node);

/** Sources have no inputs, and nothing goes on from them. */
export const SOURCES = ['input', 'constant', 'literal', 'iota'] as const;
/** What puts elements elsewhere, repeats them or leaves them out. */
export const MOVES = ['reshape', 'transpose', 'slice', 'flip', 'broadcast', 'pad', 'concat', 'take'] as const;
/** Sums with coefficients that are the same for every picture. */
export const SUMS = ['sum', 'takeTranspose', 'windowSum', 'windowSpread'] as const;
/** Linear in each of two operands: a product with a weight where only one of them follows the picture. */
export const PRODUCTS = ['matmul', 'conv', 'convInputGrad'] as const;
/** Element by element, of one operand or more; add, sub, mul, div and relu have rules by name. */
export const FUNCTIONS = ['abs', 'exp', 'log', 'log1p', 'sqrt', 'reciprocal', 'sigmoid', 'tanh', 'softplus', 'erf', 'sin', 'cos', 'pow',
  'max', 'min', 'where'] as const;
/** Piecewise constant: part of an activation function, and nothing that a value goes back through. */
export const STEPS = ['sign', 'step', 'floor', 'greater', 'equal'] as const;
/** Gradients of other ops, losses, and what is held constant: no classifier computes its answer by them. */
export const NO_LAYERS = ['detach', 'convWeightGrad', 'filterSaliency', 'maxPoolTap', 'poolScatter', 'crossEntropy',
  'crossEntropyGrad'] as const;

/** The operands of a node that follow the picture. */
export const following = (node: Node, at: Place): Node[] => node.inputs.filter((i) => at.follows(i));

/**
 * The one tensor that a node is an element-wise function of, of its own shape, as HardSwish's product is of what it activates; null
 * where it is of several, or of neighbours.
 */
export function argumentOf(node: Node, at: Place): Node | null {
  const open = new Set([node]);
  for (;;) {
    const last = [...open].reduce((a, b) => (b.id > a.id ? b : a));
    if (last !== node && open.size === 1) return sameShape(last.shape, node.shape) ? last : null;
    if (OPS[last.op].run.kind !== 'pointwise') return null;
    open.delete(last);
    for (const input of following(last, at)) open.add(input);
  }
}

// ---- what follows the picture, and its twin ------------------------------------------------------------------------

/** The nodes that `end` is computed by and that are computed from `source`, itself among them. */
export function followers(end: Node, source: Node): ReadonlySet<Node> {
  const found = new Set([source]);
  for (const node of topological([end])) if (node.inputs.some((i) => found.has(i))) found.add(node);
  return found;
}

/** What the network's file calls a node: op and name; else the op of the graph. */
export function nameOf({ origin }: Pick<NetworkGraph, 'origin'>, node: Node): string {
  const own = origin?.(node);
  if (!own) return `the op ${node.op}`;
  return `${own.op} "${own.name}"${own.op.toLowerCase() === node.op ? '' : ` (its op ${node.op})`}`;
}

/** What a method says where it has no answer for a network: the network's fault, as it were, and not the picture's. */
export class Refusal extends Error {}

/** That of a method that has no rule for a node. */
export function refusal(method: string, graph: Pick<NetworkGraph, 'origin'>, node: Node): Refusal {
  return new Refusal(
    `${method} has no rule for ${nameOf(graph, node)} of shape [${node.shape}], so that its numbers would not add up to the answer: take ` +
      'integrated gradients or occlusion, which need no rule for it'
  );
}
