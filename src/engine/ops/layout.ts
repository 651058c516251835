/** Elements placed elsewhere: padding (also between elements), concatenation, and choice by a table of indices. */
import { size, type Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { padKernel, takeKernel, takeTransposeKernel } from '../../kernels/layout.js';

/** Per dimension: `low` before, `high` after (negative crops), `interior` between neighbours; filled with `value`. */
export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}
export interface ConcatAttrs {
  readonly axis: number;
}
/** Inputs: x, indices [n] (whole numbers as float32). out[.., k, ..] = x[.., indices[k], ..]. */
export interface TakeAttrs {
  readonly axis: number;
}
/** Inputs: g, indices. out[.., e, ..] = sum of g[.., k, ..] over k with indices[k] = e; `extent` is the axis' size in out. */
export interface TakeTransposeAttrs {
  readonly axis: number;
  readonly extent: number;
}

const along = (s: Shape, axis: number, d: number): number[] => s.map((v, k) => (k === axis ? d : v));

export const LAYOUT: OpTable<'pad' | 'concat' | 'take' | 'takeTranspose'> = {
  pad: {
    shape: ([x], a) =>
      x.map((d, k) => {
        const out = a.low[k] + a.high[k] + d + Math.max(0, d - 1) * a.interior[k];
        if (!(out >= 0) || a.interior[k] < 0) {
          throw new Error(
            `pad: low ${a.low[k]}, high ${a.high[k]}, interior ${a.interior[k]} do not fit dimension ${k} of [${x}]`
          );
        }
        return out;
      }),
    // Undo the outer padding (cropping where it was added, padding where it cropped), then pick every (interior+1)-th.
    grad: (b, g, n) => {
      const x = n.inputs[0].shape;
      const { low, high, interior } = n.attrs;
      const whole = b.pad(g, { low: low.map((v) => -v), high: high.map((v) => -v), interior: x.map(() => 0), value: 0 });
      return [b.slice(whole, { starts: x.map(() => 0), steps: interior.map((v) => v + 1), sizes: x })];
    },
    run: { kind: 'kernels', operands: () => ['x'], lower: (t, n, finish) => padKernel(t, n.inputs[0].shape, n.shape, n.attrs, finish) },
  },
  concat: {
    shape: (inputs, { axis }) => {
      const [first] = inputs;
      if (!first || !(axis >= 0 && axis < first.length)) throw new Error(`concat: axis ${axis} is not a dimension of [${first ?? []}]`);
      for (const s of inputs) {
        if (s.length !== first.length || s.some((d, k) => k !== axis && d !== first[k])) {
          throw new Error(`concat: [${first}] and [${s}] differ outside axis ${axis}`);
        }
      }
      return along(first, axis, inputs.reduce((t, s) => t + s[axis], 0));
    },
    grad: (b, g, n) => {
      let start = 0;
      return n.inputs.map((x) => {
        const starts = x.shape.map((_, k) => (k === n.attrs.axis ? start : 0));
        start += x.shape[n.attrs.axis];
        return b.slice(g, { starts, steps: x.shape.map(() => 1), sizes: x.shape });
      });
    },
    run: { kind: 'pieces' },
  },
  take: {
    shape: ([x, indices], { axis }) => {
      if (!(axis >= 0 && axis < x.length) || indices.length !== 1) {
        throw new Error(`take: axis ${axis} of [${x}] with indices [${indices}]`);
      }
      return along(x, axis, size(indices));
    },
    grad: (b, g, n) => [b.takeTranspose(g, n.inputs[1], { axis: n.attrs.axis, extent: n.inputs[0].shape[n.attrs.axis] }), null],
    run: {
      kind: 'kernels',
      operands: () => ['x', 'indices'],
      lower: (t, n, finish) => takeKernel(t, n.inputs[0].shape, n.attrs.axis, n.inputs[1].shape[0], finish),
    },
  },
  takeTranspose: {
    shape: ([g, indices], a) => {
      if (indices.length !== 1 || g[a.axis] !== indices[0]) {
        throw new Error(`takeTranspose: axis ${a.axis} of [${g}] with indices [${indices}]`);
      }
      return along(g, a.axis, a.extent);
    },
    grad: (b, g, n) => [b.take(g, n.inputs[1], { axis: n.attrs.axis }), null],
    run: {
      kind: 'kernels',
      operands: () => ['g', 'indices'],
      lower: (t, n, finish) => takeTransposeKernel(t, n.inputs[0].shape, n.attrs.axis, n.attrs.extent, finish),
    },
  },
};
