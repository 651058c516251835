/** A classifier small enough to compute by hand: 3x8x8, a 3x3 convolution with 4 filters, ReLU, mean, 3 classes; and its plain loss. */
import onnxProto from 'onnx-proto';
import { random } from './random.js';

const { ModelProto, TensorProto } = onnxProto.onnx;
const SIDE = 8, CHANNELS = 3, FILTERS = 4, CLASSES = 3;

export interface TinyWeights {
  conv: Float32Array;
  bias: Float32Array;
  fc: Float32Array;
  fcBias: Float32Array;
}

export function tinyWeights(): TinyWeights {
  const r = random('tiny');
  const draw = (n: number) => Float32Array.from({ length: n }, () => r() - 0.5);
  return { conv: draw(FILTERS * CHANNELS * 9), bias: draw(FILTERS), fc: draw(CLASSES * FILTERS), fcBias: draw(CLASSES) };
}

/**
 * The ONNX file. `relu` is the op in ReLU's place; `external` moves the convolution's weight to that path; `outputs` are the graph's, of
 * logits [N,CLASSES] and features [N,FILTERS].
 */
export function tinyModel(w: TinyWeights, { relu = 'Relu', external = '', outputs = ['logits'] } = {}): Uint8Array {
  const raw = (data: Float32Array) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const tensor = (name: string, dims: number[], data: Float32Array) => ({ name, dims, dataType: TensorProto.DataType.FLOAT,
    rawData: raw(data) });
  const outside = { name: 'conv.weight', dims: [FILTERS, CHANNELS, 3, 3], dataType: TensorProto.DataType.FLOAT, dataLocation: 1,
    externalData: [{ key: 'location', value: external }] };
  const info = (name: string, dims: (number | string)[]) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) } } },
  });
  const node = (opType: string, name: string, input: string[], output: string, attribute: object[] = []) => ({ opType, name, input,
    output: [output], attribute });
  return ModelProto.encode(ModelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'test',
    graph: {
      name: 'tiny',
      input: [info('image', ['N', CHANNELS, SIDE, SIDE])],
      output: outputs.map((name) => info(name, ['N', name === 'logits' ? w.fcBias.length : FILTERS])),
      initializer: [
        external ? outside : tensor('conv.weight', [FILTERS, CHANNELS, 3, 3], w.conv),
        tensor('conv.bias', [FILTERS], w.bias),
        tensor('fc.weight', [w.fcBias.length, FILTERS], w.fc),
        tensor('fc.bias', [w.fcBias.length], w.fcBias),
      ],
      node: [
        node('Conv', 'conv', ['image', 'conv.weight', 'conv.bias'], 'a', [{ name: 'pads', type: 7, ints: [1, 1, 1, 1] }]),
        node(relu, 'relu', ['a'], 'b'),
        node('GlobalAveragePool', 'pool', ['b'], 'c'),
        node('Flatten', 'flatten', ['c'], 'features'),
        node('Gemm', 'fc', ['features', 'fc.weight', 'fc.bias'], 'logits', [{ name: 'transB', type: 2, i: 1 }]),
      ],
    },
  })).finish();
}

/** Logits of one picture [3,8,8] in float64, straight from the definition. */
export function tinyLogits(conv: ArrayLike<number>, { bias, fc, fcBias }: TinyWeights, x: ArrayLike<number>): number[] {
  const means: number[] = [];
  for (let f = 0; f < FILTERS; f++) {
    let total = 0;
    for (let y0 = 0; y0 < SIDE; y0++) {
      for (let x0 = 0; x0 < SIDE; x0++) {
        let sum = bias[f];
        for (let c = 0; c < CHANNELS; c++) {
          for (let r = 0; r < 3; r++) {
            for (let s = 0; s < 3; s++) {
              const i = y0 + r - 1, j = x0 + s - 1;
              if (i >= 0 && i < SIDE && j >= 0 && j < SIDE) {
                sum += conv[((f * CHANNELS + c) * 3 + r) * 3 + s] * x[(c * SIDE + i) * SIDE + j];
              }
            }
          }
        }
        total += Math.max(0, sum);
      }
    }
    means.push(total / SIDE ** 2);
  }
  return Array.from({ length: CLASSES }, (_, k) => means.reduce((sum, m, f) => sum + fc[k * FILTERS + f] * m, fcBias[k]));
}

export function crossEntropy(logits: readonly number[], label: number): number {
  return Math.log(logits.reduce((sum, z) => sum + Math.exp(z - logits[label]), 0));
}

/** Eq. 1 by central differences of the loss. */
export function tinyProfile(w: TinyWeights, x: ArrayLike<number>, label: number): number[] {
  const conv = Float64Array.from(w.conv);
  const step = 1e-6;
  const gradient = conv.map((value, k) => {
    const at = (v: number) => {
      conv[k] = v;
      return crossEntropy(tinyLogits(conv, w, x), label);
    };
    const slope = (at(value + step) - at(value - step)) / (2 * step);
    conv[k] = value;
    return slope;
  });
  const each = gradient.length / FILTERS;
  return Array.from({ length: FILTERS },
    (_, f) => gradient.subarray(f * each, (f + 1) * each).reduce((sum, g) => sum + Math.abs(g), 0) / each);
}

/** The same with its last bias moved so that these pictures' mean logits are 0: every class is answered, and answers change easily. */
export function balanced(w: TinyWeights, pictures: readonly ArrayLike<number>[]): TinyWeights {
  const mean = new Float64Array(CLASSES);
  for (const x of pictures) tinyLogits(w.conv, w, x).forEach((z, c) => (mean[c] += z / pictures.length));
  return { ...w, fcBias: w.fcBias.map((v, c) => v - mean[c]) };
}
