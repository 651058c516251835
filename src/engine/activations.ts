/**
 * Activations as compositions of the engine's ops, so that first and second derivatives come from the rules of these. Where a derivative
 * jumps, its value at the corner is that of the note they were declared in: relu' (0) = 0, selu' (0) the left one, smelu'' (+-beta) = 0.
 */
import { add, constant, div, equal, erf, exp, greater, mul, neg, relu, sigmoid, softplus, sub, tanh, where } from './builder.js';
import type { Node } from './graph.js';

/** Of Klambauer et al. (arXiv 1706.02515). */
export const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 } as const;

export const ACTIVATIONS = ['identity', 'relu', 'smelu', 'softplus', 'swish', 'gelu', 'tanh', 'selu'] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

/** Those that have a beta; the others pass it over. */
export const WITH_BETA: readonly ActivationName[] = ['smelu', 'softplus', 'swish'];

const atLeast = (x: Node, y: Node): Node => add(greater(x, y), equal(x, y));

/**
 * Smooth ReLU of half-width beta > 0 (Shamir, Lin, Coviello, arXiv 2010.09931): 0 below -beta, (x + beta)^2 / (4 beta) between, x above:
 * ReLU convolved with a box.
 */
export function smelu(x: Node, beta: number): Node {
  const b = constant(beta), moved = add(x, b);
  const between = mul(mul(moved, moved), constant(1 / (4 * beta)));
  return where(atLeast(x, b), x, where(atLeast(neg(b), x), constant(0), between));
}

/** log(1 + exp(beta x)) / beta: ReLU convolved with the logistic density; pi / b is as wide as SmeLU of b. */
export const scaledSoftplus = (x: Node, beta: number): Node => div(softplus(mul(x, constant(beta))), constant(beta));

/** x sigmoid(beta x). */
export const swish = (x: Node, beta: number): Node => mul(x, sigmoid(mul(x, constant(beta))));

/** x Phi(x), Phi the normal distribution function, by erf and not by its approximation with tanh. */
export const gelu = (x: Node): Node => mul(mul(x, constant(0.5)), add(constant(1), erf(mul(x, constant(Math.SQRT1_2)))));

/** scale x above 0, scale alpha (exp(x) - 1) else. */
export function selu(x: Node): Node {
  const positive = greater(x, constant(0));
  const below = where(positive, constant(0), x); // the branch that is not taken must not overflow; at 0 its derivative is 1
  const { scale, alpha } = SELU;
  return where(positive, mul(x, constant(scale)), mul(sub(exp(below), constant(1)), constant(scale * alpha)));
}

/** The activation of a name; `beta` > 0 of those of `WITH_BETA`. */
export function activate(name: ActivationName, x: Node, beta: number): Node {
  switch (name) {
    case 'identity':
      return x;
    case 'relu':
      return relu(x);
    case 'smelu':
      return smelu(x, beta);
    case 'softplus':
      return scaledSoftplus(x, beta);
    case 'swish':
      return swish(x, beta);
    case 'gelu':
      return gelu(x);
    case 'tanh':
      return tanh(x);
    case 'selu':
      return selu(x);
  }
}
