/**
 * A graph of the engine as a graph of ONNX: an ordinary model without custom ops, opset 11, that any runtime computes. Gradients
 * are part of the graph, so an ONNX file can hold them as it holds a network.
 */
import type { onnx } from 'onnx-proto';
import type { OpName } from '../../engine/attrs.js';
import { topological, type Node, type Shape } from '../../engine/graph.js';
import { FLOAT } from '../types.js';
import { BATCH, Emitter, type Emitted } from './emitter.js';
import type { Emission, EmitTable } from './rules.js';
import { EMIT } from './table.js';

/** The first opset whose Pad and Slice take tensors and whose Equal takes floats, and the IR version that came with it. */
export const OPSET = 11, IR = 6;

/** A tensor that the model takes or gives. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  /** Element type, see types.ts. */
  readonly type: number;
}

/** Emission of one ONNX graph, root by root: what a root needs may be bound before it is emitted. */
export class GraphEmission implements Emission {
  readonly to: Emitter;
  readonly truths = new Map<Node, Emitted>();
  readonly places = new Map<Node, Emitted>();
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

/** What the model gives, by name: each a tensor of its own, so that it can have that name. */
export function graphOf(emitter: Emitter, name: string, inputs: readonly Port[],
  outputs: ReadonlyMap<string, { value: Emitted; type?: number }>): onnx.IGraphProto {
  const named = [...outputs].map(([output, { value }]): onnx.INodeProto => ({ opType: 'Identity', name: output, input: [value.name],
    output: [output] })
  );
  const nodes = needed([...emitter.nodes, ...named], new Set(outputs.keys()));
  const read = new Set(nodes.flatMap((n) => n.input!));
  const given = [...outputs].map(([output, { value: { shape }, type = FLOAT }]): Port => ({ name: output, shape, type }));
  return { name, node: nodes, initializer: emitter.initializers.filter((t) => read.has(t.name!)), input: inputs.map(valueInfo),
    output: given.map(valueInfo) };
}

/** The nodes that outputs depend on, in order. */
function needed(nodes: readonly onnx.INodeProto[], wanted: Set<string>): onnx.INodeProto[] {
  const kept: onnx.INodeProto[] = [];
  for (let k = nodes.length - 1; k >= 0; k--) {
    if (!nodes[k].output!.some((name) => wanted.has(name))) continue;
    kept.push(nodes[k]);
    for (const name of nodes[k].input!) wanted.add(name);
  }
  return kept.reverse();
}

/** The free batch has a name, and a multiple of it one of its own. */
function valueInfo({ name, shape, type }: Port): onnx.IValueInfoProto {
  const dim = shape.map((d) => (d > 0 && d % BATCH === 0 ? { dimParam: d === BATCH ? 'batch' : `${d / BATCH} batch` } : { dimValue: d }));
  return { name, type: { tensorType: { elemType: type, shape: { dim } } } };
}
