/**
 * Newton's method on the support, in float64 on the host: what ends the work where few weights are left. The unknowns are the weights
 * that are not 0, those whose gradient says that they have to leave 0, and the intercepts; on them the penalty is smooth (each weight
 * keeps its sign; with groups a feature's weights keep away from 0 together). A step that would change a sign ends at 0.
 *
 * Hessian of the mean cross-entropy, rows i, weights (c,j) and (d,k):  1/n sum_i p_ic (1[c = d] - p_id) z_ij z_ik; of the squared form
 * 1/n sum_i 1[c = d] z_ij z_ik. Added: lambda (1 - alpha) on the diagonal; with groups the second derivative of |W_:j|.
 */
import { cholesky, solveCholesky } from '../saliency/cholesky.js';
import type { HostEvaluation, HostRows } from './host-rows.js';
import { groupNorms, penaltyOf, residualOf, type Penalty, type Weights } from './penalty.js';

/** Where it ended: the best point that was seen, its exact evaluation and residual. */
export interface Polished {
  readonly at: Weights;
  readonly evaluation: HostEvaluation;
  readonly residual: number;
}

/** Steps at most, and halvings of one. */
const STEPS = 12, SHORTEST = 1e-6;

/** Multiply-adds of a step with so many weights in the support. */
export const newtonWork = (rows: HostRows, support: number): number => {
  const m = support + rows.classes;
  return rows.samples * m * m / 2 + m ** 3 / 6 + 3 * rows.work;
};

/** From a point near the optimum to a residual of `goal`, or as near as `most` multiply-adds bring it. */
export function newton(rows: HostRows, start: Weights, penalty: Penalty, goal: number, most: number): Polished {
  const at = (w: Weights): Polished => {
    const evaluation = rows.evaluate(w);
    return { at: w, evaluation, residual: residualOf(w.w, evaluation.gradient, evaluation.intercepts, penalty) };
  };
  let now = at(start), best = now, left = most;
  for (let k = 0; k < STEPS && now.residual > goal; k++) {
    const next = step(rows, now, penalty, (work) => (left -= work) >= 0);
    if (!next) break;
    now = at(next);
    if (now.residual < best.residual) best = now;
  }
  return best;
}

/** The weights that may move, by class: indices into [C,p]. */
function support({ w }: Weights, slope: Float64Array, { lambda, alpha, group }: Penalty, classes: number): Int32Array {
  const p = w.length / classes, a = lambda * alpha * (1 + 1e-10), found: number[] = [];
  const norms = group ? groupNorms(w, classes) : null;
  for (let k = 0; k < w.length; k++) if (norms ? norms[k % p] > 0 : w[k] !== 0 || Math.abs(slope[k]) > a) found.push(k);
  return Int32Array.from(found);
}

function step(rows: HostRows, { at, evaluation }: Polished, penalty: Penalty, affordable: (work: number) => boolean): Weights | null {
  const { lambda, alpha, group } = penalty, { classes: C, features: p } = rows, { w, b } = at;
  const a = lambda * alpha, ridge = lambda * (1 - alpha);
  const slope = evaluation.gradient.map((g, k) => g + ridge * w[k]);
  const S = support(at, slope, penalty, C), m = S.length, M = m + C;
  if (!affordable(newtonWork(rows, m))) return null;
  const H = hessian(rows, S, evaluation), sign = (k: number): number => (w[k] !== 0 ? Math.sign(w[k]) : -Math.sign(slope[k]));
  const g = new Float64Array(M);
  const norms = group ? groupNorms(w, C) : null;
  for (let q = 0; q < m; q++) {
    const k = S[q], s = norms?.[k % p];
    g[q] = slope[k] + a * (s === undefined ? sign(k) : w[k] / s);
    H[q * M + q] += ridge + (s === undefined ? 0 : a / s);
    if (s === undefined) continue;
    for (let r = 0; r <= q; r++) if (S[r] % p === k % p) H[q * M + r] -= a * w[k] * w[S[r]] / s ** 3;
  }
  g.set(evaluation.intercepts, m);
  let trace = 0;
  for (let q = 0; q < M; q++) trace += H[q * M + q];
  for (let q = 0; q < M; q++) H[q * M + q] += 1e-10 * trace / M;
  if (!cholesky(H, M)) return null;
  const d = solveCholesky(H, M, g);
  const before = evaluation.loss + penaltyOf(w, C, penalty);
  for (let t = 1; t > SHORTEST; t /= 2) {
    const next: Weights = { w: w.slice(), b: b.map((v, c) => v - t * d[m + c]) };
    for (let q = 0; q < m; q++) {
      const k = S[q], v = w[k] - t * d[q];
      next.w[k] = !group && v * sign(k) < 0 ? 0 : v;
    }
    if (rows.loss(next) + penaltyOf(next.w, C, penalty) <= before + 1e-15 * Math.abs(before)) return next;
  }
  return null;
}

