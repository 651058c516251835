/**
 * Guided backpropagation (Springenberg et al., arXiv 1412.6806): the gradient of a logit, but for ReLU, back through which only what is
 * positive goes, and only where ReLU let it pass: max(0, g) [x > 0]. All other ops go by their gradients.
 */
import { mul, relu, step } from '../engine/builder.js';
import { byGradient, grad, type WayBack } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';
import type { NetworkGraph } from '../saliency/network.js';

/** The guided gradient, of the input's shape, of the logits times `weights` [N, classes]. Bounds of a Clip or a HardSwish are no ReLU. */
export function guidedGradient({ input, logits, origin }: NetworkGraph, weights: Node): Node {
  const isRelu = (node: Node): boolean => node.op === 'relu' && (origin?.(node)?.op ?? 'Relu') === 'Relu';
  const back: WayBack = (g, node) => (isRelu(node) ? [[node.inputs[0], mul(relu(g), step(node))]] : byGradient(g, node));
  return grad(logits, [input], weights, back)[0];
}
