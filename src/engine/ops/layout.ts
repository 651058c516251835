/** Elements placed elsewhere: padding (also between elements), concatenation, and choice by a table of indices. */
import { size, type Shape } from '../graph.js';
import { kernels, type OpTable } from '../rules.js';
import { padKernel, takeKernel, takeTransposeKernel } from '../../kernels/layout.js';

const withExtent = (s: Shape, axis: number, d: number): number[] => s.map((v, k) => (k === axis ? d : v));

export const LAYOUT: OpTable<'pad' | 'concat' | 'take' | 'takeTranspose'> = {
  pad: {
    shape: ([x], { low, high, interior }) =>
      x.map((d, k) => {
        const out = low[k] + high[k] + d + Math.max(0, d - 1) * interior[k];
        if (!(out >= 0) || interior[k] < 0) {
          throw new Error(`pad: low ${low[k]}, high ${high[k]}, interior ${interior[k]} do not fit dimension ${k} of [${x}]`);
        }
        return out;
      }),
    run: kernels(['x'], (target, { inputs: [x], shape, attrs }, finish) => padKernel(target, x.shape, shape, attrs, finish)),
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
      return withExtent(first, axis, inputs.reduce((t, s) => t + s[axis], 0));
    },
    run: { kind: 'concatenation' },
  },
  take: {
    shape: ([x, indices], { axis }) => {
      if (!(axis >= 0 && axis < x.length) || indices.length !== 1) {
        throw new Error(`take: axis ${axis} of [${x}] with indices [${indices}]`);
      }
      return withExtent(x, axis, size(indices));
    },
    run: kernels(['x', 'indices'],
      (target, { inputs: [x, indices], attrs }, finish) => takeKernel(target, x.shape, attrs.axis, indices.shape[0], finish)),
  },
  takeTranspose: {
    shape: ([g, indices], { axis, extent }) => {
      if (indices.length !== 1 || g[axis] !== indices[0]) {
        throw new Error(`takeTranspose: axis ${axis} of [${g}] with indices [${indices}]`);
      }
      return withExtent(g, axis, extent);
    },
    run: kernels(['g', 'indices'],
      (target, { inputs: [g], attrs }, finish) => takeTransposeKernel(target, g.shape, attrs.axis, attrs.extent, finish)),
  },
};
