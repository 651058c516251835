/**
 * Writes the nodes of an ONNX graph: names them, keeps constants once, and knows the number of pictures where that is free.
 *
 * Tensors of the engine's graph may be written smaller than they are, where whoever reads them broadcasts: an Emitted has the
 * shape that it is written with, and `full` stretches it where the whole is needed. All shapes are known, but for one number:
 * a free batch stands in them as BATCH, and every multiple of it is that many pictures at run time.
 */
import { broadcastShapes, sameShape, size, type Shape } from '../../engine/graph.js';
import { FLOAT, INT64 } from '../types.js';
import type { Attributes, Initializer, OpNode } from './graph.js';

/** A tensor of the ONNX graph. */
export interface Emitted {
  readonly name: string;
  /** What it is written with: broadcasts to the shape of the engine's node. */
  readonly shape: Shape;
}

/** Stands for a free number of pictures: a prime that no network has as an extent, small enough for products to stay exact. */
export const BATCH = 1000003;
const isFree = (d: number): boolean => d > 0 && d % BATCH === 0;

const FIXED = 'this graph depends on how many pictures there are in a way that no free number can stand for: choose a batch of fixed size';

/** Ends of a slice that runs to the edge, from either side. */
export const EDGE = 2 ** 31 - 1;

export class Emitter {
  readonly nodes: OpNode[] = [];
  readonly initializers: Initializer[] = [];
  private readonly constants = new Map<string, string>();
  private readonly taken = new Set<string>();
  private batch: Emitted | null = null;

  /** `pictures`: the graph's input that a free number of pictures is read from. */
  constructor(private readonly pictures: string) {}

  /** A name that no other tensor has. */
  name(wish: string): string {
    let name = wish;
    for (let k = 2; this.taken.has(name); k++) name = `${wish}_${k}`;
    this.taken.add(name);
    return name;
  }

  /** A node with one output of that shape. */
  op(type: string, inputs: readonly (Emitted | string)[], shape: Shape, attributes: Attributes = {}): Emitted {
    return this.ops(type, inputs, [shape], attributes)[0];
  }

  /** A node with an output for each of the shapes. */
  ops(type: string, inputs: readonly (Emitted | string)[], shapes: readonly Shape[], attributes: Attributes = {}): Emitted[] {
    const outputs = shapes.map((shape) => ({ name: this.name(type.toLowerCase()), shape }));
    this.nodes.push({ type, inputs: inputs.map((i) => (typeof i === 'string' ? i : i.name)), outputs: outputs.map((o) => o.name),
      attributes });
    return outputs;
  }

  /** An element-wise node: its inputs broadcast. */
  map(type: string, ...inputs: Emitted[]): Emitted {
    return this.op(type, inputs, broadcastShapes(type, ...inputs.map((i) => i.shape)));
  }

  /** Numbers that are known, kept in the file as float32; a single one where no shape is given. */
  floats(values: ArrayLike<number>, shape: Shape = values.length === 1 ? [] : [values.length], name?: string): Emitted {
    const data = Float32Array.from(values);
    const key = data.length === 1 && name === undefined ? `f ${Object.is(data[0], -0) ? '-0' : data[0]} [${shape}]` : null;
    return { name: this.constant(key, name ?? 'number', FLOAT, shape, data), shape };
  }

  /** Whole numbers that are known: what ONNX takes as shapes, axes and indices. */
  ints(values: readonly number[], shape: Shape = [values.length]): Emitted {
    if ([values.length, ...shape].some(isFree)) throw new Error(FIXED);
    const key = values.length <= 64 ? `i ${values} [${shape}]` : null;
    return { name: this.constant(key, 'whole', INT64, shape, BigInt64Array.from(values, BigInt)), shape };
  }

  /** A shape as a tensor that is computed where it holds the free batch. */
  dims(shape: Shape): Emitted {
    if (!shape.some(isFree)) return this.ints(shape);
    const parts: Emitted[] = [];
    for (let k = 0, fixed: number[] = []; k <= shape.length; k++) {
      if (k < shape.length && !isFree(shape[k])) fixed.push(shape[k]);
      else {
        if (fixed.length > 0) parts.push(this.ints(fixed));
        if (k < shape.length) parts.push(this.times(shape[k] / BATCH));
        fixed = [];
      }
    }
    return parts.length === 1 ? parts[0] : this.op('Concat', parts, [shape.length], { axis: 0 });
  }

