/** ONNX files made in a test. */
import onnxProto, { type onnx } from 'onnx-proto';

const { ModelProto } = onnxProto.onnx;
const AttributeType = onnxProto.onnx.AttributeProto.AttributeType;

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | onnx.ITensorProto>>;
}

export interface ModelSpec {
  readonly nodes: readonly NodeSpec[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  readonly initializers?: readonly onnx.ITensorProto[];
  readonly opset?: number;
  readonly ir?: number;
  /** Functions of the file. An attribute '@name' stands for the caller's attribute of that name. */
  readonly functions?: readonly FunctionSpec[];
}

export interface FunctionSpec {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeSpec[];
  readonly opset?: number;
}

/** An attribute's kind follows from its value; a number with a fraction, or an Infinity, is a float. */
function attribute(name: string, v: number | readonly number[] | string | onnx.ITensorProto): onnx.IAttributeProto {
  if (typeof v === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(v) };
  if (typeof v === 'number') {
    return Number.isInteger(v)
      ? { name, type: AttributeType.INT, i: v }
      : { name, type: AttributeType.FLOAT, f: v };
  }
  return Array.isArray(v)
    ? { name, type: AttributeType.INTS, ints: [...v] }
    : { name, type: AttributeType.TENSOR, t: v as onnx.ITensorProto };
}

const info = (name: string, dims?: readonly (number | string)[]): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: { elemType: 1, shape: dims && { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) } },
  },
});

const plain = (n: NodeSpec): onnx.INodeProto => ({
  opType: n.op,
  name: n.name ?? '',
  domain: n.domain ?? '',
  input: [...n.inputs],
  output: [...n.outputs],
  attribute: Object.entries(n.attributes ?? {}).map(([k, v]) =>
    typeof v === 'string' && v.startsWith('@') ? { name: k, type: AttributeType.INT, refAttrName: v.slice(1) } : attribute(k, v)
  ),
});

export function makeModel(spec: ModelSpec): Uint8Array {
  return new Uint8Array(ModelProto.encode({
    irVersion: spec.ir ?? 7,
    opsetImport: [{ domain: '', version: spec.opset ?? 13 }],
    graph: {
      name: 'test',
      node: spec.nodes.map(plain),
      input: Object.entries(spec.inputs).map(([name, dims]) => info(name, dims)),
      output: spec.outputs.map((name) => info(name)),
      initializer: [...(spec.initializers ?? [])],
    },
    functions: (spec.functions ?? []).map((f) => ({ domain: f.domain, name: f.name, input: [...f.inputs], output: [...f.outputs],
      node: f.nodes.map(plain), opsetImport: [{ domain: '', version: f.opset ?? spec.opset ?? 13 }] })
    ),
  }).finish());
}

export const FLOAT = 1;
export const INT64 = 7;

export function floats(name: string, dims: readonly number[], values: readonly number[]): onnx.ITensorProto {
  return { name, dims: [...dims], dataType: FLOAT, rawData: new Uint8Array(Float32Array.from(values).buffer) };
}
/** Values k -> f(k) for the whole shape. */
export const filled = (name: string, dims: readonly number[], f: (k: number) => number): onnx.ITensorProto =>
  floats(name, dims, Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, k) => f(k)));
export const ints = (name: string, values: readonly number[], dims: readonly number[] = [values.length]): onnx.ITensorProto => ({ name,
  dims: [...dims], dataType: INT64, int64Data: [...values] });
