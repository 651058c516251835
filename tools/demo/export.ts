/** The trained network as an ONNX file: batch norm unfolded, free batch dimension, the names of the layers. */
import onnxProto, { type onnx } from 'onnx-proto';
import { EPSILON, network, type Layers } from './network.js';
import { CLASSES, SIZE } from './pictures.js';
import type { Parameters } from './train.js';

const { ModelProto, TensorProto, AttributeProto } = onnxProto.onnx;
const OPSET = 13;
const IR_VERSION = 7;

/** Reads the network as ONNX nodes; what flows between layers is the name of a tensor. */
class OnnxLayers implements Layers<string> {
  readonly nodes: onnx.INodeProto[] = [];

  conv(name: string, x: string, weight: readonly [number, number, number, number], stride: number): string {
    const pad = (weight[2] - 1) / 2;
    return this.node('Conv', name, [x, `${name}.weight`], [
      ints('dilations', [1, 1]),
      int('group', 1),
      ints('kernel_shape', weight.slice(2)),
      ints('pads', [pad, pad, pad, pad]),
      ints('strides', [stride, stride]),
    ]);
  }

  batchNorm(name: string, x: string): string {
    const inputs = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
    return this.node('BatchNormalization', name, [x, ...inputs], [{ name: 'epsilon', type: AttributeProto.AttributeType.FLOAT,
      f: EPSILON }]);
  }

  relu(name: string, x: string): string {
    return this.node('Relu', name, [x]);
  }

  add(name: string, x: string, y: string): string {
    return this.node('Add', name, [x, y]);
  }

  globalAverage(name: string, x: string): string {
    return this.node('Flatten', 'flatten', [this.node('GlobalAveragePool', name, [x])], [int('axis', 1)]);
  }

  linear(name: string, x: string): string {
    return this.node('Gemm', name, [x, `${name}.weight`, `${name}.bias`], [int('transB', 1)], 'logits');
  }

  private node(opType: string, name: string, input: string[], attribute: onnx.IAttributeProto[] = [], result = `${name}_output`): string {
    this.nodes.push({ opType, name, input, output: [result], attribute });
    return result;
  }
}

const int = (name: string, i: number): onnx.IAttributeProto => ({ name, type: AttributeProto.AttributeType.INT, i });
const ints = (name: string, values: readonly number[]): onnx.IAttributeProto => ({ name, type: AttributeProto.AttributeType.INTS,
  ints: [...values] });

/** Bytes of the file: input 'pictures' [N,3,SIZE,SIZE], output 'logits' [N,classes]. */
export function toOnnx(parameters: Parameters): Uint8Array {
  const layers = new OnnxLayers();
  network(layers, 'pictures', CLASSES.length);
  return ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: 'misfire demo',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'residual network',
      node: layers.nodes,
      input: [tensorInfo('pictures', 'N', 3, SIZE, SIZE)],
      output: [tensorInfo('logits', 'N', CLASSES.length)],
      initializer: [...parameters].map(([name, { shape, values }]) => ({
        name,
        dims: [...shape],
        dataType: TensorProto.DataType.FLOAT,
        rawData: littleEndian(values),
      })),
    },
  }).finish();
}

function tensorInfo(name: string, batch: string, ...rest: number[]): onnx.IValueInfoProto {
  const dim = [{ dimParam: batch }, ...rest.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: TensorProto.DataType.FLOAT, shape: { dim } } } };
}

/** ONNX's raw data is little-endian whatever the machine. */
function littleEndian(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((v, k) => view.setFloat32(4 * k, v, true));
  return new Uint8Array(view.buffer);
}
