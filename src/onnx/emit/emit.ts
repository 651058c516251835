/**
 * A graph of the engine as a graph of ONNX: an ordinary model without custom ops, opset 11, that any runtime computes. Gradients
 * are part of the graph, so an ONNX file can hold them as it holds a network.
 */
import type { OpName } from '../../engine/attrs.js';
import { topological, type Node } from '../../engine/graph.js';
import { FLOAT } from '../types.js';
import { Emitter, type Emitted } from './emitter.js';
import type { ModelGraph, OpNode, Port } from './graph.js';
import type { Emission, EmitTable } from './rules.js';
import { EMIT } from './table.js';

/** The first opset whose Pad and Slice take tensors and whose Equal takes floats, and the IR version that came with it. */
export const OPSET = 11, IR = 6;

/** Emission of one ONNX graph, root by root: what a root needs may be bound before it is emitted. */
export class GraphEmission implements Emission {
  readonly to: Emitter;
  readonly truths = new Map<Node, Emitted>();
  readonly places = new Map<Node, Emitted>();
  readonly tops = new Map<Node, Emitted>();
  private readonly values = new Map<Node, Emitted>();
  private readonly bound = new Map<string, Emitted>();

  /** `pictures`: the name of the input with the free batch; `weights`: the values of the graph's weights. */
  constructor(pictures: string, private readonly weights: ReadonlyMap<string, Float32Array>) {
    this.to = new Emitter(pictures);
  }

  /** What an input of the engine's graph reads, by its name. */
  bind(name: string, value: Emitted): void {
    this.bound.set(name, value);
  }

  /** Writes a node with all it depends on, whole. Throws where an input is not bound or an op cannot be written. */
  emit(root: Node): Emitted {
    for (const node of topological([root])) if (!this.values.has(node)) this.values.set(node, this.write(node));
    return this.whole(root);
  }

  // Properties, since the table's entries take them apart.
  readonly of = (node: Node): Emitted => this.values.get(node)!;
  readonly whole = (node: Node): Emitted => this.to.full(this.of(node), node.shape);

  private write<K extends OpName>(node: Node<K>): Emitted {
    if (node.op === 'input') return this.source(node as unknown as Node<'input'>);
    return (EMIT as EmitTable<OpName>)[node.op](this, node);
  }

  private source({ attrs: { name, role, shape } }: Node<'input'>): Emitted {
    const bound = this.bound.get(name);
    if (bound) return bound;
    const values = role === 'weight' ? this.weights.get(name) : undefined;
    if (!values) throw new Error(`the graph reads '${name}', which is neither a weight with values nor bound to an input`);
    return this.to.floats(values, shape, name);
  }
}

/** What the model gives, by name: each a tensor of its own, so that it can have that name. Nodes that no output needs are left out. */
export function graphOf(emitter: Emitter, name: string, inputs: readonly Port[],
  outputs: ReadonlyMap<string, { value: Emitted; type?: number }>): ModelGraph {
  const named = [...outputs].map(([output, { value }]): OpNode => ({ type: 'Identity', inputs: [value.name], outputs: [output],
    attributes: {} })
  );
  const nodes = needed([...emitter.nodes, ...named], new Set(outputs.keys()));
  const read = new Set(nodes.flatMap((n) => n.inputs));
  const given = [...outputs].map(([output, { value: { shape }, type = FLOAT }]): Port => ({ name: output, shape, type }));
  return { name, nodes, initializers: emitter.initializers.filter((t) => read.has(t.name)), inputs: inputs.filter((i) => read.has(i.name)),
    outputs: given };
}

/** The nodes that outputs depend on, in order. */
function needed(nodes: readonly OpNode[], wanted: Set<string>): OpNode[] {
  const kept: OpNode[] = [];
  for (let k = nodes.length - 1; k >= 0; k--) {
    if (!nodes[k].outputs.some((name) => wanted.has(name))) continue;
    kept.push(nodes[k]);
    for (const name of nodes[k].inputs) wanted.add(name);
  }
  return kept.reverse();
}
