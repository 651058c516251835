/** Pooling and the loss: one line per case. */
import * as b from '../../../src/engine/layers.js';
import type { PoolAttrs } from '../../../src/engine/attrs.js';
import { EPSILON, EXACT, FUNCTION, sumOf } from '../../../reference/tolerances.js';
import type { Case } from '../../support/check.js';
import { apart, uniform, whole } from '../../../reference/random.js';

type Pool = 'maxPoolTap' | 'poolGather' | 'poolScatter' | 'windowSum' | 'windowSpread';

interface Windows {
  readonly x: readonly [number, number, number, number];
  readonly attrs: PoolAttrs;
}

export const WINDOWS: Record<string, Windows> = {
  '2x2/2': { x: [2, 3, 6, 4], attrs: { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [3, 2] } },
  '3x3/2, padded': { x: [1, 2, 5, 7], attrs: { kernel: [3, 3], stride: [2, 2], dilation: [1, 1], pads: [1, 1], output: [3, 4] } },
  '3x2/1x3, padded below': { x: [1, 2, 5, 6], attrs: { kernel: [3, 2], stride: [1, 3], dilation: [1, 1], pads: [0, 1], output: [4, 3] } },
  '2x2 dilated': { x: [1, 1, 6, 5], attrs: { kernel: [2, 2], stride: [1, 2], dilation: [2, 3], pads: [1, 0], output: [6, 1] } },
  'the whole picture': { x: [2, 3, 3, 3], attrs: { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], pads: [0, 0], output: [1, 1] } },
};
const over = (f: (name: string, w: Windows) => Case, only = Object.keys(WINDOWS)): Case[] => only.map((name) => f(name, WINDOWS[name]));
const PADDED = ['3x3/2, padded', '2x2 dilated'];
const outOf = (w: Windows): number[] => [w.x[0], w.x[1], ...w.attrs.output];
const tapsOf = ({ attrs }: Windows): number => attrs.kernel[0] * attrs.kernel[1];
const back = (w: Windows) => ({ ...w.attrs, input: [w.x[2], w.x[3]] as const });

export const POOL: Record<Pool, Case[]> = {
  maxPoolTap: over((name, w) => ({ name: `maxPoolTap ${name}`, inputs: [apart(w.x)], build: (x) => b.op('maxPoolTap', [x], w.attrs),
    value: EXACT, flat: true })
  ),
  poolGather: over((name, w) => ({
    name: `poolGather ${name}`,
    inputs: [uniform(w.x), whole(outOf(w), tapsOf(w))],
    build: (x, t) => b.poolGather(b.mul(x, x), t, w.attrs),
    value: EXACT,
    gradient: sumOf(tapsOf(w)),
  })),
  poolScatter: over((name, w) => ({
    name: `poolScatter ${name}`,
    inputs: [uniform(outOf(w)), whole(outOf(w), tapsOf(w))],
    build: (d, t) => b.poolScatter(b.mul(d, d), t, back(w)),
    value: sumOf(tapsOf(w)),
  })),
  windowSum: over((name, w) => ({ name: `windowSum ${name}`, inputs: [uniform(w.x)], build: (x) => b.windowSum(b.mul(x, x), w.attrs),
    value: sumOf(tapsOf(w)), gradient: sumOf(tapsOf(w)) })
  ),
  windowSpread: over((name, w) => ({ name: `windowSpread ${name}`, inputs: [uniform(outOf(w))],
    build: (d) => b.windowSpread(b.mul(d, d), back(w)), value: sumOf(tapsOf(w)) })
  ),
};

export const LOSS: Record<'crossEntropy' | 'crossEntropyGrad', Case[]> = {
  crossEntropy: [[5, 4], [3, 1], [2, 130]].map(([n, c]) => ({
    name: `crossEntropy [${n},${c}]`,
    inputs: [uniform([n, c], -4, 4), whole([n], c)],
    build: b.crossEntropy,
    value: FUNCTION,
    gradient: 2 * FUNCTION,
    second: 4 * FUNCTION,
  })),
  crossEntropyGrad: [[4, 5], [2, 70]].map(([n, c]) => ({
    name: `crossEntropyGrad [${n},${c}]`,
    inputs: [uniform([n, c], -4, 4), whole([n], c)],
    build: b.crossEntropyGrad,
    value: 2 * FUNCTION,
    gradient: 4 * FUNCTION,
    second: 8 * FUNCTION,
  })),
};

