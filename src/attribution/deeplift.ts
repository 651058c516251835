/**
 * DeepLift with the rescale rule (Shrikumar, Greenside, Kundaje, arXiv 1704.02685): how much of the difference f(x) - f(x0) every pixel
 * of x makes, x0 being a reference picture. Back through a layer goes the gradient, but through an activation function
 *
 *   m = (f(a) - f(b)) / (a - b),   a of the picture, b of the reference; f'(a) where |a - b| < 1e-10
 *
 * so that multipliers times differences add up to f(x) - f(x0), layer by layer. ReLU's m is written without that difference of
 * results, which float32 would lose digits in. Maximum pooling: of the difference o - o0 of a window's maxima, max(o, o0) - o0 is
 * owed to the place where x has its maximum, and o - max(o, o0) to that where x0 has its own.
 */
import { abs, add, constant, div, equal, greater, max, mul, poolScatter, relu, step, sub, where } from '../engine/builder.js';
import type { OpName } from '../engine/attrs.js';
import { grad } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';
import type { NetworkGraph } from '../saliency/network.js';
import { argumentOf, each, followers, following, FUNCTIONS, linear, MOVES, NO_LAYERS, PRODUCTS, refusal, refused, SOURCES, STEPS, SUMS,
  wayBack, type Place, type Rule, type Rules } from './rules.js';
import { twins } from './twin.js';

interface Beside extends Place {
  /** The node of the reference picture. */
  reference(node: Node): Node;
}

/** Differences below this are none. */
const NONE = 1e-10;
const zero = (): Node => constant(0);
const isNone = (difference: Node): Node => greater(constant(NONE), abs(difference));

/** f of one tensor, element by element. */
const rescaled: Rule<OpName, Beside> = (back, node, at) => {
  const x = argumentOf(node, at) ?? at.refuse(node);
  const difference = sub(x, at.reference(x));
  const none = isNone(difference);
  const slope = div(sub(node, at.reference(node)), where(none, constant(1), difference));
  return [[x, where(none, grad(node, [x], back)[0], mul(back, slope))]];
};

/** Linear where one factor is the network's own; else the product may belong to an activation function of one tensor. */
const product: Rule<OpName, Beside> = (back, node, at) => {
  const own = following(node, at);
  return (own.length === 1 && (node.op !== 'div' || own[0] === node.inputs[0]) ? linear : rescaled)(back, node, at);
};

const rescaledRelu: Rule<'relu', Beside> = (back, { inputs: [a] }, at) => {
  const b = at.reference(a);
  const difference = sub(a, b);
  const both = mul(step(a), step(b)), either = max(step(a), step(b));
  const crossing = where(either, div(relu(max(a, b)), abs(difference)), zero());
  const slope = where(both, constant(1), crossing);
  return [[a, mul(back, where(isNone(difference), step(a), slope))]];
};

const rescaledPool: Rule<'poolGather', Beside> = (back, node, at) => {
  const { inputs: [x, tap], attrs } = node;
  const [x0, o0] = [at.reference(x), at.reference(node)];
  const top = max(node, o0);
  const windows = { ...attrs, input: [x.shape[2], x.shape[3]] as const };
  const own = poolScatter(mul(back, sub(top, o0)), tap, windows);
  const others = poolScatter(mul(back, sub(node, top)), at.reference(tap), windows);
  const difference = sub(x, x0);
  const safe = where(equal(difference, zero()), constant(1), difference);
  return [[x, where(isNone(difference), poolScatter(back, tap, windows), div(add(own, others), safe))]];
};

const RULES: Rules<Beside> = {
  ...each(SOURCES, () => []),
  ...each(MOVES, linear),
  ...each(SUMS, linear),
  ...each(PRODUCTS, product),
  ...each(FUNCTIONS, rescaled),
  ...each(STEPS, refused),
  ...each(NO_LAYERS, refused),
  maximum: refused,
  neg: linear,
  add: linear,
  sub: linear,
  mul: product,
  div: product,
  relu: rescaledRelu,
  poolGather: rescaledPool,
};

/**
 * For `graph` (its input [N,C,H,W]), a reference of the input's shape and weights [N, classes] of the logits: each pixel's part of
 * the weighted logits' difference, of the input's shape, and the logits of the reference. Throws a sentence that names the node
 * where DeepLift says nothing about an op.
 */
export function deepLift(graph: NetworkGraph, reference: Node, weights: Node): { map: Node; start: Node } {
  const { input, logits } = graph;
  const other = twins(logits, input, reference);
  const on = followers(logits, input);
  const at: Beside = {
    follows: (node) => on.has(node),
    reference: (node) => other.get(node) ?? node,
    refuse: (node) => {
      throw refusal('DeepLift', graph, node);
    },
  };
  const [multiplier] = grad(logits, [input], weights, wayBack(RULES, at));
  return { map: mul(sub(input, reference), multiplier), start: at.reference(logits) };
}
