/**
 * Makes nodes: one function per op of the table, with its shape checked. layers.ts has these and the usual compositions.
 */
import { broadcastShapes, makeNode, sameShape, size, type Node, type Shape } from './graph.js';
import type { AttrsOf, OpName } from './attrs.js';
import { OPS } from './ops.js';
import type { PointwiseFn } from '../kernels/functions.js';

/** Any op by name; its shape rule checks the inputs. */
export function op<K extends OpName>(name: K, inputs: readonly Node[], attrs: AttrsOf[K]): Node<K> {
  return makeNode(name, inputs, attrs, OPS[name].shape(inputs.map((n) => n.shape), attrs));
}

// ---- sources -------------------------------------------------------------------------------------------------------

/** A tensor the caller writes before each run. */
export const input = (name: string, shape: Shape): Node<'input'> => op('input', [], { name, role: 'data', shape });
/** A tensor shared by all plans of a device, written seldom. */
export const weight = (name: string, shape: Shape): Node<'input'> => op('input', [], { name, role: 'weight', shape });
export const constant = (value: number, shape: Shape = []): Node => op('constant', [], { value, shape });
export const literal = (values: Float32Array | readonly number[], shape: Shape = [values.length]): Node =>
  op('literal', [], { values: Float32Array.from(values), shape });
export const iota = (shape: Shape, axis: number): Node => op('iota', [], { shape, axis });

// ---- element-wise --------------------------------------------------------------------------------------------------

const unary = (name: PointwiseFn) => (x: Node): Node => op(name, [x], {});
const binary = (name: PointwiseFn) => (x: Node, y: Node): Node => op(name, [x, y], {});

export const neg: (x: Node) => Node = unary('neg');
export const abs: (x: Node) => Node = unary('abs');
export const sign: (x: Node) => Node = unary('sign');
export const exp: (x: Node) => Node = unary('exp');
export const log: (x: Node) => Node = unary('log');
export const log1p: (x: Node) => Node = unary('log1p');
export const sqrt: (x: Node) => Node = unary('sqrt');
export const reciprocal: (x: Node) => Node = unary('reciprocal');
export const relu: (x: Node) => Node = unary('relu');
/** 1 where x > 0, else 0. */
export const step: (x: Node) => Node = unary('step');
export const sigmoid: (x: Node) => Node = unary('sigmoid');
export const tanh: (x: Node) => Node = unary('tanh');
/** log(1 + exp(x)), which neither overflows nor loses small values. */
export const softplus: (x: Node) => Node = unary('softplus');
export const erf: (x: Node) => Node = unary('erf');
export const sin: (x: Node) => Node = unary('sin');
export const cos: (x: Node) => Node = unary('cos');
export const floor: (x: Node) => Node = unary('floor');
export const add: (x: Node, y: Node) => Node = binary('add');
export const sub: (x: Node, y: Node) => Node = binary('sub');
export const mul: (x: Node, y: Node) => Node = binary('mul');
export const div: (x: Node, y: Node) => Node = binary('div');
export const pow: (x: Node, y: Node) => Node = binary('pow');
export const max: (x: Node, y: Node) => Node = binary('max');
export const min: (x: Node, y: Node) => Node = binary('min');
/** 1 where x > y, else 0. */
export const greater: (x: Node, y: Node) => Node = binary('greater');
/** 1 where x = y, else 0. */
export const equal: (x: Node, y: Node) => Node = binary('equal');
/** x where the condition is not 0, else y. */
export const where = (condition: Node, x: Node, y: Node): Node => op('where', [condition, x, y], {});

// ---- views and layout ----------------------------------------------------------------------------------------------

/** One dimension may be -1: what is left. */
export function reshape(x: Node, shape: Shape): Node {
  const hole = shape.indexOf(-1);
  const known = size(shape.filter((d) => d !== -1));
  const full = hole < 0 ? shape : shape.map((d, k) => (k === hole ? (known === 0 ? 0 : size(x.shape) / known) : d));
  return sameShape(x.shape, full) ? x : op('reshape', [x], { shape: full });
}
/** x, taken as a constant by differentiation. */
export const detach = (x: Node): Node => op('detach', [x], {});
export const transpose = (x: Node, perm: readonly number[]): Node =>
  perm.every((p, k) => p === k) && perm.length === x.shape.length ? x : op('transpose', [x], { perm });
