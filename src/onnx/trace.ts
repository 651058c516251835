/**
 * Numbers of a graph traced back to the weights of the file that they are computed from: which of a weight's elements an
 * element is, and which would have to be zero for it to be zero.
 */
import { broadcastShapes, size, topological, type Node, type Shape } from '../engine/graph.js';
import { OPS } from '../engine/ops.js';
import { canCompute, canEvaluate, compute, evaluate, spread, type Known } from './evaluate.js';
import type { Numbers } from './types.js';

/** Elements of weights, by the weight's name. */
export type Elements = Map<string, Set<number>>;

const ZERO_AT_ZERO: readonly string[] = ['neg', 'abs', 'sign', 'sqrt', 'relu', 'tanh', 'erf', 'sin', 'floor', 'pow'];

/**
 * What must become zero for these elements of a node to be zero. Null where no weight can do that. What is zero in the file
 * already is left out.
 */
export function zeroing(node: Node, at: ReadonlySet<number>, known: Known): Elements | null {
  if (at.size === 0) return new Map();
  if (node.op === 'input') {
    const values = known.get(node);
    const live = [...at].filter((k) => values?.[k] !== 0);
    return new Map(live.length > 0 ? [[(node as Node<'input'>).attrs.name, new Set(live)]] : []);
  }
  const inputs = (which: readonly number[]): Elements | null => {
    const sources = sourcesOf(node, at, known);
    const all: Elements = new Map();
    for (const k of which) {
      const found = zeroing(node.inputs[k], sources[k], known);
      if (!found) return null;
      for (const [name, elements] of found) all.set(name, new Set([...(all.get(name) ?? []), ...elements]));
    }
    return all;
  };
  if (node.inputs.length === 0) return canEvaluate(node, known) && [...at].every((k) => evaluate(node, known)[k] === 0) ? new Map() : null;
  switch (node.op) {
    case 'mul':
      return inputs([0]) ?? inputs([1]);
    case 'div':
      return inputs([0]);
    case 'add':
    case 'sub':
    case 'max':
    case 'min':
      return inputs([0, 1]);
    case 'take':
      return inputs([0]);
    case 'reshape':
    case 'transpose':
    case 'broadcast':
    case 'slice':
    case 'flip':
    case 'sum':
    case 'maximum':
    case 'concat':
      return inputs(node.inputs.map((_, k) => k));
    default:
      return ZERO_AT_ZERO.includes(node.op) ? inputs([0]) : null;
  }
}

/** Of every element of a node, the element of input i that it is computed from, counted from 1; 0 where it is none of that input's. */
function origins(node: Node, i: number, known: Known): Numbers {
  const own = count(node.inputs[i].shape, 1);
  if (node.op === 'concat') return compute(node, node.inputs.map((n, k) => (k === i ? own : new Float64Array(size(n.shape)))));
  if (node.op === 'take') return i === 0 ? compute(node, [own, evaluate(node.inputs[1], known)]) : new Float64Array(size(node.shape));
  return OPS[node.op].run.kind === 'pointwise' ? spread(own, node.inputs[i].shape, node.shape) : compute(node, [own]);
}

/** The elements of each input that these elements of a node are computed from, by position. */
function sourcesOf(node: Node, at: ReadonlySet<number>, known: Known): Set<number>[] {
  const [x] = node.inputs;
  if (node.op === 'sum' || node.op === 'maximum') {
    const into = spread(count(node.shape), node.shape, x.shape);
    return [new Set(range(size(x.shape)).filter((k) => at.has(into[k])))];
  }
  return node.inputs.map((_, i) => {
    const from = origins(node, i, known);
    return new Set([...at].map((k) => from[k] - 1).filter((k) => k >= 0));
  });
}

/** A weight of the file that a convolution's weight is computed from. */
export interface Own {
  readonly node: Node<'input'>;
  /** Which filter each of its elements belongs to. */
  readonly filters: Int32Array;
  /** Where the convolution's weight is its elements in another order, the element at each place; else null. */
  readonly order: Int32Array | null;
}

