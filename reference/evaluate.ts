/**
 * An interpreter of graphs in plain float64: naive loops, written from each op's definition. It shares no code with the
 * kernels, no order of summation and no index arithmetic: where the two agree, both are right.
 */
import { topological, type Node } from '../src/engine/graph.js';
import type { OpName } from '../src/engine/attrs.js';
import { CONV } from './ops/conv.js';
import { LAYOUT } from './ops/layout.js';
import { LOSS } from './ops/loss.js';
import { MATRIX } from './ops/matrix.js';
import { POINTWISE } from './ops/pointwise.js';
import { POOL } from './ops/pool.js';
import type { Table, Tensor } from './tensor.js';

const SOURCES: Table<'input' | 'constant' | 'literal' | 'iota'> = {
  input: (_, n) => {
    throw new Error(`reference: input '${n.attrs.name}' was not fed`);
  },
  constant: (_, n) => new Float64Array(n.shape.reduce((a, b) => a * b, 1)).fill(n.attrs.value),
  literal: (_, n) => Float64Array.from(n.attrs.values),
  iota: (_, n) => {
    const inner = n.shape.slice(n.attrs.axis + 1).reduce((a, b) => a * b, 1);
    return Float64Array.from({ length: n.shape.reduce((a, b) => a * b, 1) }, (_v, i) => Math.floor(i / inner) % n.shape[n.attrs.axis]);
  },
};

const TABLE: Table<OpName> = { ...SOURCES, ...POINTWISE, ...LAYOUT, ...MATRIX, ...CONV, ...POOL, ...LOSS };

/** Row-major values of the outputs. `feeds` gives the inputs' values, or any inner node's in place of its own. */
export function evaluate(outputs: readonly Node[], feeds: ReadonlyMap<Node, Float64Array>): Float64Array[] {
  const values = new Map<Node, Float64Array>(feeds);
  for (const node of topological(outputs)) {
    if (values.has(node)) continue;
    const inputs = node.inputs.map((i): Tensor => ({ shape: i.shape, data: values.get(i)! }));
    values.set(node, apply(node, inputs));
  }
  return outputs.map((n) => values.get(n)!);
}

function apply<K extends OpName>(node: Node<K>, inputs: readonly Tensor[]): Float64Array {
  return TABLE[node.op](inputs, node);
}
