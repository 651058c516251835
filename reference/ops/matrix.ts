/** Matrix products and reductions. */
import { at, build, stretched, type Table, type Tensor } from '../tensor.js';

/** Folds x over the axes, which stay with extent 1. */
function reduce(x: Tensor, shape: readonly number[], start: number, join: (a: number, b: number) => number): Float64Array {
  const out = build(shape, () => start);
  build(x.shape, (c) => {
    const o = at(shape, c.map((v, k) => (shape[k] === 1 ? 0 : v)));
    out[o] = join(out[o], x.data[at(x.shape, c)]);
    return 0;
  });
  return out;
}

export const MATRIX: Table<'matmul' | 'sum' | 'maximum'> = {
  matmul: ([a, b], { attrs: { transA, transB }, shape }) => {
    const inner = a.shape[a.shape.length - (transA ? 2 : 1)];
    const element = (x: Tensor, lead: readonly number[], row: number, column: number, transposed: boolean): number =>
      stretched(x, [...lead.slice(Math.max(0, lead.length - (x.shape.length - 2))), ...(transposed ? [column, row] : [row, column])]);
    return build(shape, (c) => {
      const lead = c.slice(0, -2);
      const [row, column] = c.slice(-2);
      let total = 0;
      for (let k = 0; k < inner; k++) total += element(a, lead, row, k, transA) * element(b, lead, k, column, transB);
      return total;
    });
  },
  sum: ([x], n) => reduce(x, n.shape, 0, (p, q) => p + q),
  maximum: ([x], n) => reduce(x, n.shape, -Infinity, Math.max),
};
