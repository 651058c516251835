/**
 * Pooling. Where ONNX gives the places of a window's maxima (indices into the whole tensor), reads and scatters go by them.
 * Sums over windows are products with matrices of zeros and ones, one for rows and one for columns.
 */
import type { PoolAttrs } from '../../engine/attrs.js';
import { size, type Node, type Shape } from '../../engine/graph.js';
import { FLOAT } from '../types.js';
import type { Emitted, Emitter } from './emitter.js';
import type { Emission, EmitTable } from './rules.js';
import { scattered, taps, type Groups } from './window.js';

export const POOL: EmitTable<'maxPoolTap' | 'poolGather' | 'poolScatter' | 'windowSum' | 'windowSpread'> = {
  // The tap itself follows from the place; who reads or scatters by it takes the place.
  maxPoolTap: (e, node) => {
    const { to } = e;
    const { attrs: { kernel, stride, dilation, pads }, shape, inputs: [x] } = node;
    const [tops, places] = maxima(e, node);
    e.tops.set(node, tops);
    e.places.set(node, places);
    const whole = (v: number): Emitted => to.ints([v], []);
    const [, , H, W] = x.shape;
    const inPlane = to.map('Mod', places, whole(H * W));
    const at = [to.map('Div', inPlane, whole(W)), to.map('Mod', inPlane, whole(W))];
    const [r, s] = at.map((v, axis) => {
      const starts = Array.from({ length: shape[2 + axis] }, (_, o) => o * stride[axis] - pads[axis]);
      const line = axis === 0 ? [shape[2], 1] : [1, shape[3]];
      return to.map('Div', to.map('Sub', v, to.ints(starts, line)), whole(dilation[axis]));
    });
    return to.cast(to.map('Add', to.map('Mul', r, whole(kernel[1])), s), FLOAT);
  },
  poolGather: (e, { inputs: [x, tap], attrs, shape }) => {
    if (x === tap.inputs[0] && e.tops.has(tap)) return e.tops.get(tap)!;
    const places = e.places.get(tap);
    if (places) return e.to.op('Gather', [e.to.reshape(e.whole(x), [size(x.shape)]), places], shape, { axis: 0 });
    const { g, chosen } = byTap(e, tap, x.shape, attrs);
    return taps(e.to, e.whole(x), g).map(chosen).reduce((a, b) => e.to.map('Add', a, b));
  },
  poolScatter: (e, { inputs: [dy, tap], attrs, shape }) => {
    const { to } = e;
    const places = e.places.get(tap);
    if (!places) {
      const { g, chosen } = byTap(e, tap, shape, attrs);
      const parts = Array.from({ length: attrs.kernel[0] * attrs.kernel[1] }, (_, t) => chosen(e.whole(dy), t));
      return scattered(to, to.op('Concat', parts, [dy.shape[0], parts.length * dy.shape[1], ...attrs.output], { axis: 1 }), g);
    }
    const total = size(shape);
    // Windows of one class don't overlap; each class is written apart, and all are added.
    const classes = [0, 1].map((k) => Math.ceil(((attrs.kernel[k] - 1) * attrs.dilation[k] + 1) / attrs.stride[k]));
    const count = classes[0] * classes[1];
    const zeros = to.op('ConstantOfShape', [to.dims([count * total])], [count * total]);
    const [OH, OW] = attrs.output;
    const classOf = Array.from({ length: OH * OW }, (_, p) => (Math.floor(p / OW) % classes[0]) * classes[1] + ((p % OW) % classes[1]));
    const apart = count === 1 ? places : to.map('Add', places, to.map('Mul', to.ints(classOf, [OH, OW]), to.dims([total])));
    const flat = [size(dy.shape)];
    const parts = to.op('ScatterElements', [zeros, to.reshape(apart, flat), to.reshape(e.whole(dy), flat)], zeros.shape, { axis: 0 });
    if (count === 1) return to.reshape(parts, shape);
    return to.reshape(to.reduce('ReduceSum', to.reshape(parts, [count, total]), [0]), shape);
  },
  windowSum: ({ to, whole }, { inputs: [x], attrs }) => windows(to, whole(x), attrs, [x.shape[2], x.shape[3]], false),
  windowSpread: ({ to, whole }, { inputs: [dy], attrs }) => windows(to, whole(dy), attrs, attrs.input, true),
};

/** The maxima of x's windows, and their places as indices into all of x: [N,C,OH,OW] each, the latter whole numbers. */
function maxima({ to, whole }: Emission,
  { inputs: [x], attrs: { kernel, stride, dilation, pads, output }, shape }: Node<'maxPoolTap'>): Emitted[] {
  const need = output.map((o, k) => (o - 1) * stride[k] + (kernel[k] - 1) * dilation[k] + 1);
  const extent = x.shape.slice(2);
  const after = need.map((n, k) => n - extent[k] - pads[k]);
  // ONNX counts as many windows as fit; those beyond the output are cut off.
  const beyond = after.map((v, k) => Math.floor(Math.max(0, -v) / stride[k]));
  const made = [...shape.slice(0, 2), ...output.map((o, k) => o + beyond[k])];
  const found = to.ops('MaxPool', [whole(x)], [made, made], {
    kernel_shape: kernel,
    strides: stride,
    dilations: dilation,
    pads: [...pads, ...after.map((v) => Math.max(0, v))],
  });
  return found.map((t) => to.slice(t, output.map((count, k) => ({ axis: 2 + k, start: 0, step: 1, count }))));
}

/** Taps that no maximum gave, one at a time: those of padding read and add nothing. */
function byTap(e: Emission, tap: Node, shape: Shape, a: PoolAttrs): { g: Groups; chosen: (x: Emitted, t: number) => Emitted } {
  const g = { B: shape[0], G: 1, C: shape[1], K: 1, H: shape[2], W: shape[3], OH: a.output[0], OW: a.output[1], ...a,
    pads: [...a.pads, 0, 0] as const };
  const taps = e.whole(tap);
  return { g, chosen: (x, t) => e.to.map('Where', e.to.map('Equal', taps, e.to.floats([t])), x, e.to.floats([0])) };
}

/** Sums over windows, A x B^T, or their transpose A^T y B: A [OH,H] and B [OW,W] have a 1 where a window sees an element. */
function windows(to: Emitter, x: Emitted, a: PoolAttrs, extent: readonly number[], back: boolean): Emitted {
  const sees = (axis: 0 | 1): number[][] =>
    Array.from({ length: a.output[axis] }, (_, o) => {
      const row = new Array<number>(extent[axis]).fill(0);
      for (let r = 0; r < a.kernel[axis]; r++) {
        const at = o * a.stride[axis] - a.pads[axis] + r * a.dilation[axis];
        if (at >= 0 && at < row.length) row[at]++;
      }
      return row;
    });
  const matrix = (rows: number[][], across: boolean): Emitted => {
    const values = across ? rows[0].map((_, k) => rows.map((row) => row[k])) : rows;
    return to.floats(values.flat(), [values.length, values[0].length]);
  };
  const down = matrix(sees(0), back), along = matrix(sees(1), !back);
  const [N, C] = x.shape;
  const tall = to.op('MatMul', [x, along], [...x.shape.slice(0, 3), along.shape[1]]);
  return to.op('MatMul', [down, tall], [N, C, down.shape[0], along.shape[1]]);
}
