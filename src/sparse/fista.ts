/**
 * Accelerated proximal gradient (FISTA) over all rows, with backtracking and gradient restart, to a KKT residual that is checked over
 * all weights. No sampling: the same rows give the same bits.
 *
 * A step needs one look at the rows. It asks for the loss at the new point W, which the backtracking test reads, and at once for loss
 * and gradient at the point W + m (W - W') that the next step starts from: m is known before the test. Only a failed test wastes that.
 *
 * The bound L on the curvature falls by FALL after a step that the test could judge and doubles where it fails. Where a step changes
 * the loss by less than float32 tells, the test says nothing, L stays, and the curvature that two gradients show holds it up.
 */
import type { Evaluation } from './device-rows.js';
import { proximalStep, residualOf, type Penalty, type Weights } from './penalty.js';

/** What FISTA asks of the rows. */
export interface Rows {
  evaluate(at: Weights, momentum: number, before: Weights): Promise<Evaluation>;
  accept(): void;
}

export interface FistaOptions {
  readonly penalty: Penalty;
  /** Of the KKT residual over lambda alpha: what has to be reached, and what is tried for within as many looks again. */
  readonly tolerance: number;
  readonly better?: number;
  /** Looks at the rows at most. */
  readonly most: number;
}

/** Where FISTA ended: a point, the evaluation at it, and the bound on the curvature that the next lambda begins with. */
export interface Fitted {
  readonly at: Weights;
  readonly curvature: number;
  readonly evaluation: Evaluation;
  readonly residual: number;
}

const FALL = 0.8;
/** Looks at the rows that the better goal may take beyond twice those of the goal. */
const AGAIN = 20;
/** Relative to the loss: what float32 losses of two points differ by without meaning. */
const NOISE = 2e-7;
/** How much a residual at the point between steps has to fall before the next one at the weights themselves is looked at. */
const LOOK_AGAIN = 0.7;

/** Minimises from `start` on. */
export async function fista(rows: Rows, start: Weights, curvature: number,
  { penalty, tolerance, better = tolerance, most }: FistaOptions): Promise<Fitted> {
  const classes = start.b.length, unit = penalty.lambda * penalty.alpha, goal = tolerance * unit;
  let w = start, before = start, point = start, L = curvature, t = 1, looks = 1;
  let e = await rows.evaluate(w, 0, w);
  rows.accept();
  let best: Fitted = { at: w, curvature: L, evaluation: e, residual: residualOf(w.w, e.gradient, e.intercepts, penalty) };
  if (best.residual <= better * unit) return best;
  let lookBelow = goal, last = most;
  while (looks < last) {
    const next: Weights = { w: new Float64Array(w.w.length), b: new Float64Array(classes) };
    proximalStep(next.w, point.w, e.gradient, 1 / L, classes, penalty);
    for (let c = 0; c < classes; c++) next.b[c] = Math.fround(point.b[c] - e.intercepts[c] / L);
    // Restart where the step goes against the momentum.
    let against = 0;
    each(next, (k, of) => (against += (point[of][k] - next[of][k]) * (next[of][k] - w[of][k])));
    const from = against > 0 ? 1 : t, then = (1 + Math.sqrt(1 + 4 * from * from)) / 2, momentum = (from - 1) / then;
    const f = await rows.evaluate(next, momentum, w);
    looks++;
    let linear = 0, squares = 0;
    each(next, (k, of) => {
      const d = next[of][k] - point[of][k];
      linear += (of === 'w' ? e.gradient : e.intercepts)[k] * d;
      squares += d * d;
    });
    const noise = NOISE * Math.abs(e.lossAtPoint), quadratic = L / 2 * squares;
    if (f.loss > e.lossAtPoint + linear + quadratic + noise) {
      L *= 2;
      continue;
    }
    rows.accept();
    before = w;
    w = next;
    const moved: Weights = { w: w.w.map((v, k) => v + momentum * (v - before.w[k])), b: w.b.map((v, k) =>
      v + momentum * (v - before.b[k])
    ) };
    L = Math.max(quadratic > 4 * noise ? FALL * L : L, secant(point, e, moved, f));
    point = moved;
    e = f;
    t = then;
    const residual = residualOf(point.w, e.gradient, e.intercepts, penalty);
    if (residual > lookBelow) continue;
    // At the weights themselves: without momentum they are the point.
    const own = momentum === 0 ? e : await rows.evaluate(w, 0, w);
    if (momentum !== 0) looks++;
    const ownResidual = residualOf(w.w, own.gradient, own.intercepts, penalty);
    if (ownResidual < best.residual) best = { at: w, curvature: L, evaluation: own, residual: ownResidual };
    if (ownResidual <= better * unit) return best;
    if (best.residual <= goal) last = Math.min(last, 2 * looks + AGAIN);
    lookBelow = LOOK_AGAIN * Math.min(residual, lookBelow);
  }
  if (best.residual <= goal) return best;
  const own = await rows.evaluate(w, 0, w);
  return { at: w, curvature: L, evaluation: own, residual: residualOf(w.w, own.gradient, own.intercepts, penalty) };
}

function each(at: Weights, take: (k: number, of: 'w' | 'b') => void): void {
  for (let k = 0; k < at.w.length; k++) take(k, 'w');
  for (let k = 0; k < at.b.length; k++) take(k, 'b');
}

/** <gradient difference, step> / <step, step>: a lower bound of the curvature along the step. */
function secant(from: Weights, e: Evaluation, to: Weights, f: Evaluation): number {
  let product = 0, squares = 0;
  each(to, (k, of) => {
    const s = to[of][k] - from[of][k];
    product += s * (of === 'w' ? f.gradient[k] - e.gradient[k] : f.intercepts[k] - e.intercepts[k]);
    squares += s * s;
  });
  return squares > 0 ? product / squares : 0;
}
