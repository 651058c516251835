/** Element-wise functions as ONNX has them, or made of what it has. NaN is left to the runtime (docs/export.md). */
import type { Node } from '../../engine/graph.js';
import type { PointwiseFn } from '../../kernels/functions.js';
import { BOOL, FLOAT } from '../types.js';
import type { Emitted } from './emitter.js';
import type { Emission, EmitTable } from './rules.js';

const unary = (type: string) => (e: Emission, { inputs: [x] }: Node): Emitted => e.to.map(type, e.of(x));
const binary = (type: string) => (e: Emission, { inputs: [x, y] }: Node): Emitted => e.to.map(type, e.of(x), e.of(y));

/** 1 or 0; the truth itself is kept for who chooses by it. */
function comparison(e: Emission, node: Node, truth: Emitted): Emitted {
  e.truths.set(node, truth);
  return e.to.cast(truth, FLOAT);
}

/**
 * log(1 + x) with the digits of a small x: with y = 1 + x rounded, log(y) x / (y - 1), whose errors cancel (W. Kahan, as told in
 * D. Goldberg, What every computer scientist should know about floating-point arithmetic, 1991, theorem 4). Where y - 1 is 0 or
 * infinite: x.
 */
export function log1p({ to }: Emission, x: Emitted): Emitted {
  const one = to.floats([1]);
  const y = to.map('Add', x, one);
  const less = to.map('Sub', y, one);
  const exact = to.map('Equal', less, x); // then log(y) itself, at infinity too
  const safe = to.map('Where', exact, one, less);
  const factor = to.map('Where', exact, one, to.map('Div', x, safe));
  const tiny = to.map('Equal', less, to.floats([0]));
  return to.map('Where', tiny, x, to.map('Mul', to.map('Log', y), factor));
}

export const POINTWISE: EmitTable<PointwiseFn> = {
  neg: unary('Neg'),
  abs: unary('Abs'),
  sign: unary('Sign'),
  exp: unary('Exp'),
  log: unary('Log'),
  log1p: (e, { inputs: [x] }) => log1p(e, e.of(x)),
  sqrt: unary('Sqrt'),
  reciprocal: unary('Reciprocal'),
  relu: unary('Relu'),
  // What comes out of a relu is positive where it is not 0, which a cast says fastest.
  step: (e, node) => {
    const x = e.of(node.inputs[0]);
    return comparison(e, node, node.inputs[0].op === 'relu' ? e.to.cast(x, BOOL) : e.to.map('Greater', x, e.to.floats([0])));
  },
  // Runtimes approximate Sigmoid and end it at some 1e-8; this keeps the digits of small values.
  sigmoid: (e, { inputs: [x] }) => {
    const one = e.to.floats([1]);
    return e.to.map('Div', one, e.to.map('Add', one, e.to.map('Exp', e.to.map('Neg', e.of(x)))));
  },
  tanh: unary('Tanh'),
  // max(x, 0) + log(1 + exp(-|x|)), as the kernels have it.
  softplus: (e, { inputs: [x] }) => {
    const tail = log1p(e, e.to.map('Exp', e.to.map('Neg', e.to.map('Abs', e.of(x)))));
    return e.to.map('Add', e.to.map('Relu', e.of(x)), tail);
  },
  erf: unary('Erf'),
  sin: unary('Sin'),
  cos: unary('Cos'),
  floor: unary('Floor'),
  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  pow: binary('Pow'),
  max: binary('Max'),
  min: binary('Min'),
  greater: (e, node) => comparison(e, node, e.to.map('Greater', e.of(node.inputs[0]), e.of(node.inputs[1]))),
  equal: (e, node) => comparison(e, node, e.to.map('Equal', e.of(node.inputs[0]), e.of(node.inputs[1]))),
  where: (e, { inputs: [c, x, y] }) => e.to.map('Where', e.truths.get(c) ?? e.to.cast(e.of(c), BOOL), e.of(x), e.of(y)),
};
