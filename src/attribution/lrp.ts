/**
 * Layer-wise relevance propagation (Bach et al. 2015, doi 10.1371/journal.pone.0130140; these rules as in Nam et al., arXiv 1904.00605):
 * a logit is handed back, layer by layer, to what it was computed from.
 *
 *   convolution, matrix product   R_i = sum over j of p_ij R_j / sum over i of p_ij,   p_ij = max(0, x_i w_ij)     (alpha 1, beta 0)
 *   convolution of the picture    p_ij = x_i w_ij - l w_ij+ - h w_ij-,  l and h the picture's least and greatest value        (z^B)
 *   bias, batch norm, activation  R as it is
 *   choices (max pooling, slices) R to what was chosen
 *   sums of what follows          R_i = x_i (dz/dx_i) R / z
 *
 * and 0 / 0 = 0. With x+ and x- for both signs of x, p = x+ w+ + x- w-; and x w - l w+ - h w- = (x - l) w+ + (x - h) w-, in which
 * nothing cancels: both rules are the same two products.
 */
import { add, constant, div, equal, maximum, mul, neg, op, relu, sub, sum, sumTo, where } from '../engine/builder.js';
import type { OpName } from '../engine/attrs.js';
import { byGradient, grad } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';
import type { NetworkGraph } from '../saliency/network.js';
import { argumentOf, each, followers, following, FUNCTIONS, linear, MOVES, nameOf, NO_LAYERS, PRODUCTS, refusal, refused, SOURCES, STEPS,
  SUMS, wayBack, type Place, type Rule, type Rules } from './rules.js';

interface OnPicture extends Place {
  readonly picture: Node;
  /** Told of the relevance R of a node whose total z is 0 in places: what stands there ends there. */
  ends(node: Node, R: Node, z: Node): void;
}

/** Relevance that goes no further, since nothing is there to hand it to: a depthwise filter that met zeros alone, and its bias answered. */
export interface Lost {
  /** Op and name of the node. */
  readonly name: string;
  /** [N] */
  readonly amount: Node;
}

/** R / z, and 0 where z is 0. */
function ratio(node: Node, R: Node, z: Node, at: OnPicture): Node {
  at.ends(node, R, z);
  const none = equal(z, constant(0));
  return where(none, constant(0), div(R, where(none, constant(1), z)));
}

const positive = relu;
const negative = (x: Node): Node => neg(relu(neg(x)));

/** To a single operand as it is: what is added to it or multiplies it is the network's own. */
const pass: Rule<OpName, Place> = (back, node, at) => {
  const own = following(node, at);
  return [[own.length === 1 ? own[0] : argumentOf(node, at) ?? at.refuse(node), back]];
};

/** In proportion to what each operand adds. */
const proportional: Rule<OpName, OnPicture> = (back, node, at) =>
  byGradient(ratio(node, back, node, at), node).map(([to, part]) => [to, part && mul(to, sumTo(part, to.shape))]);

const sumOfTwo: Rule<OpName, OnPicture> = (back, node, at) => (following(node, at).length === 1 ? pass : proportional)(back, node, at);

/** A function of one tensor passes on what it has, an extremum of several gives it to the greatest. */
const extremum: Rule<OpName, OnPicture> = (back, node, at) => (argumentOf(node, at) ? pass : proportional)(back, node, at);

const weighted: Rule<(typeof PRODUCTS)[number], OnPicture> = (back, node, at) => {
  const { inputs, attrs } = node;
  if (following(node, at).length !== 1) at.refuse(node);
  const k = at.follows(inputs[0]) ? 0 : 1;
  const [x, w] = [inputs[k], inputs[1 - k]];
  const parts = partsOf(x, node.op === 'conv' && isPicture(x, at)).map(({ share, sign }) => {
    const own = sign(w);
    const z: Node = op(node.op, k === 0 ? [share, own] : [own, share], attrs);
    return { share, z };
  });
  const s = ratio(node, back, parts.map(({ z }) => z).reduce(add), at);
  return [[x, parts.map(({ share, z }) => mul(share, byGradient(s, z)[k][1]!)).reduce(add)]];
};

/** What positive and what negative weights are multiplied with. */
function partsOf(x: Node, ofPicture: boolean): readonly { readonly share: Node; readonly sign: (w: Node) => Node }[] {
  if (ofPicture) {
    const axes = x.shape.map((_, d) => d).slice(1);
    return [{ share: sub(x, neg(maximum(neg(x), axes))), sign: positive }, { share: sub(x, maximum(x, axes)), sign: negative }];
  }
  if (isNotNegative(x)) return [{ share: x, sign: positive }];
  return [{ share: positive(x), sign: positive }, { share: negative(x), sign: negative }];
}

/** The picture, in whatever order its axes are. */
function isPicture(x: Node, at: OnPicture): boolean {
  return x === at.picture || ((x.op === 'transpose' || x.op === 'reshape') && isPicture(x.inputs[0], at));
}

/** Whether no element can be below 0, as far as it shows. */
function isNotNegative(x: Node): boolean {
  switch (x.op) {
    case 'relu':
    case 'sigmoid':
    case 'abs':
      return true;
    case 'constant':
      return (x as Node<'constant'>).attrs.value >= 0;
    case 'literal':
      return (x as Node<'literal'>).attrs.values.every((v) => v >= 0);
    case 'pad':
      return (x as Node<'pad'>).attrs.value >= 0 && isNotNegative(x.inputs[0]);
    case 'poolGather':
    case 'take':
      return isNotNegative(x.inputs[0]);
    case 'add':
    case 'mul':
    case 'sum':
    case 'windowSum':
    case 'maximum':
    case 'concat':
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'flip':
    case 'broadcast':
      return x.inputs.every(isNotNegative);
    default:
      return false;
  }
}

const RULES: Rules<OnPicture> = {
  ...each(SOURCES, () => []),
  ...each(MOVES, linear),
  ...each(SUMS, proportional),
  ...each(PRODUCTS, refused),
  ...each(FUNCTIONS, pass),
  ...each(STEPS, refused),
  ...each(NO_LAYERS, refused),
  max: extremum,
  min: extremum,
  maximum: proportional,
  neg: pass,
  add: sumOfTwo,
  sub: sumOfTwo,
  mul: pass,
  div: pass,
  relu: pass,
  poolGather: linear,
  matmul: weighted,
  conv: weighted,
  convInputGrad: weighted,
};

/**
 * The relevance of each pixel, of the input's shape [N,C,H,W], for the logits times `weights` [N, classes], and what of it is lost on the
 * way: all together they are the weighted logits. Throws a sentence that names the node where there is no rule for an op.
 */
export function relevance(graph: NetworkGraph, weights: Node): { map: Node; lost: readonly Lost[] } {
  const { input, logits } = graph;
  const on = followers(logits, input);
  const lost: Lost[] = [];
  const at: OnPicture = {
    picture: input,
    follows: (node) => on.has(node),
    refuse: (node) => {
      throw refusal('LRP', graph, node);
    },
    ends: (node, R, z) => {
      const left = where(equal(z, constant(0)), R, constant(0));
      lost.push({ name: nameOf(graph, node), amount: sum(left, left.shape.map((_, k) => k).slice(1)) });
    },
  };
  const [map] = grad(logits, [input], mul(logits, weights), wayBack(RULES, at));
  return { map, lost };
}