/** Compositions of the builder. */
export const COMPOSED: Case[] = [
  { name: 'clip', inputs: [apart([5, 5])], build: (x) => b.mul(b.clip(x, -0.1171875, 0.15625), x), value: EXACT },
  { name: 'clip from 0 (relu6)', inputs: [apart([30])], build: (x) => b.mul(b.clip(x, 0, 0.1875), x), value: EXACT },
  { name: 'clip above', inputs: [apart([9])], build: (x) => b.mul(b.clip(x, -Infinity, 0.03125), x), value: EXACT },
  { name: 'softmax', inputs: [uniform([3, 7], -3, 3)], build: (x) => b.softmax(x, 1), value: FUNCTION },
  { name: 'softmax in the middle', inputs: [uniform([2, 5, 3], -3, 3)], build: (x) => b.softmax(x, 1), value: FUNCTION },
  { name: 'logSoftmax', inputs: [uniform([3, 7], -3, 3)], build: (x) => b.logSoftmax(x, 1), value: FUNCTION },
  { name: 'mean', inputs: [uniform([2, 3, 4])], build: (x) => b.mean(b.mul(x, x), [0, 2]), value: sumOf(8) },
  { name: 'sumTo', inputs: [uniform([2, 3, 4])], build: (x) => b.sumTo(b.mul(x, x), [3, 1]), value: sumOf(8) },
  {
    name: 'batchNorm',
    inputs: [uniform([2, 3, 2, 3]), uniform([3]), uniform([3]), uniform([3]), uniform([3], 0.2, 2)],
    build: (x, gamma, beta, mean, variance) => b.batchNorm(x, gamma, beta, mean, variance, 1e-5),
    value: 4 * EPSILON,
  },
  // Its derivatives subtract means of the derivatives from themselves: what is left is smaller than what was rounded.
  {
    name: 'batchNormTraining',
    inputs: [uniform([3, 2, 2, 3]), uniform([2], 0.5, 2), uniform([2])],
    build: (x, gamma, beta) => b.batchNormTraining(x, gamma, beta, 1e-5).y,
    value: FUNCTION,
    gradient: 16 * EPSILON,
    second: 64 * EPSILON,
  },
  {
    name: 'batchNormTraining statistics',
    inputs: [uniform([3, 2, 2, 3])],
    value: FUNCTION,
    build: (x) => {
      const s = b.batchNormTraining(x, b.constant(1, [2]), b.constant(0, [2]), 1e-5);
      return b.concat([b.mul(s.mean, s.mean), s.variance], 0);
    },
  },
  { name: 'batchNorm of [N,C]', inputs: [uniform([4, 3]), uniform([3]), uniform([3]), uniform([3]), uniform([3], 0.2, 2)],
    build: (x, g, s, m, v) => b.batchNorm(x, g, s, m, v, 1e-3), value: 4 * EPSILON },
  ...over(
    (name, w) => ({ name: `maxPool ${name}`, inputs: [apart(w.x)], build: (x) => b.maxPool(b.mul(x, b.constant(0.5)), w.attrs),
      value: EXACT, gradient: sumOf(tapsOf(w)) }),
    PADDED
  ),
  ...over(
    (name, w) => ({ name: `averagePool ${name}, valid`, inputs: [uniform(w.x)], build: (x) => b.averagePool(b.mul(x, x), w.attrs, 'valid'),
      value: sumOf(tapsOf(w)) }),
    PADDED
  ),
  ...over(
    (name, w) => ({ name: `averagePool ${name}, padding counted`, inputs: [uniform(w.x)],
      build: (x) => b.averagePool(b.mul(x, x), w.attrs, [1, 1]), value: sumOf(tapsOf(w)) }),
    PADDED
  ),
];
