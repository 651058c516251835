/** Reductions, products and convolutions: one line per case. */
import * as b from '../../../src/engine/builder.js';
import type { ConvAttrs } from '../../../src/engine/attrs.js';
import type { Aggregation } from '../../../src/kernels/filter-saliency.js';
import { EXACT, sumOf } from '../../../reference/tolerances.js';
import type { Case } from '../../support/check.js';
import { apart, uniform } from '../../../reference/random.js';

type Matrix = 'sum' | 'maximum' | 'matmul' | 'conv' | 'convInputGrad' | 'convWeightGrad' | 'filterSaliency';

const total = (shape: number[], axes?: number[]): Case => ({
  name: `sum [${shape}] over ${axes ?? 'all'}`,
  inputs: [uniform(shape)],
  build: (x) => b.sum(b.mul(x, x), axes),
  value: sumOf(shape.reduce((p, q) => p * q, 1)),
});
const largest = (shape: number[], axes?: number[]): Case => ({
  name: `maximum [${shape}] over ${axes ?? 'all'}`,
  inputs: [apart(shape)],
  build: (x) => {
    const m = b.maximum(x, axes);
    return b.mul(m, m);
  },
  value: EXACT,
});

const product = (a: number[], c: number[], transA: boolean, transB: boolean): Case => {
  const terms = a[a.length - (transA ? 2 : 1)];
  return {
    name: `matmul [${a}]${transA ? "'" : ''} [${c}]${transB ? "'" : ''}`,
    inputs: [uniform(a), uniform(c)],
    build: (x, y) => b.matmul(x, y, { transA, transB }),
    value: sumOf(terms),
    gradient: sumOf(64),
    second: sumOf(64),
  };
};

/** A convolution's sizes, briefly. */
interface Sizes {
  readonly x: readonly [number, number, number, number];
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly pads?: readonly [number, number, number, number];
  readonly groups?: number;
  readonly large?: true;
}

/**
 * Chosen so that every residue class, border and group boundary of the kernels is met by small shapes. Most have 3 or 4
 * filters and channels per group: compiling a kernel costs far more here than running it, and these share theirs.
 */
const CONVOLUTIONS: Record<string, Sizes> = {
  '3x3': { x: [2, 3, 6, 5], filters: 4, kernel: [3, 3], pads: [1, 1, 1, 1] },
  '1x1': { x: [2, 3, 3, 3], filters: 4, kernel: [1, 1] },
  '1x1/2': { x: [1, 4, 5, 6], filters: 3, kernel: [1, 1], stride: [2, 2] },
  '3x3/2': { x: [1, 3, 7, 8], filters: 3, kernel: [3, 3], stride: [2, 2], pads: [1, 1, 1, 1] },
  '2x3 asymmetric pads': { x: [1, 3, 5, 4], filters: 3, kernel: [2, 3], stride: [1, 2], pads: [0, 2, 1, 1] },
  '3x3 negative pads': { x: [1, 3, 8, 7], filters: 3, kernel: [3, 3], pads: [-1, 1, -2, -1] },
  '3x2 dilated': { x: [2, 3, 9, 6], filters: 3, kernel: [3, 2], dilation: [2, 3], pads: [2, 0, 1, 1] },
  '3x3/2 dilated': { x: [1, 3, 9, 8], filters: 3, kernel: [3, 3], stride: [2, 3], dilation: [2, 2], pads: [2, 1, 2, 1] },
  '3x3 in 2 groups': { x: [2, 6, 4, 5], filters: 8, kernel: [3, 3], pads: [1, 1, 1, 1], groups: 2 },
  '3x3/2 depthwise': { x: [2, 5, 5, 5], filters: 5, kernel: [3, 3], stride: [2, 2], pads: [1, 1, 1, 1], groups: 5 },
  'depthwise, 3 filters each': { x: [1, 2, 4, 4], filters: 6, kernel: [2, 2], groups: 2 },
  '7x7/4': { x: [1, 3, 11, 13], filters: 4, kernel: [7, 7], stride: [4, 4], pads: [3, 3, 3, 3] },
  'the whole picture': { x: [3, 3, 3, 4], filters: 4, kernel: [3, 4] },
  'stride wider than kernel': { x: [1, 3, 7, 7], filters: 3, kernel: [2, 2], stride: [3, 3] },
  'many channels': { x: [2, 19, 3, 3], filters: 37, kernel: [3, 3], pads: [1, 1, 1, 1], large: true },
};

