/** Sources, views, moved elements, reductions and matrix products. */
import { size, type Node, type Shape } from '../../engine/graph.js';
import { FLOAT, INT64 } from '../types.js';
import type { Emitted, Emitter } from './emitter.js';
import type { EmitTable } from './rules.js';

type Layout = 'constant' | 'literal' | 'iota' | 'reshape' | 'detach' | 'transpose' | 'slice' | 'flip' | 'broadcast' | 'pad' | 'concat'
  | 'take' | 'takeTranspose' | 'sum' | 'maximum' | 'matmul';

export const LAYOUT: EmitTable<Layout> = {
  constant: ({ to }, { attrs }) => to.floats([attrs.value]),
  literal: ({ to }, { attrs }) => to.floats(attrs.values, attrs.shape),
  iota: ({ to }, { attrs: { shape, axis } }) =>
    to.floats(Array.from({ length: shape[axis] }, (_, k) => k), shape.map((d, k) => (k === axis ? d : 1))),

  reshape: ({ to, of, whole }, { inputs: [x], shape }) => to.reshape(size(of(x).shape) === size(x.shape) ? of(x) : whole(x), shape),
  detach: ({ of }, { inputs: [x] }) => of(x),
  transpose: ({ to, whole }, { inputs: [x], attrs }) => to.transpose(whole(x), attrs.perm),
  slice: ({ to, whole }, { inputs: [x], attrs: { starts, steps, sizes } }) =>
    to.slice(whole(x), starts.map((start, axis) => ({ axis, start, step: steps[axis], count: sizes[axis] }))),
  flip: ({ to, whole }, { inputs: [x], attrs: { axes } }) => to.flip(whole(x), axes),
  broadcast: ({ of }, { inputs: [x] }) => of(x),

  pad: ({ to, whole }, { inputs: [x], attrs }) => padded(to, whole(x), attrs.low, attrs.high, attrs.interior, attrs.value),
  concat: ({ to, whole }, { inputs, shape, attrs }) => to.op('Concat', inputs.map(whole), shape, { axis: attrs.axis }),
  take: ({ to, of, whole }, { inputs: [x, indices], shape, attrs }) =>
    to.op('Gather', [whole(x), wholeNumbers(to, indices, of(indices))], shape, { axis: attrs.axis }),
  // A product with the matrix that has a 1 where an index meets its element.
  takeTranspose: ({ to, whole }, { inputs: [g, indices], shape, attrs: { axis, extent } }) => {
    const before = size(shape.slice(0, axis)), after = size(shape.slice(axis + 1)), count = indices.shape[0];
    const elements = to.floats(Array.from({ length: extent }, (_, k) => k), [extent, 1]);
    const chosen = to.cast(to.map('Equal', elements, to.reshape(whole(indices), [1, count])), FLOAT);
    const product = to.op('MatMul', [chosen, to.reshape(whole(g), [before, count, after])], [before, extent, after]);
    return to.reshape(product, shape);
  },

  sum: ({ to, whole }, { inputs: [x], attrs: { axes } }) => to.reduce('ReduceSum', whole(x), axes),
  maximum: ({ to, whole }, { inputs: [x], attrs: { axes } }) => to.reduce('ReduceMax', whole(x), axes),

  matmul: ({ to, whole }, { inputs: [a, b], shape, attrs: { transA, transB } }) => {
    const [A, B] = [whole(a), whole(b)];
    if (A.shape.length === 2 && B.shape.length === 2 && (transA || transB)) {
      return to.op('Gemm', [A, B], shape, { transA: Number(transA), transB: Number(transB) });
    }
    const turned = (x: Emitted, flag: boolean): Emitted => (flag ? to.transpose(x, swapped(x.shape)) : x);
    const [left, right] = [turned(A, transA), turned(B, transB)];
    // Leading ones of the factor that serves every entry would lengthen ONNX's shape.
    const plain = (x: Emitted): Emitted => (size(x.shape.slice(0, -2)) === 1 ? to.reshape(x, x.shape.slice(-2)) : x);
    const [l, r] = size(left.shape.slice(0, -2)) === 1 ? [plain(left), right] : [left, plain(right)];
    const lead = l.shape.length > r.shape.length ? l.shape.slice(0, -2) : r.shape.slice(0, -2);
    return to.reshape(to.op('MatMul', [l, r], [...lead, ...shape.slice(-2)]), shape);
  },
};

const swapped = (shape: Shape): number[] => {
  const perm = shape.map((_, k) => k);
  return [...perm.slice(0, -2), perm.length - 1, perm.length - 2];
};

function wholeNumbers(to: Emitter, node: Node, value: Emitted): Emitted {
  return node.op === 'literal' ? to.ints([...(node as Node<'literal'>).attrs.values]) : to.cast(value, INT64);
}

/** Padding as the engine has it: zeros between neighbours too, and negative numbers crop. */
export function padded(to: Emitter, x: Emitted, low: readonly number[], high: readonly number[], interior: readonly number[],
  value: number): Emitted {
  let y = x;
  interior.forEach((between, axis) => {
    if (between === 0 || y.shape[axis] < 2) return;
    // Each element is followed by its padding, the last one's is cut off again.
    const { shape } = y;
    const apart = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
    const zeros = apart.map(() => 0);
    const wide = to.pad(to.reshape(y, apart), zeros, zeros.map((_, k) => (k === axis + 1 ? between : 0)), value);
    const long = shape.map((d, k) => (k === axis ? d * (1 + between) : d));
    y = to.slice(to.reshape(wide, long), [{ axis, start: 0, step: 1, count: long[axis] - between }]);
  });
  const crops = y.shape.map((d, axis) => {
    const start = Math.max(0, -low[axis]);
    return { axis, start, step: 1, count: d - start - Math.max(0, -high[axis]) };
  });
  const none = crops.find((c) => c.count <= 0);
  if (none) return outside(to, y, low, high, value);
  return to.pad(to.slice(y, crops), low.map((v) => Math.max(0, v)), high.map((v) => Math.max(0, v)), value);
}

/** A crop that leaves nothing of x, which padding then replaces: nothing but the value. */
function outside(to: Emitter, x: Emitted, low: readonly number[], high: readonly number[], value: number): Emitted {
  return to.full(to.floats([value]), x.shape.map((d, k) => d + low[k] + high[k]));
}
