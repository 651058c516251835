/** The solvers on single layers, against the independent reference in float64 and against the code that the paper's authors released. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cholesky, inverseFromFactor, reversedFactor } from '../../src/spade/cholesky.js';
import { choose } from '../../src/spade/choose.js';
import { damped } from '../../src/spade/damping.js';
import { exactObc } from '../../src/spade/exact.js';
import { fastSpade } from '../../src/spade/fast.js';
import type { SpadeLayer } from '../../src/spade/layers.js';
import { quadraticForm, solveLayer, type Solver } from '../../src/spade/solve.js';
import { hasShared } from '../../reference/golden.js';
import { gramReference } from '../../reference/loops.js';
import { shared } from '../../reference/paths.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';

interface Case {
  readonly sparsity: number;
  readonly released?: boolean;
  readonly solver?: string;
  readonly block?: number;
  readonly damping?: number;
  readonly W1: unknown;
  readonly kept: unknown;
  readonly error: number;
  readonly solverLoss: number;
}
interface GivenLayer {
  readonly group?: number;
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly block: number;
  readonly X: unknown;
  readonly W0: unknown;
  readonly H: unknown;
  readonly outputShape?: readonly number[];
  readonly cases: readonly Case[];
}

const flat = (v: unknown): number[] => (v as number[]).flat(Infinity) as number[];
const shapeOf = (v: unknown): number[] => (Array.isArray(v) ? [v.length, ...shapeOf(v[0])] : []);
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, v, k) => Math.max(most, Math.abs(v - b[k])), 0);

/** A layer by itself: no graph around it. */
function layerOf(W0: unknown, groups: number, block: number): SpadeLayer {
  const [K, ...rest] = shapeOf(W0);
  const columns = rest.reduce((a, b) => a * b, 1);
  return { name: 'layer', weight: 'layer.weight', kind: rest.length === 1 ? 'fc' : 'conv', groups, rows: K / groups, columns, block,
    transposed: false, shape: [K, ...rest], stem: false, uses: [] };
}

const file = (name: string): Record<string, GivenLayer> => JSON.parse(readFileSync(`${shared}golden/${name}`, 'utf8'));

const test = suite('spade solvers');

if (skipUnless(hasShared, '../shared is absent')) {
  for (const [name, given] of Object.entries(file('spade/layers.json'))) {
    test(`${name}: support, weights, error and loss of every case`, () => {
      const layer = layerOf(given.W0, given.group ?? 1, given.block);
      for (const { sparsity, released, solver, block, damping, W1, kept, error, solverLoss } of given.cases) {
        const by: Solver = solver === 'exact OBC' ? 'exact' : released ? 'released' : 'fast';
        const got = solveLayer(layer, flat(given.W0), Float64Array.from(flat(given.H)), { sparsity, solver: by, block, damping });
        const what = `${by} ${sparsity}`;
        assert.equal([...got.kept], flat(kept).map(Number), `${what}: support`);
        assert.ok(largest(got.values, flat(W1)) < 1e-6, `${what}: weights differ by ${largest(got.values, flat(W1))}`);
        assert.ok(Math.abs(got.error / error - 1) < 1e-9, `${what}: error ${got.error} instead of ${error}`);
        assert.ok(Math.abs(got.loss / solverLoss - 1) < 1e-9, `${what}: loss ${got.loss} instead of ${solverLoss}`);
      }
    });

    test(`${name}: the Hessian is that of its windows`, () => {
      const [N, C, H, W] = given.outputShape ? shapeOf(given.X) : [...shapeOf(given.X), 1, 1];
      const [, , R, S] = given.outputShape ? shapeOf(given.W0) : [0, 0, 1, 1];
      const [, OH, OW] = given.outputShape ?? [0, 1, 1];
      const [strideH, strideW] = given.strides ?? [1, 1], [dilationH, dilationW] = given.dilations ?? [1, 1];
      const [padTop, padLeft] = given.pads ?? [0, 0];
      const sums = gramReference({ N, C, H, W, R, S, OH, OW, strideH, strideW, dilationH, dilationW, padTop, padLeft,
        groups: given.group ?? 1 }, flat(given.X));
      assert.ok(largest(sums.map((v) => (2 / N) * v), flat(given.H)) < 1e-8);
    });
  }

  test("the released code's own output, its one too many included", () => {
    const given = JSON.parse(readFileSync(`${shared}golden/spade_layers.json`, 'utf8'));
    for (const key of Object.keys(given).filter((k) => /^(conv|fc)\w*_s/.test(k) && !k.includes('obc'))) {
      const { W0, W1 } = given[key];
      const sparsity = Number(key.split('_s')[1]);
      const fc = key.startsWith('fc');
      const X = fc ? given[key].X : given[key.startsWith('conv3x3') ? 'conv_X' : 'conv1x1_X'];
      const [N, C, H, W] = [...shapeOf(X), 1, 1];
      const R = fc ? 1 : shapeOf(W0)[2];
      // A fully connected layer's Hessian is not divided by its views there: nothing but the errors depends on that.
      const sums = gramReference({ N, C, H, W, R, S: R, OH: H, OW: W, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padTop: R >> 1,
        padLeft: R >> 1, groups: 1 }, flat(X));
      const hessian = sums.map((v) => (2 / (fc ? 1 : N)) * v);
      const got = solveLayer(layerOf(W0, 1, R * R), flat(W0), hessian, { sparsity, solver: 'released' });
      assert.equal([...got.values].map((v) => v === 0), flat(W1).map((v) => v === 0), `${key}: support`);
      assert.ok(largest(got.values, flat(W1)) < 2e-5, `${key}: weights differ by ${largest(got.values, flat(W1))}`);
    }
  });

  test('exact OBC: by the released counts its output, by the heap a smaller error', () => {
    const given = JSON.parse(readFileSync(`${shared}golden/spade_layers.json`, 'utf8'));
    const W = Float64Array.from(flat(given['fc_s0.5'].W0)), X = flat(given['fc_s0.5'].X), D = 12, N = X.length / D;
    const H = gramReference({ N, C: D, H: 1, W: 1, R: 1, S: 1, OH: 1, OW: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padTop: 0,
      padLeft: 0, groups: 1 }, X).map((v) => 2 * v);
    const inverse = inverseFromFactor(cholesky(H, D), D);
    const solve = (released: boolean) => exactObc(W, inverse, new Uint8Array(D), { rows: 5, columns: D, sparsity: 0.5, released }).weights;
    assert.ok(largest(solve(true), flat(given['fc_obc_s0.5'].W1)) < 1e-4);
    const cost = (Q: Float64Array): number => quadraticForm(W.map((w, k) => w - Q[k]), H, D);
    assert.ok(Math.abs(cost(solve(true)) - 4.4328) < 1e-3 && Math.abs(cost(solve(false)) - 4.246) < 1e-3);
  });
}

