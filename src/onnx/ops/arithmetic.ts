/** Element-wise arithmetic, comparison and choice, with NumPy's broadcasting and opset 6's. */
import * as b from '../../engine/layers.js';
import type { Node } from '../../engine/graph.js';
import type { Call, Handler } from '../call.js';
import { BOOL, INT64, isFloat } from '../types.js';

/** Before opset 7 the second operand stretched only where `broadcast` said so, aligned at `axis` where that is given. */
function second(c: Call): Node {
  const y = c.x(1);
  if (c.opset >= 7 || !c.hasAttr('axis')) return y;
  const rank = c.shape(0).length;
  const ones = rank - c.axis(c.int('axis', 0), rank) - y.shape.length;
  return ones > 0 ? b.reshape(y, [...y.shape, ...new Array<number>(ones).fill(1)]) : y;
}

const unary = (f: (x: Node) => Node): Handler => (c) => f(c.x());
const binary = (f: (x: Node, y: Node) => Node): Handler => (c) => f(c.x(0), second(c));
const variadic = (f: (x: Node, y: Node) => Node): Handler => (c) => c.all().reduce(f);
/** Comparisons and logic answer with bools, held as 0 and 1. */
const truth = (f: (x: Node, y: Node) => Node): Handler => (c) => {
  c.type = BOOL;
  return f(c.x(0), second(c));
};

const one = (): Node => b.constant(1);
const not = (x: Node): Node => b.sub(one(), x);
export const truncate = (x: Node): Node => b.mul(b.sign(x), b.floor(b.abs(x)));
/** exp(x) - 1 for x <= 0 without losing the digits of small x. */
export function expm1(x: Node): Node {
  const t = b.tanh(b.mul(x, b.constant(0.5)));
  return b.div(b.mul(t, b.constant(2)), b.sub(one(), t));
}

/** Halves go to the even neighbour. */
function round(x: Node): Node {
  const up = b.floor(b.add(x, b.constant(0.5)));
  const tie = b.equal(b.sub(up, x), b.constant(0.5));
  const odd = b.sub(up, b.mul(b.floor(b.mul(up, b.constant(0.5))), b.constant(2)));
  return b.sub(up, b.mul(tie, odd));
}

const div: Handler = (c) => {
  const q = b.div(c.x(0), second(c));
  return isFloat(c.type) ? q : truncate(q);
};

const mod: Handler = (c) => {
  const [x, y] = [c.x(0), c.x(1)];
  const q = b.div(x, y);
  return b.sub(x, b.mul(y, c.int('fmod', 0) ? truncate(q) : b.floor(q)));
};

const clip: Handler = (c) => {
  const bound = (name: string, k: number, otherwise: number): number => {
    const v = c.has(k) ? c.number(k) : c.float(name, otherwise);
    // The largest float32 is how older files write "no bound".
    return Math.abs(v) > 3.4e38 ? Math.sign(v) * Infinity : v;
  };
  return b.clip(c.x(), bound('min', 1, -Infinity), bound('max', 2, Infinity));
};

const cast: Handler = (c) => {
  const x = c.x();
  const from = c.type;
  c.type = c.int('to', 1);
  if (c.type === BOOL) return from === BOOL ? x : not(b.equal(x, b.constant(0)));
  return isFloat(c.type) || !isFloat(from) ? x : truncate(x);
};

export const ARITHMETIC: Readonly<Record<string, Handler>> = {
  Abs: unary(b.abs),
  Neg: unary(b.neg),
  Sign: unary(b.sign),
  Exp: unary(b.exp),
  Log: unary(b.log),
  Sqrt: unary(b.sqrt),
  Reciprocal: unary(b.reciprocal),
  Sin: unary(b.sin),
  Cos: unary(b.cos),
  Tan: unary((x) => b.div(b.sin(x), b.cos(x))),
  Erf: unary(b.erf),
  Floor: unary(b.floor),
  Ceil: unary((x) => b.neg(b.floor(b.neg(x)))),
  Round: unary(round),
  Add: binary(b.add),
  Sub: binary(b.sub),
  Mul: binary(b.mul),
  Div: div,
  Pow: binary(b.pow),
  Mod: mod,
  Max: variadic(b.max),
  Min: variadic(b.min),
  Sum: variadic(b.add),
  Mean: (c) => b.mul(c.all().reduce(b.add), b.constant(1 / c.inputs.length)),
  Equal: truth(b.equal),
  Greater: truth(b.greater),
  Less: truth((x, y) => b.greater(y, x)),
  GreaterOrEqual: truth((x, y) => b.max(b.greater(x, y), b.equal(x, y))),
  LessOrEqual: truth((x, y) => b.max(b.greater(y, x), b.equal(x, y))),
  And: truth(b.mul),
  Or: truth(b.max),
  Xor: truth((x, y) => not(b.equal(x, y))),
  Not: unary(not),
  Where: (c) => {
    c.type = c.value(1).type;
    return b.where(c.x(0), c.x(1), c.x(2));
  },
  Clip: clip,
  Cast: cast,
  CastLike: (c) => {
    c.type = c.value(1).type;
    return isFloat(c.type) || !isFloat(c.value(0).type) ? c.x() : truncate(c.x());
  },
  ArgMax: (c) => argument(c, c.x()),
  ArgMin: (c) => argument(c, b.neg(c.x())),
};

/** Index of the first largest along an axis: the largest of minus the index among the winners, negated. */
function argument(c: Call, x: Node): Node {
  if (c.int('select_last_index', 0)) c.fail('select_last_index is not supported');
  const axis = c.axis(c.int('axis', 0), x.shape.length);
  const winner = b.equal(x, b.maximum(x, [axis]));
  const index = b.iota(x.shape, axis);
  const first = b.neg(b.maximum(b.where(winner, b.neg(index), b.constant(-x.shape[axis])), [axis]));
  c.type = INT64;
  return c.int('keepdims', 1) ? first : b.reshape(first, x.shape.filter((_, k) => k !== axis));
}
