/**
 * Networks of well-known shapes with random weights, made with the engine's own builder, for where no file is at hand:
 * ResNet-20 (CIFAR), ResNet-50 and VGG-19, batch norm folded into biases. What a pass costs depends on shapes alone.
 */
import * as b from '../src/engine/layers.js';
import type { Device } from '../src/engine/device.js';
import { size, type Node, type Shape } from '../src/engine/graph.js';
import { WeightStore } from '../src/engine/run/program.js';
import type { Network, NetworkGraph } from '../src/saliency/network.js';
import type { ConvUse } from '../src/engine/convolutions.js';
import { fillWithNoise } from './noise.js';

/** A network whose weights have shapes and magnitudes, and no values yet. */
export interface RandomNetwork extends Network {
  readonly name: string;
  readonly pictureShape: readonly [number, number, number];
  /** Elements of each weight, and the bound of its uniform distribution. */
  readonly random: ReadonlyMap<string, { readonly elements: number; readonly bound: number }>;
}

interface Maker {
  /** A convolution with a bias and padding that keeps the extent (divided by the stride); `gain` scales its output. */
  conv(x: Node, filters: number, kernel: number, stride?: number, gain?: number): Node;
  linear(x: Node, outputs: number): Node;
}

/** Added to a shortcut, so that activations do not grow from block to block. */
const BRANCH_GAIN = 0.3;

function network(name: string, pictureShape: readonly [number, number, number], body: (x: Node, make: Maker) => Node): RandomNetwork {
  const random = new Map<string, { elements: number; bound: number }>();
  const build = (batch: number): NetworkGraph => {
    const convs: ConvUse[] = [];
    let count = 0;
    const weight = (shape: Shape, bound: number): Node<'input'> => {
      const key = `${name} ${count++}`;
      random.set(key, { elements: size(shape), bound });
      return b.weight(key, shape);
    };
    const make: Maker = {
      conv: (x, filters, kernel, stride = 1, gain = 1) => {
        const w = weight([filters, x.shape[1], kernel, kernel], gain * Math.sqrt(6 / (x.shape[1] * kernel * kernel)));
        const pad = (kernel - 1) / 2;
        const geometry = { stride: [stride, stride], dilation: [1, 1], pads: [pad, pad, pad, pad], groups: 1 } as const;
        const output = b.conv(x, w, geometry);
        convs.push({ weight: w.attrs.name, input: x, output });
        return b.add(output, b.perChannel(weight([filters], 0.05), output));
      },
      linear: (x, outputs) => b.add(b.matmul(x, weight([x.shape[1], outputs], Math.sqrt(3 / x.shape[1]))), weight([outputs], 0.05)),
    };
    const input = b.input('image', [batch, ...pictureShape]);
    return { input, logits: body(input, make), convs };
  };
  let offset = 0;
  const layers = build(1).convs.map(({ weight, output }) => {
    const filters = output.shape[1];
    offset += filters;
    return { name: weight, node: weight, weight, filters, offset: offset - filters };
  });
  return { name, pictureShape, layers, weights: new Map(), random, build };
}

const flat = (x: Node): Node => b.reshape(x, [x.shape[0], size(x.shape.slice(1))]);
const average = (x: Node): Node => b.reshape(b.mean(x, [2, 3]), x.shape.slice(0, 2));
const pool = (x: Node, kernel: number, pad: number): Node => {
  const out = (n: number): number => Math.floor((n + 2 * pad - kernel) / 2) + 1;
  return b.maxPool(x, { kernel: [kernel, kernel], stride: [2, 2], dilation: [1, 1], pads: [pad, pad],
    output: [out(x.shape[2]), out(x.shape[3])] });
};

/** He et al., CIFAR: three stages of three basic blocks, shortcuts without weights. 19 convolutions, 688 filters. */
export const resnet20 = (): RandomNetwork =>
  network('ResNet-20', [3, 32, 32], (x, { conv, linear }) => {
    let y = b.relu(conv(x, 16, 3));
    for (const [stage, filters] of [16, 32, 64].entries()) {
      for (let block = 0; block < 3; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const branch = conv(b.relu(conv(y, filters, 3, stride)), filters, 3, 1, BRANCH_GAIN);
        y = b.relu(b.add(stride === 1 ? y : halved(y, filters), branch));
      }
    }
    return linear(average(y), 10);
  });

/** Every other pixel, and zeros for the channels that are new. */
function halved(x: Node, filters: number): Node {
  const [N, C, H, W] = x.shape;
  const small = b.slice(x, { starts: [0, 0, 0, 0], steps: [1, 1, 2, 2], sizes: [N, C, H / 2, W / 2] });
  const more = (filters - C) / 2;
  return b.pad(small, { low: [0, more, 0, 0], high: [0, more, 0, 0], interior: [0, 0, 0, 0], value: 0 });
}

/** He et al. as torchvision has it (the 3x3 of a block carries the stride). 53 convolutions, 26,560 filters. */
export const resnet50 = (side = 224): RandomNetwork =>
  network('ResNet-50', [3, side, side], (x, { conv, linear }) => {
    let y = pool(b.relu(conv(x, 64, 7, 2)), 3, 1);
    for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
      const filters = 64 << stage;
      for (let block = 0; block < blocks; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const inner = b.relu(conv(b.relu(conv(y, filters, 1)), filters, 3, stride));
        const branch = conv(inner, 4 * filters, 1, 1, BRANCH_GAIN);
        y = b.relu(b.add(block === 0 ? conv(y, 4 * filters, 1, stride) : y, branch));
      }
    }
    return linear(average(y), 1000);
  });

/** Simonyan and Zisserman's E. 16 convolutions, 5,504 filters. */
export const vgg19 = (side = 224): RandomNetwork =>
  network('VGG-19', [3, side, side], (x, { conv, linear }) => {
    let y = x;
    for (const [filters, depth] of [[64, 2], [128, 2], [256, 4], [512, 4], [512, 4]]) {
      for (let k = 0; k < depth; k++) y = b.relu(conv(y, filters, 3));
      y = pool(y, 2, 0);
    }
    const hidden = side === 224 ? 4096 : 256;
    return linear(b.relu(linear(b.relu(linear(flat(y), hidden)), hidden)), 1000);
  });

/** Its weights on a device, made there. */
export async function randomWeights(device: Device, net: RandomNetwork): Promise<WeightStore> {
  const weights = new WeightStore(device);
  for (const [k, [name, { elements, bound }]] of [...net.random].entries()) {
    weights.set(name, new Float32Array(elements));
    await fillWithNoise(device, weights.buffer(name), elements, bound, k + 1);
  }
  return weights;
}
