/** An ONNX graph as the bytes of a file, or of two where weights pass what one file of protobuf holds. */
import onnxProto, { type onnx } from 'onnx-proto';
import { IR, OPSET } from './emit.js';
import { BATCH } from './emitter.js';
import type { Attributes, Initializer, ModelGraph, OpNode, Port } from './graph.js';

export interface ModelText {
  /** What made the file, and its version. */
  readonly producer: string;
  readonly version: string;
  readonly doc?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes of weights above which they go into a file of their own: protobuf ends at 2 GiB, and the graph has its part. */
export const LARGEST_WEIGHTS = 2 ** 31 - 2 ** 24;

/** Weights smaller than this stay in the model: shapes and indices must, for checkers that infer shapes. */
const SMALL = 1024;

export const weightBytes = (graph: ModelGraph): number => graph.initializers.reduce((n, t) => n + t.bytes.length, 0);

/** The bytes of a model that holds its weights itself. */
export const encodeModel = (graph: ModelGraph, text: ModelText): Uint8Array => encode(graph, text, inside);

/** The same with its large weights in a file of that name beside it: the model, and what goes into that file, in order. */
export function encodeWithData(graph: ModelGraph, text: ModelText, file: string): { model: Uint8Array; data: readonly Uint8Array[] } {
  const { EXTERNAL } = onnxProto.onnx.TensorProto.DataLocation;
  const data: Uint8Array[] = [];
  let offset = 0;
  const model = encode(graph, text, (tensor) => {
    const { length } = tensor.bytes;
    if (length < SMALL) return inside(tensor);
    const place = { location: file, offset: String(offset), length: String(length) };
    data.push(tensor.bytes);
    offset += length;
    return { ...headOf(tensor), dataLocation: EXTERNAL, externalData: Object.entries(place).map(([key, value]) => ({ key, value })) };
  });
  return { model, data };
}

const headOf = ({ name, type, shape }: Initializer): onnx.ITensorProto => ({ name, dataType: type, dims: [...shape] });
const inside = (tensor: Initializer): onnx.ITensorProto => ({ ...headOf(tensor), rawData: tensor.bytes });

function encode({ name, nodes, initializers, inputs, outputs }: ModelGraph, { producer, version, doc, metadata = {} }: ModelText,
  tensor: (t: Initializer) => onnx.ITensorProto): Uint8Array {
  return onnxProto.onnx.ModelProto.encode({
    irVersion: IR,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: producer,
    producerVersion: version,
    docString: doc,
    graph: { name, node: nodes.map(nodeOf), initializer: initializers.map(tensor), input: inputs.map(valueInfo),
      output: outputs.map(valueInfo) },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }).finish();
}

const nodeOf = ({ type, inputs, outputs, attributes }: OpNode): onnx.INodeProto => ({ opType: type, name: outputs[0], input: [...inputs],
  output: [...outputs], attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)) });

function attribute(name: string, value: Attributes[string]): onnx.IAttributeProto {
  const { AttributeType } = onnxProto.onnx.AttributeProto;
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

/** The free batch has a name, and a multiple of it one of its own. */
function valueInfo({ name, shape, type }: Port): onnx.IValueInfoProto {
  const dim = shape.map((d) => (d > 0 && d % BATCH === 0 ? { dimParam: d === BATCH ? 'batch' : `${d / BATCH} batch` } : { dimValue: d }));
  return { name, type: { tensorType: { elemType: type, shape: { dim } } } };
}
