/**
 * Stochastic gradient descent with momentum and weight decay, as graph and updates: planned once, each run of the plan
 * is one step. The rule is PyTorch's (torch.optim.SGD, no dampening):
 *   v' = momentum v + g + decay w,   w' = w - rate v'
 */
import * as b from './builder.js';
import { grad } from './grad.js';
import type { Node } from './graph.js';

export interface SgdOptions {
  /** A scalar input, so that the rate can change between steps without another plan. */
  readonly rate: Node;
  readonly momentum: number;
  readonly decay: number;
}

export interface SgdStep {
  /** For PlanOptions.updates. */
  readonly updates: Map<Node<'input'>, Node>;
  /** The velocities, to be set to zeros in the WeightStore before the first step. */
  readonly velocities: readonly Node<'input'>[];
}

/** Name of a weight's velocity in the WeightStore. */
export const velocityName = (weight: string): string => `${weight} (velocity)`;

/** One step that lowers `loss` (one element) in `weights`. Throws where the loss does not depend on one of them. */
export function sgdStep(loss: Node, weights: readonly Node<'input'>[], { rate, momentum, decay }: SgdOptions): SgdStep {
  const gradients = grad(loss, weights);
  const updates = new Map<Node<'input'>, Node>();
  const velocities: Node<'input'>[] = [];
  weights.forEach((w, k) => {
    const g = decay === 0 ? gradients[k] : b.add(gradients[k], b.mul(b.constant(decay), w));
    let v = g;
    if (momentum !== 0) {
      const old = b.weight(velocityName(w.attrs.name), w.shape);
      v = b.add(b.mul(b.constant(momentum), old), g);
      velocities.push(old);
      updates.set(old, v);
    }
    updates.set(w, b.sub(w, b.mul(rate, v)));
  });
  return { updates, velocities };
}
