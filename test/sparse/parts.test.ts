/** The pieces of a sparse fit that the host computes: penalty, certificate, choice, ablation, scales. Numbers are worked out by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keepLargest } from '../../src/sparse/ablation.js';
import { cholesky, solveCholesky } from '../../src/saliency/cholesky.js';
import { toRaw, toStandardized } from '../../src/sparse/fold.js';
import { lambdaGrid } from '../../src/sparse/path.js';
import { lambdaMaxOf, penaltyOf, proximalStep, residualOf } from '../../src/sparse/penalty.js';
import { classCountsOf, standardizationOf, type FeatureRows } from '../../src/sparse/rows.js';
import { chooseByHalves, halvesOf, sparsestWithin } from '../../src/sparse/selection.js';

const f64 = (...v: number[]): Float64Array => Float64Array.from(v);
const near = (a: ArrayLike<number>, b: ArrayLike<number>, by = 1e-12): void => {
  assert.is(a.length, b.length);
  for (let k = 0; k < a.length; k++) assert.ok(Math.abs(a[k] - b[k]) <= by, `${k}: ${a[k]} and ${b[k]}`);
};

function madeRows(values: readonly (readonly number[])[], labels: readonly number[], name = 'made'): FeatureRows {
  const p = values[0].length, all = Float32Array.from(values.flat());
  return { samples: values.length, features: p, labels: Int32Array.from(labels), name, async *blocks(rows) {
    for (let start = 0; start < values.length; start += rows) {
      const count = Math.min(rows, values.length - start);
      yield { start, count, values: all.slice(start * p, (start + count) * p) };
    }
  } };
}

const test = suite('pieces of a sparse fit');

test('the penalty and its prox, weight by weight and in groups', () => {
  const w = f64(3, 0, 4, -1), each = { lambda: 2, alpha: 0.75, group: false }, groups = { ...each, group: true };
  near([penaltyOf(w, 2, each), penaltyOf(w, 2, groups)], [2 * (0.75 * 8 + 0.125 * 26), 2 * (0.75 * 6 + 0.125 * 26)]);
  const out = new Float64Array(4), none = new Float64Array(4);
  proximalStep(out, w, none, 1, 2, each); // cut 1.5, shrink 1 / 1.5
  near(out, f64(1, 0, 2.5 / 1.5, 0), 1e-7);
  proximalStep(out, w, none, 1, 2, groups); // feature 0 has norm 5, feature 1 norm 1
  near(out, f64(3 * 0.7 / 1.5, 0, 4 * 0.7 / 1.5, 0), 1e-7);
});

test('the residual is 0 at an optimum and says by how much a point is none', () => {
  const each = { lambda: 1, alpha: 0.5, group: false };
  // G + 0.5 w + 0.5 sign w = 0 at w = 2, |G| <= 0.5 at 0.
  near([residualOf(f64(2, 0, -2, 0), f64(-1.5, 0.4, 1.5, -0.5), f64(0, 0), each)], [0]);
  near([residualOf(f64(2, 0, -2, 0), f64(-1.5, 0.7, 1.5, -0.5), f64(0, 0.05), each)], [0.2]);
  const group = { ...each, group: true };
  near([residualOf(f64(3, 0, 4, 0), f64(-1.8, 0.3, -2.4, 0.4), f64(0, 0), group)], [0]);
  near([residualOf(f64(3, 0, 4, 0), f64(-1.8, 0.6, -2.4, 0.8), f64(0, 0), group)], [0.5]);
  near([lambdaMaxOf(f64(0.3, -0.8, 0.4, 0.6), 2, each), lambdaMaxOf(f64(0.3, -0.8, 0.4, 0.6), 2, group)], [1.6, 2]);
});

test('the paper chooses the sparsest layer within so many points of the best, and the half that chose does not report', () => {
  assert.is(sparsestWithin([0.5, 0.86, 0.9, 0.91], [0, 3, 5, 9], 5), 1);
  assert.is(sparsestWithin([0.5, 0.859, 0.9, 0.91], [0, 3, 5, 9], 5), 2);
  const labels = Int32Array.from([0, 0, 1, 1, 0, 1]);
  assert.equal([...halvesOf(labels)], [0, 1, 0, 1, 0, 0]);
  const [a, b] = chooseByHalves([[0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 0, 1]], [0, 4], labels, [0, 0, 1, 1, 0, 0], 5);
  assert.equal([a.index, a.selected.right, a.reported.right, a.reported.of, a.network!.right], [1, 4, 1, 2, 2]);
  assert.equal([b.index, b.selected.right, b.reported.right, b.network!.right], [0, 1, 2, 3]);
  assert.ok(a.reported.low < 0.5 && a.reported.high > 0.5);
});

test('the largest weights of each class, and all others', () => {
  const at = { w: f64(1, -3, 2, 0.5, 0, -0.4), b: f64(1, 2) };
  assert.equal([...keepLargest(at, 1, 'top').w], [0, -3, 0, 0.5, 0, 0]);
  assert.equal([...keepLargest(at, 1, 'rest').w], [1, 0, 2, 0, 0, -0.4]);
});

test('standardised and raw weights give the same logits', async () => {
  const x = [[1, 10, 7], [3, 14, 7], [5, 30, 7]], standard = await standardizationOf(madeRows(x, [0, 1, 1]));
  assert.equal(standard.constant, [2]);
  near(standard.mean, f64(3, 18, 7));
  near(standard.std, f64(Math.sqrt(8 / 3), Math.sqrt((64 + 16 + 144) / 3), 1));
  const layer = { w: f64(0.5, -1, 0, 2, 0.25, 0), b: f64(0.1, -0.2) }, raw = toRaw(layer, standard);
  const logits = (w: Float64Array, b: Float64Array, row: ArrayLike<number>): number[] =>
    [0, 1].map((c) => b[c] + [0, 1, 2].reduce((s, j) => s + w[c * 3 + j] * row[j], 0));
  for (const row of x) {
    near(logits(raw.w, raw.b, row), logits(layer.w, layer.b, row.map((v, j) => (v - standard.mean[j]) / standard.std[j])), 1e-12);
  }
  const back = toStandardized(raw, standard);
  near(back.w, layer.w);
  near(back.b, layer.b);
});

test('labels beyond the classes and classes without rows are refused in a sentence', () => {
  const rows = madeRows([[1], [2], [3]], [0, 3, 0]);
  assert.throws(() => classCountsOf(rows, 3), /made: row 1 has the label 3; there are 3 classes, 0 to 2$/);
  assert.throws(() => classCountsOf(rows, 4), /made has no row of class 1 \(of 4\); .* add some of it$/);
});

test('a grid of lambdas, and a system of equations', () => {
  near(lambdaGrid(2, 3, 0.01), [2, 0.2, 0.02]);
  const H = f64(4, 0, 2, 3);
  assert.ok(cholesky(H, 2));
  near(solveCholesky(H, 2, f64(2, 5)), f64(-0.5, 2));
  assert.not(cholesky(f64(1, 0, 2, 1), 2));
});

test.run();
