/**
 * Convolution over one, two or three spatial dimensions as one 2-D convolution of the engine, with the weight as it is
 * (reshaping costs nothing) and samples kept apart, so that per-filter gradients are those of the ONNX weight.
 */
import * as b from '../../engine/layers.js';
import type { Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';
import { list, readWindow, type Window } from '../window.js';

const conv: Handler = (c) => {
  const x = c.x();
  const w = c.building.convWeight(c);
  const spatial = x.shape.slice(2);
  if (w.shape.length !== x.shape.length) c.fail(`input [${x.shape}] and weight [${w.shape}] differ in the number of dimensions`);
  const window = readWindow(c, spatial, w.shape.slice(2));
  const groups = c.int('group', 1);
  const form = [conv1, conv2, conv3][spatial.length - 1] ?? c.fail(`${spatial.length} spatial dimensions are not supported`);
  const { output, channels } = form(x, w, window, groups);
  const y = c.building.addConv(c, w, output, channels);
  return c.has(2) ? b.add(y, b.perChannel(c.x(2), y)) : y;
};

/** `output` is the engine's convolution, `channels` the same in the ONNX shape. */
interface Built {
  output: Node<'conv'>;
  channels: Node;
}

function conv2(x: Node, w: Node, { stride, dilation, before, after }: Window, groups: number): Built {
  const output = b.conv(x, w, {
    stride: [stride[0], stride[1]],
    dilation: [dilation[0], dilation[1]],
    pads: [before[0], before[1], after[0], after[1]],
    groups,
  });
  return { output, channels: output };
}

function conv1(x: Node, w: Node, { stride, dilation, before, after }: Window, groups: number): Built {
  const output = b.conv(b.reshape(x, row(x.shape)), b.reshape(w, row(w.shape)), {
    stride: [1, stride[0]],
    dilation: [1, dilation[0]],
    pads: [0, before[0], 0, after[0]],
    groups,
  });
  return { output, channels: b.reshape(output, [output.shape[0], output.shape[1], output.shape[3]]) };
}
const row = ([n, c, l]: readonly number[]): number[] => [n, c, 1, l];

/**
 * Depth becomes channels and height: kernel tap t of depth is one more group of input channels (channel c, tap t at
 * c KD + t, which is the weight's own order), and the output depths stand below each other, each padded to a height
 * that strides fit into. Rows whose window straddles two depths are computed and dropped.
 */
function conv3(x: Node, w: Node, { kernel, stride, dilation, before, after, output: [OD, OH] }: Window, groups: number): Built {
  const [N, C, , H, W] = x.shape;
  const [KD, KH] = kernel;
  const high = H + before[1] + after[1];
  const spare = (stride[1] - (high % stride[1])) % stride[1];
  const tall = high + spare;
  const zeros = [0, 0, 0, 0, 0];
  const padded = b.pad(x, { low: [0, 0, before[0], before[1], 0], high: [0, 0, after[0], after[1] + spare, 0], interior: zeros, value: 0 });
  const taps = Array.from({ length: KD }, (_, t) =>
    b.reshape(b.slice(padded, {
      starts: [0, 0, t * dilation[0], 0, 0],
      steps: [1, 1, stride[0], 1, 1],
      sizes: [N, C, OD, tall, W],
    }), [N, C, 1, OD * tall, W]));
  const flat = b.reshape(b.concat(taps, 2), [N, C * KD, OD * tall, W]);
  const weight = b.reshape(w, [w.shape[0], w.shape[1] * KD, KH, kernel[2]]);
  const reach = (KH - 1) * dilation[1] + 1;
  const output = b.conv(flat, weight, {
    stride: [stride[1], stride[2]],
    dilation: [dilation[1], dilation[2]],
    pads: [0, before[2], reach - stride[1], after[2]],
    groups,
  });
  const [, K, , OW] = output.shape;
  const all = b.reshape(output, [N, K, OD, tall / stride[1], OW]);
  return { output, channels: b.slice(all, { starts: zeros, steps: [1, 1, 1, 1, 1], sizes: [N, K, OD, OH, OW] }) };
}

/** The input gradient of a convolution, with the weight [C, K/groups, R, S] in that convolution's own layout. */
const convTranspose: Handler = (c) => {
  const [N, C, ...spatial] = c.shape();
  const w = c.x(1);
  const n = spatial.length;
  if (n !== 1 && n !== 2) c.fail(`${n} spatial dimensions are not supported`);
  if (w.shape.length !== n + 2) c.fail(`input [${c.shape()}] and weight [${w.shape}] differ in the number of dimensions`);
  const groups = c.int('group', 1);
  const stride = list(c, 'strides', n);
  const dilation = list(c, 'dilations', n);
  const extra = list(c, 'output_padding', n, 0);
  const reach = w.shape.slice(2).map((r, k) => (r - 1) * dilation[k] + 1);
  const whole = spatial.map((d, k) => (d - 1) * stride[k] + extra[k] + reach[k]);
  const { before, after } = transposedPads(c, spatial, stride, whole);
  const out = whole.map((d, k) => d - before[k] - after[k]);
  // The convolution being transposed sees no more than its windows reach: output_padding lies outside them.
  const cut = after.map((p, k) => p - extra[k]);
  const two = <T>(v: readonly T[], fill: T): [T, T] => (n === 1 ? [fill, v[0]] : [v[0], v[1]]);
  const [top, left] = two(before, 0);
  const [bottom, right] = two(cut, 0);
  const M = w.shape[1] * groups;
  const weight = b.reshape(w, [w.shape[0], w.shape[1], ...two(w.shape.slice(2), 1)]);
  const y = b.convInputGrad(b.reshape(c.x(), [N, C, ...two(spatial, 1)]), weight, {
    stride: two(stride, 1),
    dilation: two(dilation, 1),
    pads: [top, left, bottom, right],
    groups,
    input: [N, M, ...two(out, 1)],
  });
  const shaped = b.reshape(y, [N, M, ...out]);
  return c.has(2) ? b.add(shaped, b.perChannel(c.x(2), shaped)) : shaped;
};

function transposedPads(c: Call, spatial: readonly number[], stride: readonly number[],
  whole: readonly number[]): { before: number[]; after: number[] } {
  const rule = c.text('auto_pad', 'NOTSET');
  const n = spatial.length;
  const same = rule === 'SAME_UPPER' || rule === 'SAME_LOWER';
  const shape = c.ints('output_shape')?.slice(-n);
  const wanted = shape && shape.length === n ? shape : same ? spatial.map((d, k) => d * stride[k]) : undefined;
  if (!wanted) {
    const pads = rule === 'VALID' ? new Array<number>(2 * n).fill(0) : list(c, 'pads', 2 * n, 0);
    return { before: pads.slice(0, n), after: pads.slice(n) };
  }
  const total = wanted.map((d, k) => whole[k] - d);
  const less = total.map((t) => Math.floor(t / 2));
  const more = total.map((t, k) => t - less[k]);
  return rule === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less };
}

export const CONVOLUTION: Readonly<Record<string, Handler>> = { Conv: conv, ConvTranspose: convTranspose };
