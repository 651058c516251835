/** Factors per channel that weights alone decide, as a folded batch norm leaves them in gradients. */
import { dependsOnData, size, type Node } from '../../engine/graph.js';

/**
 * x [N,K,H,W] as rest times factor, where x is such a product: the factor has one value for every channel. What is linear in x takes
 * the factor elsewhere, to where there are fewer numbers, or into weights.
 */
export function withoutFactor(x: Node): { readonly rest: Node; readonly factor: Node | null } {
  if (x.op === 'mul' && x.shape.length === 4) {
    const [a, b] = x.inputs;
    for (const [rest, factor] of [[a, b], [b, a]]) {
      const { shape } = factor;
      const channel = shape.length - 3;
      const perChannel = channel >= 0 && shape[channel] === x.shape[1] && size(shape) === x.shape[1];
      if (perChannel && String(rest.shape) === String(x.shape) && !dependsOnData(factor)) return { rest, factor };
    }
  }
  return { rest: x, factor: null };
}
