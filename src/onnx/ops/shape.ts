/** Shapes and constants: the same elements under another shape, and tensors made of nothing else. */
import * as b from '../../engine/builder.js';
import { size, type Node, type Shape } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';
import { checkFinite } from '../tensor.js';
import { FLOAT, INT64, isFloat, type Numbers } from '../types.js';

/**
 * A file exported for one batch size has it baked into constant targets ([1,-1], [1,64]): there the first extent
 * follows the batch size in use. Targets computed from shapes already do.
 */
function followBatch(c: Call, x: Node, dims: number[]): number[] {
  const { file, want } = c.building.batch;
  // A 0 copies the extent and a -1 takes what is left: neither is baked in.
  const baked = c.numbers(1)[0] > 0;
  if (file === null || file === want || c.value(0).from !== 'data' || !baked) return dims;
  const open = dims.includes(-1);
  if (!open && size(dims) === size(x.shape)) return dims;
  if (c.value(1).shaped && dims[0] % want === 0) return dims;
  const first = (dims[0] * want) / file;
  if (!Number.isInteger(first)) c.fail(`the target [${dims}] was fixed for a batch of ${file} and does not stretch to ${want}`);
  return [first, ...dims.slice(1)];
}

const reshape: Handler = (c) => {
  const x = c.x();
  const copy = !c.int('allowzero', 0);
  const extent = (k: number): number => x.shape[k] ?? c.fail(`the target's entry ${k} copies a dimension that [${x.shape}] lacks`);
  const dims = [...c.numbers(1)].map((d, k) => (d === 0 && copy ? extent(k) : d));
  const target = followBatch(c, x, dims);
  const known = size(target.filter((d) => d !== -1));
  const fits = target.includes(-1) ? known === 0 || size(x.shape) % known === 0 : known === size(x.shape);
  if (!fits) c.fail(`[${x.shape}] cannot take the shape [${target}]`);
  return b.reshape(x, target);
};

const flatten: Handler = (c) => {
  const { shape } = c.x();
  const a = c.int('axis', 1);
  const axis = a < 0 ? a + shape.length : a;
  return b.reshape(c.x(), [size(shape.slice(0, axis)), size(shape.slice(axis))]);
};

const squeeze: Handler = (c) => {
  const { shape } = c.x();
  const axes = c.intsFrom('axes', 1)?.map((a) => c.axis(a, shape.length)) ?? shape.map((_, k) => k).filter((k) => shape[k] === 1);
  for (const a of axes) if (shape[a] !== 1) c.fail(`dimension ${a} of [${shape}] has more than one entry`);
  return b.reshape(c.x(), shape.filter((_, k) => !axes.includes(k)));
};

const unsqueeze: Handler = (c) => {
  const { shape } = c.x();
  const given = c.intsFrom('axes', 1) ?? c.fail('it names no axes');
  const axes = given.map((a) => c.axis(a, shape.length + given.length));
  const rest = [...shape];
  return b.reshape(c.x(), Array.from({ length: shape.length + axes.length }, (_, k) => (axes.includes(k) ? 1 : rest.shift()!)));
};

const expand: Handler = (c) => {
  const x = c.x();
  const target = [...c.numbers(1)];
  const { file, want } = c.building.batch;
  // Same rank: the first entry is the batch's, and was fixed with it.
  if (c.value(0).from === 'data' && !c.value(1).shaped && target.length === x.shape.length && target[0] === file) target[0] = want;
  const rank = Math.max(target.length, x.shape.length);
  const at = (s: readonly number[], k: number): number => s[k - (rank - s.length)] ?? 1;
  return b.broadcast(x, Array.from({ length: rank }, (_, k) => (at(target, k) === 1 ? at(x.shape, k) : at(target, k))));
};

const shapeOf: Handler = (c) => {
  const dims = c.shape();
  const end = c.int('end', dims.length);
  const part = dims.slice(c.int('start', 0), end);
  c.type = INT64;
  c.shapeOnly = true;
  return c.literal(part, [part.length]);
};

/** Tensors of floats are weights, wherever in the file they stand; single numbers and integers are constants. */
function weight(c: Call, data: Numbers, shape: Shape): Node {
  c.fromWeight = true;
  return c.building.addWeight(c.node.outputs[0], data, shape);
}

const constant: Handler = (c) => {
  const floats = c.floats('value_floats');
  const value = c.tensor('value') ??
    (floats?.length ? { type: FLOAT, shape: [floats.length], data: Float32Array.from(floats) } : undefined);
  if (value) {
    c.type = value.type;
    const single = value.data.length <= 1;
    if (isFloat(value.type)) checkFinite(value.data, `Constant "${c.node.name}"`, single);
    return isFloat(value.type) && !single ? weight(c, value.data, value.shape) : c.literal(value.data, value.shape);
  }
  const ints = c.ints('value_ints');
  c.type = c.hasAttr('value_float') ? FLOAT : INT64;
  if (ints?.length) return c.literal(ints, [ints.length]);
  if (c.hasAttr('value_float')) return c.literal([c.float('value_float', 0)], []);
  if (c.hasAttr('value_int')) return c.literal([c.int('value_int', 0)], []);
  return c.fail('it holds no numbers');
};

/** A weight too, unless its shape follows the data's. */
const constantOfShape: Handler = (c) => {
  const shape = [...c.numbers(0)];
  const { shaped } = c.value(0);
  const value = c.tensor('value');
  const v = value?.data[0] ?? 0;
  c.type = value?.type ?? FLOAT;
  if (isFloat(c.type)) checkFinite([v], `ConstantOfShape "${c.node.name}"`, true);
  return shaped || !isFloat(c.type) || size(shape) <= 1 ? b.constant(v, shape) : weight(c, new Float32Array(size(shape)).fill(v), shape);
};

const range: Handler = (c) => {
  const [start, limit, delta] = [c.number(0), c.number(1), c.number(2)];
  const n = Math.max(0, Math.ceil((limit - start) / delta));
  return c.literal(Array.from({ length: n }, (_, k) => start + k * delta), [n]);
};

export const SHAPES: Readonly<Record<string, Handler>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Shape: shapeOf,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Identity: (c) => c.x(),
  // Evaluation mode: everything is kept.
  Dropout: (c) => [c.x(), b.constant(1, c.shape())],
  Transpose: (c) => b.transpose(c.x(), c.ints('perm') ?? c.shape().map((_, k) => k).reverse()),
};
