/**
 * What is to be computed. A graph is data: a node names an op, its inputs, its attributes and the shape of its single output;
 * every value is float32 (labels and pool taps are small whole numbers, exact there). Building one computes nothing. Nodes are
 * made by the builder (builder.ts), which knows every op's shape rule; differentiation, planning and running are functions
 * over what it makes.
 */
import type { AttrsOf, OpName, Shape } from './attrs.js';

export { rowMajor as strides } from '../kernels/index-map.js';
export type { Shape };

export interface Node<K extends OpName = OpName> {
  /** Unique, and greater than every input's id: ids sort a graph topologically. */
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly attrs: AttrsOf[K];
  readonly shape: Shape;
}

let nextId = 0;

/** For the builder alone: everybody else makes nodes through it, so that no shape goes unchecked. */
export function makeNode<K extends OpName>(
  op: K,
  inputs: readonly Node[],
  attrs: AttrsOf[K],
  shape: Shape
): Node<K> {
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) throw new Error(`${op}: shape [${shape}] has a dimension that is not a whole number`);
  }
  return { id: nextId++, op, inputs, attrs, shape };
}

export const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, k) => d === b[k]);
}

/** NumPy's rule: align at the last dimension; a dimension of 1 stretches. Throws where two differ and neither is 1. */
export function broadcastShapes(what: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const s of shapes) {
    for (let k = 0; k < s.length; k++) {
      const d = rank - s.length + k;
      if (s[k] === 1 || s[k] === out[d]) continue;
      if (out[d] !== 1) throw new Error(`${what}: shapes ${shapes.map((t) => `[${t}]`).join(' and ')} do not broadcast`);
      out[d] = s[k];
    }
  }
  return out;
}

/** Every node the given ones depend on, themselves included, inputs before users. */
export function topological(roots: Iterable<Node>): Node[] {
  const seen = new Set<Node>();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Whether a node follows a data input; what does not is decided by weights alone. */
export function dependsOnData(node: Node): boolean {
  const seen = new Set<Node>();
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.op === 'input' && (at as Node<'input'>).attrs.role === 'data') return true;
    if (seen.has(at)) continue;
    seen.add(at);
    stack.push(...at.inputs);
  }
  return false;
}