/** W [4, 6] and H of 50 random inputs. */
function small(seed: string, rows: number, D: number, N: number): { W: Float64Array; H: Float64Array } {
  const r = random(seed);
  const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => 2 * r() - 1);
  const X = draw(N * D);
  const H = new Float64Array(D * D);
  for (let n = 0; n < N; n++) for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) H[i * D + j] += (2 / N) * X[n * D + i] * X[n * D + j];
  return { W: draw(rows * D), H };
}

test('exact OBC: what is left is the least-squares solution on its support, and the first removal the best of all', () => {
  const [rows, D] = [4, 6];
  const { W, H } = small('obc', rows, D, 50);
  const inverse = inverseFromFactor(cholesky(H, D), D);
  const { weights, kept, loss } = exactObc(W, inverse, new Uint8Array(D), { rows, columns: D, sparsity: 0.5 });
  assert.is(kept.reduce((a, b) => a + b, 0), rows * D / 2);
  // H (W - Q) is 0 on the support: nothing is gained by moving what is kept.
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < D; i++) {
      let slope = 0;
      for (let j = 0; j < D; j++) slope += H[i * D + j] * (W[r * D + j] - weights[r * D + j]);
      if (kept[r * D + i]) assert.ok(Math.abs(slope) < 1e-12, `slope ${slope}`);
    }
  }
  assert.ok(Math.abs(loss - quadraticForm(W.map((w, k) => w - weights[k]), H, D)) < 1e-12);
  const first = exactObc(W.slice(0, D), inverse, new Uint8Array(D), { rows: 1, columns: D, sparsity: 1 / D });
  for (let d = 0; d < D; d++) {
    // The least error without weight d is w_d^2 / (2 inv_dd).
    assert.ok(first.loss <= W[d] ** 2 / inverse[d * D + d] / 2 + 1e-12);
  }
});

test('FastSPADE: exact counts in every block, and its losses are the damped error', () => {
  const [rows, D] = [10, 36];
  const { W, H } = small('fast', rows, D, 30);
  const { matrix, dead } = damped(H, D, 0.01);
  const R = reversedFactor(matrix, D);
  for (const [sparsity, block] of [[0.5, 9], [0.9, 1], [0.33, 36], [0.95, 1]]) {
    const { weights, kept, loss } = fastSpade(W, R, dead, { rows, columns: D, block, sparsity });
    for (let b = 0; b < D; b += block) {
      const gone = kept.reduce((n, v, k) => n + Number(k % D >= b && k % D < b + block && v === 0), 0);
      assert.is(gone, Math.floor(rows * block * sparsity + 1e-9), `${sparsity}, block ${b}`);
    }
    const error = quadraticForm(W.map((w, k) => w - weights[k]), matrix, D);
    assert.ok(Math.abs(loss / error - 1) < 1e-12, `${loss} and ${error}`);
  }
});

test('equal scores: the lower index goes first', () => {
  assert.equal([...choose(Float64Array.of(1, 2, 1, 1, 0), 0.6)], [1, 0, 1, 0, 1]);
  assert.equal([...choose(Float64Array.of(1, 2, 1, 1, 0), 0)], [0, 0, 0, 0, 0]);
  assert.equal([...choose(Float64Array.of(1, 2, 1, 1, 0), 1)], [1, 1, 1, 1, 1]);
});

test('a dead column costs nothing and is never kept', () => {
  const { W, H } = small('dead', 5, 8, 40);
  for (let d = 0; d < 8; d++) H[3 * 8 + d] = H[d * 8 + 3] = 0;
  const layer = layerOf(Array.from({ length: 5 }, (_, r) => [...W.slice(r * 8, r * 8 + 8)]), 1, 1);
  for (const solver of ['fast', 'exact', 'released'] as const) {
    const got = solveLayer(layer, W, H, { sparsity: 0.5, solver });
    assert.is(got.dead, 1);
    assert.ok([0, 1, 2, 3, 4].every((r) => got.kept[r * 8 + 3] === 0 && got.values[r * 8 + 3] === 0), solver);
  }
});

test('a layer whose Hessian has no factor is named, with its size and diagonal', () => {
  const layer = layerOf([[1, 2], [3, 4]], 1, 1);
  const message = /layer layer \(D = 2, diagonal 1\.00 to 1\.00\) cannot be factored: -7\.\d+ at column 0/;
  assert.throws(() => solveLayer(layer, [1, 2, 3, 4], Float64Array.of(1, 3, 3, 1), { sparsity: 0.5, solver: 'fast' }), message);
});

test.run();
