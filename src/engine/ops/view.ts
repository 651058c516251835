/** The same elements seen otherwise. A view costs nothing: it becomes the index map of whoever reads it. */
import { broadcastShapes, sameShape, size } from '../graph.js';
import type { OpTable, ViewAxis } from '../rules.js';

const straight = (axis: number): ViewAxis => ({ axis, step: 1, offset: 0 });

export const VIEW: OpTable<'reshape' | 'detach' | 'transpose' | 'slice' | 'flip' | 'broadcast'> = {
  reshape: {
    shape: ([x], { shape }) => {
      if (size(x) !== size(shape)) throw new Error(`reshape: [${x}] has ${size(x)} elements, [${shape}] has ${size(shape)}`);
      return [...shape];
    },
    run: { kind: 'alias' },
  },
  /** Its input, taken as a constant by differentiation. */
  detach: { shape: ([x]) => [...x], run: { kind: 'alias' } },
  transpose: {
    shape: ([x], { perm }) => {
      if (perm.length !== x.length || new Set(perm).size !== x.length || perm.some((p) => !(p >= 0 && p < x.length))) {
        throw new Error(`transpose: [${perm}] is not an order of the ${x.length} dimensions of [${x}]`);
      }
      return perm.map((p) => x[p]);
    },
    run: { kind: 'view', axes: ({ attrs: { perm } }) => perm.map((_, k) => straight(perm.indexOf(k))) },
  },
  slice: {
    shape: ([x], { starts, steps, sizes }) => {
      x.forEach((d, k) => {
        const last = starts[k] + (sizes[k] - 1) * steps[k];
        if (!(starts[k] >= 0 && steps[k] >= 1 && (sizes[k] === 0 || last < d))) {
          throw new Error(`slice: start ${starts[k]}, step ${steps[k]}, size ${sizes[k]} leave dimension ${k} of [${x}]`);
        }
      });
      return [...sizes];
    },
    run: { kind: 'view', axes: ({ attrs: { starts, steps } }) => starts.map((offset, axis) => ({ axis, step: steps[axis], offset })) },
  },
  flip: {
    shape: ([x], { axes }) => {
      if (axes.some((a) => !(a >= 0 && a < x.length))) throw new Error(`flip: axes [${axes}] are not among the ${x.length} of [${x}]`);
      return [...x];
    },
    run: {
      kind: 'view',
      axes: ({ shape, attrs: { axes } }) =>
        shape.map((d, axis) => (axes.includes(axis) ? { axis, step: -1, offset: d - 1 } : straight(axis))),
    },
  },
  broadcast: {
    shape: ([x], { shape }) => {
      if (!sameShape(broadcastShapes('broadcast', x, shape), shape)) {
        throw new Error(`broadcast: [${x}] does not stretch to [${shape}]`);
      }
      return [...shape];
    },
    run: {
      kind: 'view',
      axes: ({ shape, inputs: [x] }) => {
        const lead = shape.length - x.shape.length;
        return x.shape.map((d, k) => (d === 1 ? { axis: null, step: 0, offset: 0 } : straight(k + lead)));
      },
    },
  },
};
