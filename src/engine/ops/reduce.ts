/** Sums and maxima over whole dimensions, which stay in the shape with extent 1. */
import type { Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { reduceKernels } from '../../kernels/reduce.js';

export interface ReduceAttrs {
  readonly axes: readonly number[];
}

function reducedShape(x: Shape, axes: readonly number[]): number[] {
  if (axes.some((a) => !(a >= 0 && a < x.length))) throw new Error(`reduction: axes [${axes}] are not among the ${x.length} of [${x}]`);
  return x.map((d, k) => axes.includes(k) ? 1 : d);
}

export const REDUCE: OpTable<'sum' | 'maximum'> = {
  sum: {
    shape: ([x], a) => reducedShape(x, a.axes),
    grad: (b, g, n) => [b.broadcast(g, n.inputs[0].shape)],
    run: {
      kind: 'kernels',
      operands: () => ['x'],
      lower: (target, n, finish) => reduceKernels(target, 'sum', n.inputs[0].shape, n.attrs.axes, finish),
    },
  },
  // Equal maxima share the gradient, as PyTorch's amax does.
  maximum: {
    shape: ([x], a) => reducedShape(x, a.axes),
    grad: (b, g, n) => {
      const hit = b.equal(n.inputs[0], n);
      return [b.mul(b.div(g, b.sum(hit, n.attrs.axes)), hit)];
    },
    run: {
      kind: 'kernels',
      operands: () => ['x'],
      lower: (target, n, finish) => reduceKernels(target, 'max', n.inputs[0].shape, n.attrs.axes, finish),
    },
  },
};
