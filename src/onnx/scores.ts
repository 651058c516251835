/**
 * What a file's output says of the classes. The method takes the cross-entropy of logits, so an output that is a probability already
 * must be led back to them, or it would go through a softmax twice. A softmax node at the end is looked for by name (logits.ts). What
 * else exporters write (a softmax in its parts, exp of a log-softmax, one behind a transposition, a clip or a factor, a mean of several,
 * a sigmoid) is found by numbers: what follows the last product is computed for made-up numbers, and its rows are looked at.
 */
import * as b from '../engine/layers.js';
import { size, topological, type Node } from '../engine/graph.js';
import { canCompute, evaluate, type Known } from './evaluate.js';
import type { ImportedGraph } from './import.js';
import type { Numbers } from './types.js';

export type Scores =
  /** The output, or what a softmax node at the end is applied to. */
  | { readonly kind: 'logits' }
  /** The output is the softmax of a tensor, or a stretch of it from class `first` on, of `of` classes. */
  | { readonly kind: 'softmax'; readonly tensor: string; readonly first: number; readonly of: number }
  /** The output is a probability for each class; its logarithm serves as logits. */
  | { readonly kind: 'probabilities' }
  /** The output is one sigmoid of a tensor: two classes. */
  | { readonly kind: 'sigmoid'; readonly tensor: string }
  /** The output is a sigmoid of a tensor for each class by itself. */
  | { readonly kind: 'sigmoids'; readonly tensor: string };

/** Made-up numbers are drawn so many times. */
const DRAWS = 3;
/** More numbers than a network's end has: such a graph is left to the look at its first answer. */
const MOST = 2 ** 22;
const NEAR = 1e-6;
/** Below what float32 holds as a normal number: the smallest probability. */
const SMALLEST = 2 ** -126;
const CURVED: readonly string[] = ['exp', 'sigmoid', 'tanh', 'softplus', 'div', 'reciprocal'];

/** Looks at a graph built for one sample, whose output has so many numbers. */
export function findScores(graph: ImportedGraph, count: number): Scores {
  const [{ node: output }] = graph.outputs;
  if (graph.softmax) return { kind: 'logits' };
  const ends = endOf(output, graph);
  if (!ends || !ends.nodes.some((n) => CURVED.includes(n.op))) return { kind: 'logits' };
  const draws = Array.from({ length: DRAWS }, (_, k) => draw(ends.leaves, graph, k));
  const rows = draws.map((known) => evaluate(output, known));
  const inside = new Set([...ends.leaves, ...ends.nodes]);
  const tensors = [...graph.tensors].filter(([, node]) => inside.has(node) && size(node.shape) >= count && node.shape.length > 0);
  const fits = (node: Node, f: (z: Numbers, row: Numbers) => boolean): boolean =>
    draws.every((known, k) => f(evaluate(node, known), rows[k]));
  const whole = rows.map(total);
  const among = rows.every((row) => row.every((p) => p >= 0 && p <= 1 + NEAR));
  const sums = [1, 100].some((s) => whole.every((t) => Math.abs(t - s) <= NEAR * s)) && rows.every((row) => row.every((p) => p >= 0));
  if (sums && count > 1) {
    for (const [tensor, node] of tensors) {
      if (size(node.shape) === count && fits(node, (z, row) => same(softmax(z), row, total(row)))) {
        return { kind: 'softmax', tensor, first: 0, of: count };
      }
    }
    return { kind: 'probabilities' };
  }
  if (!among) return { kind: 'logits' };
  for (const [tensor, node] of tensors) {
    if (size(node.shape) === count && fits(node, (z, row) => same(z.map((v) => 1 / (1 + Math.exp(-v))), row, 1))) {
      return { kind: count === 1 ? 'sigmoid' : 'sigmoids', tensor };
    }
  }
  for (const [tensor, node] of tensors) {
    const of = size(node.shape);
    if (count < 2 || of === count || node.shape[node.shape.length - 1] !== of) continue;
    for (let first = 0; first + count <= of; first++) {
      if (fits(node, (z, row) => same(softmax(z).subarray(first, first + count), row, 1))) return { kind: 'softmax', tensor, first, of };
    }
  }
  return { kind: 'logits' };
}

/** [batch, classes], for the same file built for any batch. */
export function logitsOf(graph: ImportedGraph, scores: Scores, batch: number): Node {
  const flat = (x: Node): Node => (size(x.shape) % batch === 0 ? b.reshape(x, [batch, size(x.shape) / batch]) : x);
  const tensor = (name: string): Node => flat(graph.tensors.get(name)!);
  switch (scores.kind) {
    case 'softmax': {
      const z = tensor(scores.tensor);
      const count = size(graph.outputs[0].node.shape) / batch;
      return count === scores.of ? z : b.slice(z, { starts: [0, scores.first], steps: [1, 1], sizes: [batch, count] });
    }
    case 'probabilities':
      return b.log(b.max(flat(graph.outputs[0].node), b.constant(SMALLEST)));
    case 'sigmoid':
    case 'sigmoids':
      return tensor(scores.tensor);
    default:
      return graph.logits;
  }
}

interface End {
  /** What is computed before, or fed in. */
  readonly leaves: readonly Node[];
  readonly nodes: readonly Node[];
}

/** What the host can compute of a graph on the way to its output; null where that is too much. */
function endOf(output: Node, graph: ImportedGraph): End | null {
  const weights = new Set([...graph.weights.values()].map((w) => w.node));
  const data = new Set<Node>();
  for (const n of topological([output])) {
    if (n.op === 'input' ? !weights.has(n as Node<'input'>) : n.inputs.some((i) => data.has(i))) data.add(n);
  }
  const leaves = new Set<Node>(), nodes = new Set<Node>();
  const todo = [output];
  let values = 0;
  for (let n = todo.pop(); n; n = todo.pop()) {
    if (leaves.has(n) || nodes.has(n)) continue;
    values += size(n.shape);
    if (values > MOST) return null;
    if (data.has(n) && (n.op === 'input' || !canCompute(n))) leaves.add(n);
    else {
      if (!data.has(n) && n.inputs.length > 0 && !canCompute(n)) return null;
      if (data.has(n)) nodes.add(n);
      todo.push(...n.inputs);
    }
  }
  return { leaves: [...leaves], nodes: [...nodes] };
}

/** Known values: the weights, and numbers of a fixed pattern, a few units large, in the leaves. */
function draw(leaves: readonly Node[], graph: ImportedGraph, k: number): Known {
  const known: Known = new WeakMap();
  for (const { node, data } of graph.weights.values()) known.set(node, data);
  let state = 12345 + 7919 * k;
  for (const leaf of leaves) {
    known.set(leaf, Float64Array.from({ length: size(leaf.shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 32 - 0.5) * 6;
    }));
  }
  return known;
}

const total = (row: Numbers): number => Array.from(row).reduce((t, v) => t + v, 0);
const same = (want: Numbers, row: Numbers, scale: number): boolean => row.every((v, k) => Math.abs(v / scale - want[k]) <= NEAR);

function softmax(z: Numbers): Float64Array {
  const top = Array.from(z).reduce((m, v) => Math.max(m, v), -Infinity);
  const e = Float64Array.from(z, (v) => Math.exp(v - top));
  const sum = total(e);
  return e.map((v) => v / sum);
}
