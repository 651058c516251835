/** Sums and maxima over whole dimensions, which stay in the shape with extent 1. */
import { kernels, type OpRule, type OpTable } from '../rules.js';
import { reduceKernels } from '../../kernels/reduce.js';

function rule<K extends 'sum' | 'maximum'>(kind: 'sum' | 'max'): OpRule<K> {
  return {
    shape: ([x], { axes }) => {
      if (axes.some((a) => !(a >= 0 && a < x.length))) {
        throw new Error(`reduction: axes [${axes}] are not among the ${x.length} of [${x}]`);
      }
      return x.map((d, k) => (axes.includes(k) ? 1 : d));
    },
    run: kernels(['x'], (target, { inputs: [x], attrs }, finish) => reduceKernels(target, kind, x.shape, attrs.axes, finish)),
  };
}

export const REDUCE: OpTable<'sum' | 'maximum'> = { sum: rule('sum'), maximum: rule('max') };
