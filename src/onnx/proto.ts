/** The bytes of an ONNX file to its graph: nodes with attributes, initial values, inputs and outputs. */
import onnxProto, { type onnx } from 'onnx-proto';
import { butIs } from '../data/file-kind.js';
import { isStandard, withoutCalls } from './functions.js';
import { toNumber } from './tensor.js';
import type { StoredAttribute, StoredTensor } from './types.js';

/** Versions of ONNX's operator set whose meaning is implemented. */
export const OPSETS = { lowest: 6, highest: 25 } as const;
const LOWEST_IR = 3;

export interface OnnxNode {
  readonly op: string;
  /** '' is ONNX's own. */
  readonly domain: string;
  /** The file's name for it, or one made of its first output where the file has none. */
  readonly name: string;
  /** '' where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The version of ONNX's operator set that it is written in: the file's, or that of the function it stood in. */
  readonly opset: number;
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
  /** The branches of If, by attribute. */
  readonly branches: ReadonlyMap<string, Branch>;
}

/** A graph inside a node: it has no inputs and reads the tensors around it. */
export interface Branch {
  readonly nodes: readonly OnnxNode[];
  readonly outputs: readonly string[];
  readonly initializers: readonly StoredTensor[];
}

export interface TensorInfo {
  readonly name: string;
  /** Element type, see types.ts. */
  readonly type: number;
  /** A number where fixed, the file's symbol ('' where it has none) where free; null: not even the rank is given. */
  readonly dims: readonly (number | string)[] | null;
}

export interface OnnxGraph {
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  readonly nodes: readonly OnnxNode[];
  /** Without those that have initial values. */
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly initializers: readonly StoredTensor[];
  /** What the exporter wrote beside the graph, by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Throws one sentence where the bytes are no ONNX model of a version that can be read. */
export function decodeGraph(bytes: Uint8Array, name = 'the model'): OnnxGraph {
  if (bytes.length === 0) throw new Error(`${name} is empty: an ONNX file was expected`);
  const other = butIs(bytes, 'model');
  if (other !== '') throw new Error(`${name} is no ONNX model${other}`);
  let model: onnx.ModelProto;
  try {
    model = onnxProto.onnx.ModelProto.decode(bytes);
  } catch (e) {
    throw new Error(`${name} is no ONNX model, or is cut short: reading it failed with "${(e as Error).message}"`);
  }
  const { graph } = model;
  if (!graph?.output?.length || !graph.node?.length) {
    throw new Error(`${name} is no ONNX model: there is no graph with nodes and outputs in it`);
  }
  const irVersion = toNumber(model.irVersion);
  if (irVersion < LOWEST_IR) {
    throw new Error(`${name} has ONNX IR version ${irVersion}; versions from ${LOWEST_IR} up can be read: export it again`);
  }
  const opset = standardOpset(model, name);
  if (graph.sparseInitializer?.length) throw new Error(`${name} has sparse weights, which cannot be read: export it with dense ones`);
  const initializers = graph.initializer ?? [];
  const valued = new Set(initializers.map((t) => t.name ?? ''));
  return {
    irVersion,
    opset,
    producer: model.producerName ?? '',
    nodes: withoutCalls(model, bytes, opset).map(({ node, opset: own }, k) => toNode(node, k, own)),
    inputs: (graph.input ?? []).filter((v) => !valued.has(v.name ?? '')).map(toInfo),
    outputs: graph.output.map(toInfo),
    initializers,
    metadata: new Map((model.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
  };
}

function standardOpset(model: onnx.ModelProto, name: string): number {
  const range = `versions ${OPSETS.lowest} to ${OPSETS.highest} can be read`;
  const own = (model.opsetImport ?? []).find((o) => isStandard(o.domain ?? ''));
  if (!own) throw new Error(`${name} does not say which version of ONNX's operator set it uses; ${range}`);
  const opset = toNumber(own.version);
  if (opset < OPSETS.lowest || opset > OPSETS.highest) {
    throw new Error(`${name} uses version ${opset} of ONNX's operator set; ${range}: export it with one of these`);
  }
  return opset;
}

function toNode(n: onnx.INodeProto, k: number, opset: number): OnnxNode {
  const outputs = n.output ?? [];
  const domain = n.domain ?? '';
  const attributes = n.attribute ?? [];
  return {
    op: n.opType ?? '',
    domain: isStandard(domain) ? '' : domain,
    name: n.name || outputs[0] || `node ${k}`,
    inputs: n.input ?? [],
    outputs,
    opset,
    attributes: new Map(attributes.map((a) => [a.name ?? '', a])),
    branches: new Map(attributes.flatMap((a) => (a.g ? [[a.name ?? '', toBranch(a.g, opset)] as const] : []))),
  };
}

function toBranch(g: onnx.IGraphProto, opset: number): Branch {
  return { nodes: (g.node ?? []).map((n, k) => toNode(n, k, opset)), outputs: (g.output ?? []).map((o) => o.name ?? ''),
    initializers: g.initializer ?? [] };
}

/** The nodes and, after each, those inside it. */
export function withBranches(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.flatMap((n) => [n, ...[...n.branches.values()].flatMap((b) => withBranches(b.nodes))]);
}

function toInfo(v: onnx.IValueInfoProto): TensorInfo {
  const tensor = v.type?.tensorType;
  const dims = tensor?.shape?.dim?.map((d) => {
    const fixed = toNumber(d.dimValue);
    // 0 and negative extents are how some exporters write "unknown".
    return fixed > 0 ? fixed : d.dimParam ?? '';
  });
  return { name: v.name ?? '', type: tensor?.elemType ?? 0, dims: dims ?? null };
}
