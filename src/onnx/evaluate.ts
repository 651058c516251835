/**
 * Computes nodes on the host, in float64: what an ONNX file derives from shapes and constants (targets of Reshape, ends
 * of Slice, scales of Resize) must be known before the graph around it can be built.
 */
import { OPS } from '../engine/ops.js';
import { size, strides, type Node, type Shape } from '../engine/graph.js';
import type { ViewAxis } from '../engine/rules.js';
import type { PointwiseFn } from '../kernels/functions.js';
import type { Numbers } from './types.js';

/** Values of nodes that are known, inputs among them; results are added. */
export type Known = WeakMap<Node, Numbers>;

const KINDS: readonly string[] = ['pointwise', 'alias', 'view'];
const LAYOUT: readonly string[] = ['concat', 'sum', 'maximum', 'take'];

/** Whether everything the node depends on is known or of an op that `evaluate` computes. */
export function canEvaluate(node: Node, known: Known): boolean {
  if (known.has(node)) return true;
  return canCompute(node) && node.inputs.every((n) => canEvaluate(n, known));
}

/** Whether `evaluate` computes a node's op. */
export function canCompute(node: Node): boolean {
  const { kind } = OPS[node.op].run;
  return (kind === 'source' && node.op !== 'input') || KINDS.includes(kind) || LAYOUT.includes(node.op);
}

/** Throws where the node depends on an input of unknown value, or on an op that is never needed for shapes. */
export function evaluate(root: Node, known: Known): Numbers {
  const stack = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    const missing = known.has(node) ? [] : node.inputs.filter((n) => !known.has(n));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    if (!known.has(node)) known.set(node, compute(node, node.inputs.map((n) => known.get(n)!)));
    stack.pop();
  }
  return known.get(root)!;
}

/** The values of a node from those of its inputs. Throws where its op is never needed for shapes. */
export function compute(node: Node, inputs: readonly Numbers[]): Numbers {
  const shapes = node.inputs.map((n) => n.shape);
  const { run } = OPS[node.op];
  if (is(node, 'literal')) return node.attrs.values;
  if (is(node, 'constant')) return new Float64Array(size(node.shape)).fill(node.attrs.value);
  if (is(node, 'iota')) {
    const at = positions(node.shape, node.shape.map((_, k) => (k === node.attrs.axis ? 1 : 0)));
    return Float64Array.from(at);
  }
  if (run.kind === 'pointwise') return pointwise(SCALAR[node.op as PointwiseFn], node.shape, inputs, shapes);
  if (run.kind === 'alias') return inputs[0];
  if (run.kind === 'view') return view((run.axes as (n: Node) => readonly ViewAxis[])(node), node.shape, inputs[0], shapes[0]);
  if (is(node, 'concat')) return placed(node.shape, node.attrs.axis, inputs, shapes);
  if (is(node, 'sum')) return reduced(node.shape, inputs[0], shapes[0], 0, (a, b) => a + b);
  if (is(node, 'maximum')) return reduced(node.shape, inputs[0], shapes[0], -Infinity, Math.max);
  if (is(node, 'take')) return taken(node.attrs.axis, node.shape, inputs[0], shapes[0], inputs[1]);
  const what = is(node, 'input') ? `the input "${node.attrs.name}"` : node.op;
  throw new Error(`a value needed to lay out the graph depends on ${what}`);
}

const is = <K extends Node['op']>(node: Node, op: K): node is Node<K> => node.op === op;

/** Offset, for every element of `shape` in row-major order, under the given strides. */
function positions(shape: Shape, stride: readonly number[], base = 0): Int32Array {
  let at = Int32Array.of(base);
  shape.forEach((d, k) => {
    const next = new Int32Array(at.length * d);
    for (let i = 0, o = 0; i < at.length; i++) for (let c = 0; c < d; c++) next[o++] = at[i] + c * stride[k];
    at = next;
  });
  return at;
}

const gather = (x: Numbers, at: Int32Array): Float64Array => Float64Array.from(at, (p) => x[p]);

function pointwise(f: (...v: number[]) => number, out: Shape, inputs: readonly Numbers[], shapes: readonly Shape[]): Float64Array {
  const at = shapes.map((s) => {
    const own = strides(s).map((t, k) => (s[k] === 1 ? 0 : t));
    return positions(out, out.map((_, k) => own[k - (out.length - s.length)] ?? 0));
  });
  return Float64Array.from({ length: size(out) }, (_, k) => f(...inputs.map((x, i) => x[at[i][k]])));
}

/** Values of one shape over another that it broadcasts to. */
export const spread = (x: Numbers, shape: Shape, out: Shape): Float64Array => pointwise((v) => v, out, [x], [shape]);

function view(axes: readonly ViewAxis[], out: Shape, x: Numbers, shape: Shape): Float64Array {
  const own = strides(shape);
  const stride = out.map(() => 0);
  let base = 0;
  axes.forEach((a, k) => {
    base += a.offset * own[k];
    if (a.axis !== null) stride[a.axis] += a.step * own[k];
  });
  return gather(x, positions(out, stride, base));
}

function placed(out: Shape, axis: number, inputs: readonly Numbers[], shapes: readonly Shape[]): Float64Array {
  const y = new Float64Array(size(out));
  const stride = strides(out);
  let start = 0;
  inputs.forEach((x, i) => {
    positions(shapes[i], stride, start * stride[axis]).forEach((p, k) => {
      y[p] = x[k];
    });
    start += shapes[i][axis];
  });
  return y;
}

function reduced(out: Shape, x: Numbers, shape: Shape, first: number, f: (a: number, b: number) => number): Float64Array {
  const y = new Float64Array(size(out)).fill(first);
  positions(shape, strides(out).map((t, k) => (out[k] === 1 ? 0 : t))).forEach((p, k) => {
    y[p] = f(y[p], x[k]);
  });
  return y;
}

function taken(axis: number, out: Shape, x: Numbers, shape: Shape, indices: Numbers): Float64Array {
  const stride = strides(shape);
  const before = positions(out.slice(0, axis), stride);
  const after = positions(out.slice(axis + 1), stride.slice(axis + 1));
  const y: number[] = [];
  for (const b of before) for (const i of indices) for (const a of after) y.push(x[b + i * stride[axis] + a]);
  return Float64Array.from(y);
}

const SCALAR: { readonly [F in PointwiseFn]: (...v: number[]) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  relu: (x) => (x < 0 ? 0 : x),
  step: (x) => (x > 0 ? 1 : 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow: (x, y) => x ** y,
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
  greater: (x, y) => (x > y ? 1 : 0),
  equal: (x, y) => (x === y ? 1 : 0),
  where: (c, x, y) => (c !== 0 ? x : y),
};

/** Series for small |x|, continued fraction of erfc beyond: both converge to 1e-15 with these lengths. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; n < 60; n++) {
      term *= -x * x / n;
      total += term / (2 * n + 1);
    }
    return total * 2 / Math.sqrt(Math.PI);
  }
  let f = a;
  for (let n = 80; n > 0; n--) f = a + n / 2 / f;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (f * Math.sqrt(Math.PI)));
}
