/**
 * Numbers of a graph traced back to the weights of the file that they are computed from: which of a weight's elements an
 * element is, and which would have to be zero for it to be zero.
 */
import { broadcastShapes, size, type Node, type Shape } from '../engine/graph.js';
import { OPS } from '../engine/ops.js';
import { canEvaluate, compute, evaluate, spread, type Known } from './evaluate.js';
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

/** The elements of each input that these elements of a node are computed from, by position. */
function sourcesOf(node: Node, at: ReadonlySet<number>, known: Known): Set<number>[] {
  const [x] = node.inputs;
  if (node.op === 'sum' || node.op === 'maximum') {
    const into = spread(count(node.shape), node.shape, x.shape);
    return [new Set(range(size(x.shape)).filter((k) => at.has(into[k])))];
  }
  // Elements are counted from 1, so that 0 is none of the input's.
  const origins = node.inputs.map((input, i): Numbers => {
    const own = count(input.shape, 1);
    if (node.op === 'concat') return compute(node, node.inputs.map((n, k) => (k === i ? own : new Float64Array(size(n.shape)))));
    if (node.op === 'take') return compute(node, [own, evaluate(node.inputs[1], known)]);
    return OPS[node.op].run.kind === 'pointwise' ? spread(own, input.shape, node.shape) : compute(node, [own]);
  });
  return origins.map((from) => new Set([...at].map((k) => from[k] - 1).filter((k) => k >= 0)));
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
