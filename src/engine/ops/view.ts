/** The same elements seen otherwise. A view costs nothing: it becomes the index map of whoever reads it. */
import { broadcastShapes, sameShape, size } from '../graph.js';
import type { OpTable } from '../rules.js';

export interface ReshapeAttrs {
  readonly shape: readonly number[];
}
/** out[c_0, c_1, ...] has dimension k = input dimension perm[k]. */
export interface TransposeAttrs {
  readonly perm: readonly number[];
}
/** out[c] = in[starts + steps * c], with out's shape `sizes`; steps at least 1. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: readonly number[];
}
export interface FlipAttrs {
  readonly axes: readonly number[];
}
export interface BroadcastAttrs {
  readonly shape: readonly number[];
}

export const VIEW: OpTable<'reshape' | 'detach' | 'transpose' | 'slice' | 'flip' | 'broadcast'> = {
  reshape: {
    shape: ([x], a) => {
      if (size(x) !== size(a.shape)) throw new Error(`reshape: [${x}] has ${size(x)} elements, [${a.shape}] has ${size(a.shape)}`);
      return [...a.shape];
    },
    grad: (b, g, n) => [b.reshape(g, n.inputs[0].shape)],
    run: { kind: 'alias' },
  },
  /** Its input, taken as a constant by differentiation. */
  detach: { shape: ([x]) => [...x], grad: () => [null], run: { kind: 'alias' } },
  transpose: {
    shape: ([x], { perm }) => {
      if (perm.length !== x.length || new Set(perm).size !== x.length || perm.some((p) => !(p >= 0 && p < x.length))) {
        throw new Error(`transpose: [${perm}] is not an order of the ${x.length} dimensions of [${x}]`);
      }
      return perm.map((p) => x[p]);
    },
    grad: (b, g, n) => [b.transpose(g, n.attrs.perm.map((_, k) => n.attrs.perm.indexOf(k)))],
    run: { kind: 'view', axes: (n) => n.attrs.perm.map((_, k) => ({ axis: n.attrs.perm.indexOf(k), step: 1, offset: 0 })) },
  },
  slice: {
    shape: ([x], a) => {
      x.forEach((d, k) => {
        const last = a.starts[k] + (a.sizes[k] - 1) * a.steps[k];
        if (!(a.starts[k] >= 0 && a.steps[k] >= 1 && (a.sizes[k] === 0 || last < d))) {
          throw new Error(`slice: start ${a.starts[k]}, step ${a.steps[k]}, size ${a.sizes[k]} leave dimension ${k} of [${x}]`);
        }
      });
      return [...a.sizes];
    },
    // The transpose of a strided slice puts each element back and zeros around and between.
    grad: (b, g, n) => {
      const { starts, steps, sizes } = n.attrs;
      const whole = n.inputs[0].shape;
      const high = whole.map((d, k) => d - starts[k] - (sizes[k] > 0 ? (sizes[k] - 1) * steps[k] + 1 : 0));
      return [b.pad(g, { low: starts, high, interior: steps.map((s) => s - 1), value: 0 })];
    },
    run: { kind: 'view', axes: (n) => n.attrs.starts.map((offset, axis) => ({ axis, step: n.attrs.steps[axis], offset })) },
  },
  flip: {
    shape: ([x], { axes }) => {
      if (axes.some((a) => !(a >= 0 && a < x.length))) throw new Error(`flip: axes [${axes}] are not among the ${x.length} of [${x}]`);
      return [...x];
    },
    grad: (b, g, n) => [b.flip(g, n.attrs.axes)],
    run: {
      kind: 'view',
      axes: (n) => n.shape.map((d, axis) => n.attrs.axes.includes(axis) ? { axis, step: -1, offset: d - 1 } : { axis, step: 1, offset: 0 }),
    },
  },
  broadcast: {
    shape: ([x], { shape }) => {
      if (!sameShape(broadcastShapes('broadcast', x, shape), shape)) throw new Error(`broadcast: [${x}] does not stretch to [${shape}]`);
      return [...shape];
    },
    grad: (b, g, n) => [b.sumTo(g, n.inputs[0].shape)],
    run: {
      kind: 'view',
      axes: (n) => {
        const x = n.inputs[0].shape;
        const lead = n.shape.length - x.length;
        return x.map((d, k) => d === 1 ? { axis: null, step: 0, offset: 0 } : { axis: k + lead, step: 1, offset: 0 });
      },
    },
  },
};
