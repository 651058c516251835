/** An ONNX file that has been read and found runnable: everything about it that does not depend on the batch size. */
import { HANDLERS } from './ops.js';
import { candidatesOf, nodesFor, reads, type Candidate } from './outputs.js';
import { decodeGraph, withBranches, type OnnxGraph, type OnnxNode, type TensorInfo } from './proto.js';
import { checkFinite, decodeTensor } from './tensor.js';
import { isFloat, type HostTensor, type ReadExternal, type StoredTensor } from './types.js';

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
  /** What may be the scores of classes: outputs, and what an ArgMax, TopK or ZipMap at the end chooses from. */
  readonly candidates: readonly Candidate[];
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
 * Reads an ONNX file of opset 6 to 25, IR version 3 up. Outputs that need ops that are not supported, data that cannot be had or weights
 * that are not finite are left out while there are others. Throws one sentence where none is left, or it is no such file.
 */
export function loadModel(bytes: Uint8Array, options: LoadOptions = {}): OnnxModel {
  const name = options.name ?? 'the model';
  const graph = decodeGraph(bytes, name);
  const all = candidatesOf(graph);
  const reader = new Reader(graph, name, options.readExternal);
  // What only some outputs need stands in nobody's way as long as one is left.
  const outputs = graph.outputs.filter((o) => reader.failure(o.name) === null);
  const candidates = all.filter((c) => reader.failure(c.name) === null);
  if (outputs.length === 0 && candidates.length === 0) {
    checkSupport(nodesFor(graph.nodes, graph.outputs.map((o) => o.name)), graph.opset, name);
    throw reader.failure(graph.outputs[0].name)!;
  }
  const given = outputs.length > 0 ? outputs : candidates;
  const nodes = nodesFor(graph.nodes, [...given, ...candidates].map((o) => o.name));
  const used = new Set([...withBranches(nodes).flatMap(reads), ...given.map((o) => o.name)]);
  const first = graph.inputs[0]?.dims?.[0];
  const { irVersion, opset, producer, inputs, metadata } = graph;
  return {
    name,
    irVersion,
    opset,
    producer,
    nodes,
    inputs,
    outputs: given,
    candidates,
    initializers: new Map([...reader.tensors].filter(([id]) => used.has(id))),
    metadata,
    batch: typeof first === 'number' ? first : null,
    readExternal: options.readExternal,
  };
}

/** The same model with one of its candidates as its only output, and only the nodes that it needs. */
export function withOutput(model: OnnxModel, { name, type, dims }: TensorInfo): OnnxModel {
  if (model.outputs.length === 1 && model.outputs[0].name === name) return model;
  return { ...model, nodes: nodesFor(model.nodes, [name]), outputs: [{ name, type, dims }] };
}

/** Finds out what each tensor of a graph needs, and whether that can be had. */
class Reader {
  readonly tensors = new Map<string, HostTensor>();
  private readonly broken = new Map<string, Error>();
  private readonly stored: ReadonlyMap<string, StoredTensor>;

  constructor(private readonly graph: OnnxGraph, private readonly name: string, private readonly readExternal?: ReadExternal) {
    const inside = withBranches(graph.nodes).flatMap((n) => [...n.branches.values()].flatMap((b) => b.initializers));
    this.stored = new Map([...graph.initializers, ...inside].map((t) => [t.name ?? '', t]));
  }

  /** Why a tensor cannot be computed: ops that are not supported, or weights that cannot be had. */
  failure(tensor: string): Error | null {
    const nodes = nodesFor(this.graph.nodes, [tensor]);
    try {
      checkSupport(nodes, this.graph.opset, this.name);
      for (const id of new Set([...withBranches(nodes).flatMap(reads), tensor])) this.read(id);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  private read(id: string): void {
    const t = this.stored.get(id);
    if (!t || this.tensors.has(id)) return;
    const known = this.broken.get(id);
    if (known) throw known;
    try {
      const what = `weight "${id}" of ${this.name}`;
      const tensor = decodeTensor(t, what, this.readExternal);
      // An open bound may be infinite; a weight may not.
      if (isFloat(tensor.type)) checkFinite(tensor.data, what, tensor.shape.length === 0);
      this.tensors.set(id, tensor);
    } catch (error) {
      this.broken.set(id, error as Error);
      throw error;
    }
  }
}

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
