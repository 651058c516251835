/** Parts of tensors, and tensors put together of parts. */
import * as b from '../../engine/builder.js';
import { size, strides, type Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';
import { INT64 } from '../types.js';

/** x[start, start + step, ...] with n entries along one axis; steps of either sign. */
function along(x: Node, axis: number, start: number, step: number, n: number): Node {
  const d = x.shape[axis];
  const [from, first] = step < 0 ? [b.flip(x, [axis]), d - 1 - start] : [x, start];
  return b.slice(from, {
    starts: x.shape.map((_, k) => (k === axis && n > 0 ? first : 0)),
    steps: x.shape.map((_, k) => (k === axis ? Math.abs(step) : 1)),
    sizes: x.shape.map((s, k) => (k === axis ? n : s)),
  });
}

const slice: Handler = (c) => {
  const starts = c.intsFrom('starts', 1) ?? c.fail('it gives no starts');
  const ends = c.intsFrom('ends', 2) ?? c.fail('it gives no ends');
  const axes = c.intsFrom('axes', 3) ?? starts.map((_, k) => k);
  const steps = c.intsFrom('steps', 4) ?? starts.map(() => 1);
  return starts.reduce((x, _, k) => {
    const axis = c.axis(axes[k], x.shape.length);
    const d = x.shape[axis];
    const step = steps[k];
    if (step === 0) c.fail('a step is 0');
    const clamp = (v: number): number => {
      const w = v < 0 ? v + d : v;
      return step > 0 ? Math.min(Math.max(w, 0), d) : Math.min(Math.max(w, -1), d - 1);
    };
    const start = clamp(starts[k]);
    return along(x, axis, start, step, Math.max(0, Math.ceil((clamp(ends[k]) - start) / step)));
  }, c.x());
};

/** The entries of one axis at fixed places: a slice where they are evenly spaced, a table of indices elsewhere. */
function pick(c: Call, x: Node, axis: number, at: readonly number[]): Node {
  const step = at.length > 1 ? at[1] - at[0] : 1;
  if (at.length > 0 && step !== 0 && at.every((v, k) => v === at[0] + k * step)) return along(x, axis, at[0], step, at.length);
  return b.take(x, c.literalList(at), { axis });
}

const gather: Handler = (c) => {
  const x = c.x();
  const axis = c.axis(c.int('axis', 0), x.shape.length);
  const d = x.shape[axis];
  const indices = c.value(1);
  let y: Node;
  if (indices.from === 'data') {
    const flat = b.reshape(indices.node, [size(indices.node.shape)]);
    y = b.take(x, b.where(b.greater(b.constant(0), flat), b.add(flat, b.constant(d)), flat), { axis });
  } else {
    const at = [...c.numbers(1)].map((v) => (v < 0 ? v + d : v));
    for (const v of at) if (!(v >= 0 && v < d)) c.fail(`index ${v} leaves dimension ${axis} of [${x.shape}]`);
    y = pick(c, x, axis, at);
  }
  return b.reshape(y, [...x.shape.slice(0, axis), ...indices.node.shape, ...x.shape.slice(axis + 1)]);
};

const split: Handler = (c) => {
  const x = c.x();
  const axis = c.axis(c.int('axis', 0), x.shape.length);
  const d = x.shape[axis];
  const parts = c.int('num_outputs', c.node.outputs.length);
  const each = Math.ceil(d / parts);
  const sizes = c.intsFrom('split', 1) ?? Array.from({ length: parts }, (_, k) => Math.max(0, Math.min(each, d - k * each)));
  if (sizes.reduce((t, s) => t + s, 0) !== d) c.fail(`parts [${sizes}] do not make up dimension ${axis} of [${x.shape}]`);
  let start = 0;
  return sizes.map((n) => along(x, axis, (start += n) - n, 1, n));
};

/** A constant with the file's fixed batch of 1 (a class token, say) is repeated for the batch in use. */
const concat: Handler = (c) => {
  const { file, want } = c.building.batch;
  const axis = c.axis(c.int('axis', 1), c.shape().length);
  const batched = axis !== 0 && file === 1 && c.inputs.some((v) => v?.from === 'data');
  return b.concat(c.inputs.map((v, k) => {
    const x = c.x(k);
    return batched && v?.from !== 'data' && x.shape[0] === 1 ? b.broadcast(x, [want, ...x.shape.slice(1)]) : x;
  }).filter((x) => x.shape[axis] > 0), axis);
};

const pad: Handler = (c) => {
  const x = c.x();
  const rank = x.shape.length;
  const given = c.intsFrom('pads', 1) ?? c.fail('it gives no pads');
  const axes = c.has(3) ? [...c.numbers(3)].map((a) => c.axis(a, rank)) : x.shape.map((_, k) => k);
  const low = new Array<number>(rank).fill(0);
  const high = new Array<number>(rank).fill(0);
  axes.forEach((a, k) => {
    low[a] = given[k];
    high[a] = given[k + axes.length];
  });
  const mode = c.text('mode', 'constant');
  if (mode === 'constant') {
    return b.pad(x, { low, high, interior: x.shape.map(() => 0), value: c.has(2) ? c.number(2) : c.float('value', 0) });
  }
  const place = SOURCES[mode] ?? c.fail(`mode "${mode}" is not supported`);
  return x.shape.reduce((y, d, axis) => (low[axis] === 0 && high[axis] === 0 ?
    y
    : pick(c, y, axis, Array.from({ length: d + low[axis] + high[axis] }, (_, k) => place(k - low[axis], d)))), x);
};
/** Which of d entries stands at place k, which may lie outside. */
const SOURCES: Readonly<Record<string, (k: number, d: number) => number>> = {
  edge: (k, d) => Math.min(Math.max(k, 0), d - 1),
  wrap: (k, d) => ((k % d) + d) % d,
  reflect: (k, d) => {
    const period = Math.max(1, 2 * (d - 1));
    const m = ((k % period) + period) % period;
    return m < d ? m : period - m;
  },
};

/** Repeats: every dimension gets one more before it, along which it is stretched. */
const tile: Handler = (c) => {
  const x = c.x();
  const repeats = [...c.numbers(1)];
  if (repeats.length !== x.shape.length) c.fail(`repeats [${repeats}] do not fit [${x.shape}]`);
  const apart = x.shape.flatMap((d, k) => (repeats[k] === 1 ? [d] : [1, d]));
  const full = x.shape.flatMap((d, k) => (repeats[k] === 1 ? [d] : [repeats[k], d]));
  return b.reshape(b.broadcast(b.reshape(x, apart), full), x.shape.map((d, k) => d * repeats[k]));
};

const depthToSpace: Handler = (c) => {
  const [N, C, H, W] = c.shape();
  const s = c.int('blocksize', 1);
  const inner = C / (s * s);
  const rowsFirst = c.text('mode', 'DCR') === 'DCR';
  const blocks = b.reshape(c.x(), rowsFirst ? [N, s, s, inner, H, W] : [N, inner, s, s, H, W]);
  return b.reshape(b.transpose(blocks, rowsFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]), [N, inner, H * s, W * s]);
};

const spaceToDepth: Handler = (c) => {
  const [N, C, H, W] = c.shape();
  const s = c.int('blocksize', 1);
  const blocks = b.reshape(c.x(), [N, C, H / s, s, W / s, s]);
  return b.reshape(b.transpose(blocks, [0, 3, 5, 1, 2, 4]), [N, C * s * s, H / s, W / s]);
};

/** Indices of what is not 0, [rank, count]: only for constants, since its extent depends on the values. */
const nonZero: Handler = (c) => {
  const shape = c.shape();
  const places = [...c.numbers(0)].flatMap((v, k) => (v === 0 ? [] : [k]));
  c.type = INT64;
  return c.literal(strides(shape).flatMap((s, d) => places.map((p) => Math.floor(p / s) % shape[d])), [shape.length, places.length]);
};

export const SELECTION: Readonly<Record<string, Handler>> = {
  Slice: slice,
  Gather: gather,
  Split: split,
  Concat: concat,
  Pad: pad,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  NonZero: nonZero,
};
