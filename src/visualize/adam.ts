/**
 * A step of Adam as graph and updates (Kingma and Ba, arXiv 1412.6980, algorithm 1): planned once, each run of the plan is one step.
 *   m' = b1 m + (1 - b1) g,   v' = b2 v + (1 - b2) g^2,   w' = w - rate (m' / (1 - b1^t)) / (sqrt(v' / (1 - b2^t)) + epsilon)
 * The powers of b1 and b2 at step t are numbers of the host (`adamFactors`), so that the plan is the same for every step.
 */
import * as b from '../engine/builder.js';
import type { Node } from '../engine/graph.js';

const B1 = 0.9, B2 = 0.999, EPSILON = 1e-8;

export interface AdamStep {
  /** For PlanOptions.updates: the weight, and its two moments. */
  readonly updates: Map<Node<'input'>, Node>;
  /** To be set to zeros in the WeightStore before the first step. */
  readonly moments: readonly Node<'input'>[];
}

/** One step against `gradient`, of the weight's shape. `factors`, [2], is what `adamFactors` gives for the step. */
export function adamStep(weight: Node<'input'>, gradient: Node, factors: Node): AdamStep {
  const moment = (name: string): Node<'input'> => b.weight(`${weight.attrs.name} (${name} moment)`, weight.shape) as Node<'input'>;
  const factor = (k: number): Node => b.slice(factors, { starts: [k], steps: [1], sizes: [1] });
  const [first, second] = [moment('first'), moment('second')];
  const decayed = (old: Node, rate: number, now: Node): Node => b.add(b.mul(b.constant(rate), old), b.mul(b.constant(1 - rate), now));
  const m = decayed(first, B1, gradient);
  const v = decayed(second, B2, b.mul(gradient, gradient));
  const length = b.add(b.sqrt(b.mul(v, factor(1))), b.constant(EPSILON));
  return {
    updates: new Map([[first, m], [second, v], [weight, b.sub(weight, b.div(b.mul(m, factor(0)), length))]]),
    moments: [first, second],
  };
}

/** rate / (1 - b1^t) and 1 / (1 - b2^t) of step t, from 1. */
export const adamFactors = (t: number, rate: number): Float32Array => Float32Array.of(rate / (1 - B1 ** t), 1 / (1 - B2 ** t));
