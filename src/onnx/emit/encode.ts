/** An ONNX graph as the bytes of a file. */
import onnxProto, { type onnx } from 'onnx-proto';
import { IR, OPSET } from './emit.js';

export interface ModelText {
  /** What made the file, and its version. */
  readonly producer: string;
  readonly version: string;
  readonly doc?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of a model that is below protobuf's 2 GB. */
export function encodeModel(graph: onnx.IGraphProto, { producer, version, doc, metadata = {} }: ModelText): Uint8Array {
  return onnxProto.onnx.ModelProto.encode({
    irVersion: IR,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: producer,
    producerVersion: version,
    docString: doc,
    graph,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }).finish();
}