/** Below this a probability adds nothing to a Hessian that anyone would miss: the steps' ends are judged by exact gradients. */
const SURE = 1e-6;

/**
 * Lower triangle, [M,M] with M the support and then the classes. A row counts for the classes that it may belong to alone, and not at all
 * where that is one: where a layer is sure of most rows this is most of the work.
 */
function hessian({ z, samples: n, features: p, classes: C, kind }: HostRows, S: Int32Array,
  { probabilities: P }: HostEvaluation): Float64Array {
  const m = S.length, M = m + C, H = new Float64Array(M * M), x = new Float64Array(M), weighted = new Float64Array(M);
  const column = S.map((k) => k % p);
  // Where each class's unknowns begin among the support; its intercept is unknown m + c.
  const first = new Int32Array(C + 1);
  for (let q = 0; q < m; q++) first[Math.floor(S[q] / p) + 1]++;
  for (let c = 0; c < C; c++) first[c + 1] += first[c];
  const curved = kind !== 'squared', active: number[] = [];
  for (let i = 0; i < n; i++) {
    active.length = 0;
    for (let c = 0; c < C; c++) if (!curved || P[i * C + c] > SURE) active.push(c);
    if (curved && active.length < 2) continue;
    for (const c of active) {
      const share = curved ? P[i * C + c] : 1;
      for (let q = first[c]; q < first[c + 1]; q++) {
        const v = z[i * p + column[q]];
        x[q] = v;
        weighted[q] = share * v;
      }
      x[m + c] = 1;
      weighted[m + c] = share;
    }
    for (const c of active) {
      for (let q = first[c]; q < first[c + 1]; q++) line(H, q * M, weighted[q], x, weighted, first, active, c, q + 1, curved);
      const q = m + c, row = q * M, own = weighted[q];
      line(H, row, own, x, weighted, first, active, c, m, curved);
      H[row + q] += own;
      if (curved) { for (const d of active) if (d <= c) H[row + m + d] -= own * weighted[m + d]; }
    }
  }
  for (let k = 0; k < H.length; k++) H[k] /= n;
  // A common shift of the intercepts changes no softmax: without this the matrix is singular in that direction.
  if (curved) { for (let q = m; q < M; q++) for (let r = m; r <= q; r++) H[q * M + r] += 1 / C / C; }
  return H;
}

/** Adds to a line of H, from the support's unknowns before `end`: own (x - weighted) of its class c, and - own weighted of the others. */
function line(H: Float64Array, row: number, own: number, x: Float64Array, weighted: Float64Array, first: Int32Array,
  active: readonly number[], c: number, end: number, curved: boolean): void {
  for (const d of active) {
    const from = first[d], to = Math.min(end, first[d + 1]);
    if (d === c) { for (let r = from; r < to; r++) H[row + r] += own * (curved ? x[r] - weighted[r] : x[r]); }
    else if (curved) { for (let r = from; r < to; r++) H[row + r] -= own * weighted[r]; }
  }
}