  reshape(x: Emitted, shape: Shape): Emitted {
    if (sameShape(x.shape, shape)) return x;
    const free = shape.filter(isFree).length;
    const target = free === 1 ? this.ints(shape.map((d) => (isFree(d) ? -1 : d))) : this.dims(shape);
    return this.op('Reshape', [x, target], shape);
  }

  transpose(x: Emitted, perm: readonly number[]): Emitted {
    if (perm.every((p, k) => p === k)) return x;
    return this.op('Transpose', [x], perm.map((p) => x.shape[p]), { perm });
  }

  /** x, written out in that shape, to which it broadcasts. */
  full(x: Emitted, shape: Shape): Emitted {
    if (sameShape(x.shape, shape)) return x;
    if (size(x.shape) === size(shape)) return this.reshape(x, shape);
    // A dimension of 1 in Expand's shape keeps what is there.
    const lead = shape.length - x.shape.length;
    const needed = shape.map((d, k) => (k >= lead && x.shape[k - lead] === d ? 1 : d));
    return this.op('Expand', [x, this.dims(needed)], shape);
  }

  /** out[c] = x[start + step * c] along the axes named, `count` of them; a step of -1 reads backwards. */
  slice(x: Emitted, axes: readonly { axis: number; start: number; step: number; count: number }[]): Emitted {
    const cut = axes.filter(({ axis, start, step, count }) => !(start === 0 && step === 1 && count === x.shape[axis]));
    if (cut.length === 0) return x;
    const free = cut.find(({ axis }) => isFree(x.shape[axis]));
    if (free) throw new Error(FIXED);
    const shape = x.shape.map((d, k) => cut.find((c) => c.axis === k)?.count ?? d);
    const end = ({ start, step, count }: { start: number; step: number; count: number }): number => {
      const stop = start + step * (count - 1) + Math.sign(step);
      return stop < 0 ? -EDGE : stop;
    };
    const part = (of: (c: (typeof cut)[number]) => number): Emitted => this.ints(cut.map(of));
    return this.op('Slice', [x, part((c) => c.start), part(end), part((c) => c.axis), part((c) => c.step)], shape);
  }

  /** x with the order of its elements turned round along the axes. */
  flip(x: Emitted, axes: readonly number[]): Emitted {
    return this.slice(x, axes.map((axis) => ({ axis, start: x.shape[axis] - 1, step: -1, count: x.shape[axis] })));
  }

  /** Padding by whole numbers of at least 0 per dimension. */
  pad(x: Emitted, low: readonly number[], high: readonly number[], value = 0): Emitted {
    if ([...low, ...high].every((v) => v === 0)) return x;
    const inputs = [x, this.ints([...low, ...high]), this.floats([value])];
    return this.op('Pad', inputs, x.shape.map((d, k) => d + low[k] + high[k]), { mode: 'constant' });
  }

  /** Sum, largest value or the like over the axes, which stay with extent 1. */
  reduce(type: string, x: Emitted, axes: readonly number[]): Emitted {
    return this.op(type, [x], x.shape.map((d, k) => (axes.includes(k) ? 1 : d)), { axes, keepdims: 1 });
  }

  cast(x: Emitted, type: number): Emitted {
    return this.op('Cast', [x], x.shape, { to: type });
  }

  private constant(key: string | null, wish: string, type: number, shape: Shape, data: Float32Array | BigInt64Array): string {
    const kept = key === null ? undefined : this.constants.get(key);
    if (kept !== undefined) return kept;
    const name = this.name(wish);
    if (key !== null) this.constants.set(key, name);
    if (shape.some(isFree)) throw new Error(FIXED);
    this.initializers.push({ name, type, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return name;
  }

  /** [1]: so many times the number of pictures. */
  private times(factor: number): Emitted {
    this.batch ??= this.slice(this.op('Shape', [this.pictures], [4]), [{ axis: 0, start: 0, step: 1, count: 1 }]);
    return factor === 1 ? this.batch : this.map('Mul', this.batch, this.ints([factor]));
  }
}
