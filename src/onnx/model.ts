/** An ONNX file that has been read and found runnable: everything about it that does not depend on the batch size. */
import { HANDLERS } from './ops.js';
import { decodeGraph, withBranches, type OnnxGraph, type OnnxNode, type TensorInfo } from './proto.js';
import { checkFinite, decodeTensor } from './tensor.js';
import { isFloat, type HostTensor, type ReadExternal } from './types.js';

export interface OnnxModel {
  /** As errors call it. */
  readonly name: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  /** In the file's order, without those that no output depends on. */
  readonly nodes: readonly OnnxNode[];
  /** Without those that have initial values. */
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Initial values that some node reads. */
  readonly initializers: ReadonlyMap<string, HostTensor>;
  /** What the exporter wrote beside the graph, by key (metadata_props). */
  readonly metadata: ReadonlyMap<string, string>;
  /** The first input's first extent, where the file fixes it. */
  readonly batch: number | null;
  readonly readExternal?: ReadExternal;
}

export interface LoadOptions {
  /** What errors call the model: its file name. */
  readonly name?: string;
  /** Reads weights kept in files beside the model. */
  readonly readExternal?: ReadExternal;
}

/**
 * Reads an ONNX file of opset 6 to 21, IR version 3 up. Throws one sentence where it is no such file, uses ops that are not supported
 * (all of them are listed), refers to data that cannot be had, or has weights that are not finite.
 */
export function loadModel(bytes: Uint8Array, options: LoadOptions = {}): OnnxModel {
  const name = options.name ?? 'the model';
  const graph = decodeGraph(bytes, name);
  const nodes = live(graph);
  checkSupport(nodes, graph.opset, name);
  const all = withBranches(nodes);
  const used = new Set([...all.flatMap(reads), ...graph.outputs.map((o) => o.name)]);
  const initializers = new Map<string, HostTensor>();
  for (const t of [...graph.initializers, ...all.flatMap((n) => [...n.branches.values()].flatMap((b) => b.initializers))]) {
    const id = t.name ?? '';
    if (!used.has(id)) continue;
    const what = `weight "${id}" of ${name}`;
    const tensor = decodeTensor(t, what, options.readExternal);
    // An open bound may be infinite; a weight may not.
    if (isFloat(tensor.type)) checkFinite(tensor.data, what, tensor.shape.length === 0);
    initializers.set(id, tensor);
  }
  const first = graph.inputs[0]?.dims?.[0];
  const { irVersion, opset, producer, inputs, outputs, metadata } = graph;
  return {
    name,
    irVersion,
    opset,
    producer,
    nodes,
    inputs,
    outputs,
    initializers,
    metadata,
    batch: typeof first === 'number' ? first : null,
    readExternal: options.readExternal,
  };
}

/** Nodes that some output depends on. */
function live(graph: OnnxGraph): OnnxNode[] {
  const needed = new Set(graph.outputs.map((o) => o.name));
  const kept: OnnxNode[] = [];
  for (let k = graph.nodes.length - 1; k >= 0; k--) {
    const n = graph.nodes[k];
    if (!n.outputs.some((o) => o !== '' && needed.has(o))) continue;
    for (const i of withBranches([n]).flatMap(reads)) needed.add(i);
    kept.push(n);
  }
  return kept.reverse();
}

/** Tensors a node needs itself, or hands out of a branch unchanged. */
const reads = (n: OnnxNode): string[] => [...n.inputs, ...[...n.branches.values()].flatMap((b) => b.outputs)];

function checkSupport(nodes: readonly OnnxNode[], opset: number, name: string): void {
  const missing = withBranches(nodes).filter((n) => n.domain !== '' || !(HANDLERS.has(n.op) || n.op === 'If'));
  if (missing.length === 0) return;
  const label = (n: OnnxNode): string => (n.domain === '' ? n.op : `${n.domain}.${n.op}`);
  const counts = new Map<string, number>();
  for (const n of missing) counts.set(label(n), (counts.get(label(n)) ?? 0) + 1);
  const all = [...counts].map(([op, count]) => (count === 1 ? op : `${op} (${count} times)`)).join(', ');
  const [first] = missing;
  throw new Error(
    `${name} needs ops that are not supported: ${all}; the first is ${label(first)} at node "${first.name}" (opset ${opset})`
  );
}