const geometry = (s: Sizes): ConvAttrs => ({ stride: s.stride ?? [1, 1], dilation: s.dilation ?? [1, 1], pads: s.pads ?? [0, 0, 0, 0],
  groups: s.groups ?? 1 });
const weightOf = (s: Sizes): number[] => [s.filters, s.x[1] / (s.groups ?? 1), ...s.kernel];
const outputOf = (s: Sizes): number[] => b.conv(b.input('x', s.x), b.input('w', weightOf(s)), geometry(s)).shape.slice();
const termsOf = (s: Sizes): number => Math.max(weightOf(s).reduce((p, q) => p * q, 1), outputOf(s).reduce((p, q) => p * q, 1));

function convolutions(op: string, build: (s: Sizes) => Pick<Case, 'inputs' | 'build'>, only = Object.keys(CONVOLUTIONS)): Case[] {
  return only.map((name) => {
    const s = CONVOLUTIONS[name];
    return { name: `${op} ${name}`, ...build(s), derivatives: !s.large ? undefined : op === 'conv' ? 1 : 0, value: sumOf(termsOf(s)),
      gradient: sumOf(termsOf(s)), second: sumOf(termsOf(s)) };
  });
}

const saliencies = (aggregation: Aggregation, only: string[]): Case[] =>
  convolutions(`filterSaliency ${aggregation}`, (s) => ({
    inputs: [uniform(s.x), uniform(outputOf(s))],
    build: (x, d) => b.filterSaliency(x, d, { ...geometry(s), kernel: s.kernel, aggregation }),
  }), only);

export const MATRIX: Record<Matrix, Case[]> = {
  sum: [total([4, 5]), total([3, 4, 5], [1]), total([3, 4, 5], [0, 2]), total([2, 1, 7], [2]), total([1, 1100], [1])],
  maximum: [largest([4, 5]), largest([3, 4, 5], [1]), largest([2, 3, 4], [0, 2])],
  matmul: [
    ...[false, true].flatMap((p) => [false, true].map((q) => product(p ? [4, 3] : [3, 4], q ? [3, 4] : [4, 3], p, q))),
    product([2, 3, 4], [2, 4, 4], false, false),
    product([3, 4], [2, 4, 3], false, false),
    product([2, 3, 4], [4, 4], false, true),
    product([2, 4, 3], [1, 4, 3], true, false),
    product([1, 1, 3, 4], [2, 4, 3], false, false),
    product([1, 7], [7, 1], false, false),
    product([1, 1], [1, 4], false, false),
    { ...product([33, 70], [70, 17], false, false), derivatives: 1 as const },
  ],
  conv: convolutions('conv', (s) => ({ inputs: [uniform(s.x), uniform(weightOf(s))], build: (x, w) => b.conv(x, w, geometry(s)) })),
  convInputGrad: convolutions('convInputGrad', (s) => ({
    inputs: [uniform(outputOf(s)), uniform(weightOf(s))],
    build: (d, w) => b.convInputGrad(d, w, { ...geometry(s), input: s.x }),
  }), ['3x3/2', '3x3 negative pads', '3x3/2 dilated', '3x3 in 2 groups']),
  convWeightGrad: convolutions('convWeightGrad', (s) => ({
    inputs: [uniform(s.x), uniform(outputOf(s))],
    build: (x, d) => b.convWeightGrad(x, d, { ...geometry(s), kernel: s.kernel }),
  }), ['3x3', '1x1', '2x3 asymmetric pads', 'depthwise, 3 filters each']),
  filterSaliency: [
    ...saliencies('mean-abs', ['3x3', '1x1', '3x3/2', '3x3 in 2 groups', '3x3/2 depthwise', '3x2 dilated', 'the whole picture',
      'many channels']),
    ...saliencies('abs-mean', ['3x3']),
  ],
};
