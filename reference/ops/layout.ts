/** Elements seen or placed elsewhere. Each rule says, for coordinates of the result, where its value comes from. */
import { at, build, stretched, type Table } from '../tensor.js';

type Layout = 'reshape' | 'detach' | 'transpose' | 'slice' | 'flip' | 'broadcast' | 'pad' | 'concat' | 'take' | 'takeTranspose';

export const LAYOUT: Table<Layout> = {
  reshape: ([x]) => x.data,
  detach: ([x]) => x.data,
  transpose: ([x], n) =>
    build(n.shape, (c) => {
      const from = x.shape.map(() => 0);
      n.attrs.perm.forEach((p, k) => {
        from[p] = c[k];
      });
      return x.data[at(x.shape, from)];
    }),
  slice: ([x], n) => build(n.shape, (c) => x.data[at(x.shape, c.map((v, k) => n.attrs.starts[k] + v * n.attrs.steps[k]))]),
  flip: ([x], n) => build(n.shape, (c) => x.data[at(x.shape, c.map((v, k) => (n.attrs.axes.includes(k) ? x.shape[k] - 1 - v : v)))]),
  broadcast: ([x], n) => build(n.shape, (c) => stretched(x, c)),
  pad: ([x], n) => {
    const { low, interior, value } = n.attrs;
    return build(n.shape, (c) => {
      const from = c.map((v, k) => (v - low[k]) / (interior[k] + 1));
      return from.every((v, k) => Number.isInteger(v) && v >= 0 && v < x.shape[k]) ? x.data[at(x.shape, from)] : value;
    });
  },
  concat: (inputs, { attrs: { axis }, shape }) =>
    build(shape, (c) => {
      const from = [...c];
      for (const x of inputs) {
        if (from[axis] < x.shape[axis]) return x.data[at(x.shape, from)];
        from[axis] -= x.shape[axis];
      }
      throw new Error('reference: concat ran out of inputs');
    }),
  take: ([x, indices], { attrs: { axis }, shape }) =>
    build(shape, (c) => x.data[at(x.shape, c.map((v, k) => (k === axis ? indices.data[v] : v)))]),
  takeTranspose: ([g, indices], { attrs: { axis }, shape }) =>
    build(shape, (c) => {
      let total = 0;
      indices.data.forEach((e, i) => {
        if (e === c[axis]) total += g.data[at(g.shape, c.map((v, k) => (k === axis ? i : v)))];
      });
      return total;
    }),
};
