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
  /** The last convolution once more, with the same weight, on what has as many channels; without a bias. */
  again(x: Node): Node;
  linear(x: Node, outputs: number): Node;
}

/** The body maps the picture [N, ...picture] to logits [N,4]. */
function network(name: string, picture: Shape, body: (x: Node, make: Maker) => Node): Network {
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
      again: (x) => {
        const { weight, output: { inputs: [, w], attrs } } = convs[convs.length - 1];
        const output = b.conv(x, w, attrs);
        convs.push({ weight, input: x, output });
        return output;
      },
      linear: (x, outputs) => b.add(b.matmul(x, weight([x.shape[1], outputs], 1)), weight([outputs], 0.1)),
    };
    const input = b.input('image', [batch, ...picture]);
    return { input, logits: body(input, make), convs };
  };
  const { convs } = build(1);
  let offset = 0;
  const uses = convs.filter(({ weight }, k) => convs.findIndex((c) => c.weight === weight) === k);
  const layers = uses.map(({ weight, output }) => {
    const [, filters] = output.shape;
    offset += filters;
    return { name: weight, node: weight, weight, filters, offset: offset - filters };
  });
  return { layers, weights: values, build };
}

const flat = (x: Node): Node => b.reshape(x, [x.shape[0], size(x.shape.slice(1))]);
const average = (x: Node): Node => b.reshape(b.mean(x, [2, 3]), x.shape.slice(0, 2));
const silu = (x: Node): Node => b.mul(x, b.sigmoid(x));

/** 2x2 windows beside each other. */
const halves = (x: Node) =>
  ({ kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [x.shape[2] / 2, x.shape[3] / 2] }) as const;

/** For pictures of an even side. */
export const smallNetworks = (picture: Shape): Readonly<Record<string, Network>> => ({
  'with max pooling': network('pool', picture, (x, { conv, linear }) => {
    const y = b.tanh(conv(x, 6));
    return linear(flat(b.tanh(conv(b.maxPool(y, halves(y)), 8))), CLASSES);
  }),
  'with groups': network('groups', picture, (x, { conv, linear }) => {
    const y = silu(conv(x, 8, { stride: 2 }));
    const z = silu(conv(y, 8, { groups: 8 }));
    return linear(average(silu(conv(z, 12, { groups: 4, kernel: 1 }))), CLASSES);
  }),
  'with branches': network('branches', picture, (x, { conv, linear }) => {
    const y = b.tanh(conv(x, 6));
    const left = b.tanh(conv(y, 6));
    const right = b.sigmoid(conv(y, 4, { kernel: 1 }));
    const joined = b.concat([b.add(y, left), right], 1);
    return linear(average(b.tanh(conv(joined, 8, { stride: 2 }))), CLASSES);
  }),
});

export const NETWORKS = smallNetworks(PICTURE);

/** The same weight at two depths: its gradient is a sum over both uses. */
export const sharedNetwork = (picture: Shape): Network =>
  network('twice', picture, (x, { conv, again, linear }) => {
    const y = b.tanh(conv(b.tanh(conv(x, 6)), 6));
    return linear(average(b.add(y, b.tanh(again(y)))), CLASSES);
  });

/** What attribution methods have rules of their own for: rectifiers, bounds, leaks, overlapping windows, shortcuts, averages. */
export const rectifiedNetwork = (picture: Shape): Network =>
  network('rectified', picture, (x, { conv, linear }) => {
    const y = b.relu(conv(x, 6));
    const out = [1 + ((y.shape[2] - 1) >> 1), 1 + ((y.shape[3] - 1) >> 1)] as const;
    const windows = { kernel: [3, 3], stride: [2, 2], dilation: [1, 1], pads: [1, 1], output: out } as const;
    const pooled = b.maxPool(y, windows);
    const bounded = b.clip(conv(pooled, 6), 0, 0.3);
    const leaky = conv(bounded, 6);
    const joined = b.add(pooled, b.where(b.greater(leaky, b.constant(0)), leaky, b.mul(leaky, b.constant(0.1))));
    const wide = b.concat([joined, b.averagePool(b.relu(joined), { ...windows, stride: [1, 1] }, 'valid')], 1);
    return linear(b.relu(linear(average(b.relu(conv(wide, 8, { groups: 2 }))), 7)), CLASSES);
  });

/** With what the smooth ones lack: kinks, products of matrices per picture, pads, cuts, averages, gates and normalisation. */
export const kinkedNetwork = (picture: Shape): Network =>
  network('kinks', picture, (x, { conv, linear }) => {
    const stem = b.relu(conv(x, 6));
    const y = b.averagePool(stem, halves(stem), 'valid');
    const gate = b.sigmoid(linear(b.relu(linear(average(y), 3)), 6));
    const gated = b.mul(y, b.reshape(gate, [...gate.shape, 1, 1]));
    const [N, C, H, W] = gated.shape;
    const rows = b.reshape(gated, [N, C, H * W]);
    const near = b.softmax(b.matmul(rows, rows, { transA: false, transB: true }), 2); // [N,C,C]
    const mixed = b.reshape(b.matmul(near, rows), gated.shape);
    const none = [0, 0, 0, 0];
    const wide = b.pad(mixed, { low: [0, 1, 0, 0], high: [0, 1, 0, 0], interior: none, value: 0 });
    const cut = b.slice(wide, { starts: none, steps: [1, 1, 2, 2], sizes: [N, C + 2, H / 2, W / 2] });
    const centred = b.sub(cut, b.mean(cut, [1, 2, 3]));
    const normal = b.div(centred, b.sqrt(b.add(b.mean(b.mul(centred, centred), [1, 2, 3]), b.constant(1e-3))));
    const z = b.clip(conv(b.flip(normal, [3]), 8), -2, 2);
    return linear(b.reshape(b.maximum(z, [2, 3]), z.shape.slice(0, 2)), CLASSES);
  });
