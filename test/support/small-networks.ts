/**
 * Networks with smooth activations, made by hand: the profile of a picture is then differentiable but for the kinks of
 * |g| and of max pooling, so finite differences of it mean something.
 */
import * as b from '../../src/engine/layers.js';
import { size, type Node, type Shape } from '../../src/engine/graph.js';
import type { ConvAttrs } from '../../src/engine/attrs.js';
import type { Network, NetworkGraph } from '../../src/saliency/network.js';
import type { ConvUse } from '../../src/engine/convolutions.js';
import { draw, random, uniform } from '../../reference/random.js';

export const PICTURE = [3, 10, 10] as const;
export const CLASSES = 4;

interface Maker {
  /** A convolution with a bias, 3x3 unless said; its filters are numbered in the order of calls. */
  conv(x: Node, filters: number, how?: { kernel?: number; stride?: number; groups?: number }): Node;
  linear(x: Node, outputs: number): Node;
}

/** The body maps the picture [N,3,10,10] to logits [N,4]. */
function network(name: string, body: (x: Node, make: Maker) => Node): Network {
  const values = new Map<string, Float32Array>();
  const build = (batch: number): NetworkGraph => {
    const convs: ConvUse[] = [];
    let count = 0;
    const weight = (shape: Shape, scale: number): Node<'input'> => {
      const key = `w${count++}`;
      if (!values.has(key)) values.set(key, Float32Array.from(draw(uniform(shape, -scale, scale), random(`${name} ${key}`))));
      return b.weight(key, shape);
    };
    const make: Maker = {
      conv: (x, filters, { kernel = 3, stride = 1, groups = 1 } = {}) => {
        const channels = x.shape[1] / groups;
        const w = weight([filters, channels, kernel, kernel], Math.sqrt(3 / (channels * kernel * kernel)));
        const pad = (kernel - 1) / 2;
        const geometry: ConvAttrs = { stride: [stride, stride], dilation: [1, 1], pads: [pad, pad, pad, pad], groups };
        const output = b.conv(x, w, geometry);
        convs.push({ weight: w.attrs.name, input: x, output });
        return b.add(output, b.perChannel(weight([filters], 0.3), output));
      },
      linear: (x, outputs) => b.add(b.matmul(x, weight([x.shape[1], outputs], 1)), weight([outputs], 0.1)),
    };
    const input = b.input('image', [batch, ...PICTURE]);
    return { input, logits: body(input, make), convs };
  };
  const { convs } = build(1);
  let offset = 0;
  const layers = convs.map(({ weight, output }) => {
    const [, filters] = output.shape;
    offset += filters;
    return { node: weight, weight, filters, offset: offset - filters };
  });
  return { layers, weights: values, build };
}

const flat = (x: Node): Node => b.reshape(x, [x.shape[0], size(x.shape.slice(1))]);
const average = (x: Node): Node => b.reshape(b.mean(x, [2, 3]), x.shape.slice(0, 2));
const silu = (x: Node): Node => b.mul(x, b.sigmoid(x));

export const NETWORKS: Readonly<Record<string, Network>> = {
  'with max pooling': network('pool', (x, { conv, linear }) => {
    const y = b.tanh(conv(x, 6));
    const pooled = b.maxPool(y, { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [5, 5] });
    return linear(flat(b.tanh(conv(pooled, 8))), CLASSES);
  }),
  'with groups': network('groups', (x, { conv, linear }) => {
    const y = silu(conv(x, 8, { stride: 2 }));
    const z = silu(conv(y, 8, { groups: 8 }));
    return linear(average(silu(conv(z, 12, { groups: 4, kernel: 1 }))), CLASSES);
  }),
  'with branches': network('branches', (x, { conv, linear }) => {
    const y = b.tanh(conv(x, 6));
    const left = b.tanh(conv(y, 6));
    const right = b.sigmoid(conv(y, 4, { kernel: 1 }));
    const joined = b.concat([b.add(y, left), right], 1);
    return linear(average(b.tanh(conv(joined, 8, { stride: 2 }))), CLASSES);
  }),
};