export const slice = (x: Node, attrs: AttrsOf['slice']): Node => (sameShape(x.shape, attrs.sizes) ? x : op('slice', [x], attrs));
export const flip = (x: Node, axes: readonly number[]): Node => op('flip', [x], { axes });
export const broadcast = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : op('broadcast', [x], { shape }));
export const pad = (x: Node, attrs: AttrsOf['pad']): Node =>
  [...attrs.low, ...attrs.high, ...attrs.interior].every((v) => v === 0) ? x : op('pad', [x], attrs);
export const concat = (inputs: readonly Node[], axis: number): Node => (inputs.length === 1 ? inputs[0] : op('concat', inputs, { axis }));
export const take = (x: Node, indices: Node, attrs: AttrsOf['take']): Node => op('take', [x, indices], attrs);
export const takeTranspose = (g: Node, indices: Node, attrs: AttrsOf['takeTranspose']): Node => op('takeTranspose', [g, indices], attrs);

// ---- reductions ----------------------------------------------------------------------------------------------------

/** Sum over the axes, which stay with extent 1. */
export const sum = (x: Node, axes: readonly number[] = x.shape.map((_, k) => k)): Node =>
  axes.every((a) => x.shape[a] === 1) ? x : op('sum', [x], { axes });
/** Maximum over the axes, which stay with extent 1. */
export const maximum = (x: Node, axes: readonly number[] = x.shape.map((_, k) => k)): Node =>
  axes.every((a) => x.shape[a] === 1) ? x : op('maximum', [x], { axes });
/** The transpose of broadcasting: sums x over the dimensions that `shape`, broadcast, was stretched along. */
export function sumTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('sumTo', x.shape, shape), x.shape)) throw new Error(`sumTo: [${shape}] does not stretch to [${x.shape}]`);
  const lead = x.shape.length - shape.length;
  const axes = x.shape.map((_, k) => k).filter((k) => k < lead || (shape[k - lead] === 1 && x.shape[k] !== 1));
  return reshape(sum(x, axes), shape);
}
// ---- matrix kernels ------------------------------------------------------------------------------------------------

export const matmul = (a: Node, b: Node, attrs: AttrsOf['matmul'] = { transA: false, transB: false }): Node => op('matmul', [a, b], attrs);
export const conv = (x: Node, w: Node, attrs: AttrsOf['conv']): Node<'conv'> => op('conv', [x, w], attrs);
export const convInputGrad = (dy: Node, w: Node, attrs: AttrsOf['convInputGrad']): Node => op('convInputGrad', [dy, w], attrs);
export const convWeightGrad = (x: Node, dy: Node, attrs: AttrsOf['convWeightGrad']): Node => op('convWeightGrad', [x, dy], attrs);
export const filterSaliency = (x: Node, dy: Node, attrs: AttrsOf['filterSaliency']): Node => op('filterSaliency', [x, dy], attrs);

// ---- pooling -------------------------------------------------------------------------------------------------------

export const poolGather = (x: Node, tap: Node, attrs: AttrsOf['poolGather']): Node => op('poolGather', [x, tap], attrs);
export const poolScatter = (dy: Node, tap: Node, attrs: AttrsOf['poolScatter']): Node => op('poolScatter', [dy, tap], attrs);
export const windowSum = (x: Node, attrs: AttrsOf['windowSum']): Node => op('windowSum', [x], attrs);
export const windowSpread = (dy: Node, attrs: AttrsOf['windowSpread']): Node => op('windowSpread', [dy], attrs);
// ---- loss ----------------------------------------------------------------------------------------

/** One loss per sample: logits [N,C], labels [N] as whole numbers. */
export const crossEntropy = (logits: Node, labels: Node): Node => op('crossEntropy', [logits, labels], {});
export const crossEntropyGrad = (logits: Node, labels: Node): Node => op('crossEntropyGrad', [logits, labels], {});