/** Whether each sample's gradient of a weight so computed can be followed back (src/saliency/lift.ts). */
export const canFollowBack = (weight: Node): boolean =>
  topological([weight]).every((n) =>
    ['input', 'constant', 'literal', 'reshape', 'broadcast', 'transpose', 'sum', 'detach'].includes(n.op) ||
    OPS[n.op].run.kind === 'pointwise'
  );

const FREE = -1, SHARED = -2;

/**
 * The weight of the file from which a convolution's weight [K, ...] is computed so that every filter has elements of its own, as many as
 * any other; the largest such. Null where there is none (a kernel stretched over all channels), undefined where that cannot be told.
 */
export function ownWeight(weight: Node, known: Known): Own | null | undefined {
  const nodes = topological([weight]).reverse();
  if (nodes.some((n) => n.op !== 'input' && !canCompute(n))) return undefined;
  const each = size(weight.shape) / weight.shape[0];
  const labels = new Map<Node, Int32Array>([[weight, Int32Array.from(range(size(weight.shape)), (k) => Math.floor(k / each))]]);
  const places = new Map<Node, Int32Array | null>([[weight, Int32Array.from(range(size(weight.shape)))]]);
  const merge = (x: Node): Int32Array => labels.get(x) ?? new Int32Array(size(x.shape)).fill(FREE);
  const give = (to: Int32Array, at: number, label: number): void => {
    if (label !== FREE && at >= 0) to[at] = to[at] === FREE || to[at] === label ? label : SHARED;
  };
  for (const node of nodes) {
    const mine = labels.get(node)!;
    const kind = OPS[node.op].run.kind;
    node.inputs.forEach((x, i) => {
      const theirs = merge(x);
      if (node.op === 'sum' || node.op === 'maximum') {
        const into = spread(count(node.shape), node.shape, x.shape);
        for (let k = 0; k < theirs.length; k++) give(theirs, k, mine[into[k]]);
        places.set(x, null);
      } else {
        const from = origins(node, i, known);
        for (let k = 0; k < mine.length; k++) give(theirs, from[k] - 1, mine[k]);
        const own = places.get(node);
        const moved = own && !places.has(x) && (kind === 'alias' || kind === 'view') && size(x.shape) === size(node.shape);
        places.set(x, moved ? own : null);
        if (moved) {
          const there = new Int32Array(own.length);
          for (let k = 0; k < own.length; k++) there[from[k] - 1] = own[k];
          places.set(x, there);
        }
      }
      labels.set(x, theirs);
    });
  }
  const K = weight.shape[0];
  const found = nodes.filter((n): n is Node<'input'> => n.op === 'input' && own(labels.get(n)!, K))
    .sort((x, y) => size(y.shape) - size(x.shape))[0];
  if (!found) return null;
  const place = places.get(found);
  const order = place ? new Int32Array(place.length) : null;
  place?.forEach((at, k) => {
    order![at] = k;
  });
  return { node: found, filters: labels.get(found)!, order };
}

/** Whether every filter has elements, as many as any other, and none is shared or left over. */
function own(labels: Int32Array, filters: number): boolean {
  if (labels.length % filters !== 0) return false;
  const counts = new Int32Array(filters);
  for (const k of labels) {
    if (k < 0) return false;
    counts[k]++;
  }
  return counts.every((n) => n === labels.length / filters);
}

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
const count = (shape: Shape, from = 0): Float64Array => Float64Array.from(range(size(shape)), (k) => k + from);

/** The elements of an operand that meet each channel; `layout` has every channel's number where it stands. */
export function elementsOf(operand: Node, layout: Node, channels: Known): Map<number, Set<number>> {
  const own = operand.shape.length < layout.shape.length ?
    layout.shape.map(() => 1).slice(operand.shape.length).concat(operand.shape)
    : [...operand.shape];
  const out = broadcastShapes('the operand', own, layout.shape);
  const channel = spread(evaluate(layout, channels), layout.shape, out);
  const at = spread(count(own), own, out);
  const found = new Map<number, Set<number>>();
  channel.forEach((c, k) => found.set(c, (found.get(c) ?? new Set()).add(at[k])));
  return found;
}
