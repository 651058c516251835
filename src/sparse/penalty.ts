/**
 * The penalty of a sparse layer and what optimality asks of it, in float64 on the host: work of [classes, features], small beside the
 * matrix products. With W [C,p] one row a class:
 *
 *   penalty    lambda ( alpha R(W) + (1 - alpha)/2 |W|^2 ),   R = sum |W_cj|, or with groups sum over j of |W_:j| (2-norm over classes)
 *   prox       argmin over X of |X - V|^2 / 2 + step * penalty(X): soft thresholding, then shrinking by 1 + step lambda (1 - alpha)
 *   residual   with G the gradient of the loss plus lambda (1 - alpha) W and a = lambda alpha, the largest over all weights of
 *                |G + a sign W| where W != 0,   max(0, |G| - a) where W = 0,   and over the intercepts of |gradient|;
 *              with groups the 2-norm over classes of G_:j + a W_:j / |W_:j|, or max(0, |G_:j| - a).
 */

/** How strongly weights are drawn to 0. */
export interface Penalty {
  readonly lambda: number;
  /** Share of the part that makes zeros, above 0 and at most 1. */
  readonly alpha: number;
  /** One group a feature: its weights of all classes are 0 together. */
  readonly group: boolean;
}

/** [classes, features] and [classes] as float64. */
export interface Weights {
  readonly w: Float64Array;
  readonly b: Float64Array;
}

/** The penalty of weights [C, p]. */
export function penaltyOf(w: Float64Array, classes: number, { lambda, alpha, group }: Penalty): number {
  let norm = 0, squares = 0;
  if (group) { for (const s of groupNorms(w, classes)) norm += s; }
  for (const v of w) {
    if (!group) norm += Math.abs(v);
    squares += v * v;
  }
  return lambda * (alpha * norm + (1 - alpha) / 2 * squares);
}

/** Of each feature, the 2-norm of its weights over classes: [p]. */
export function groupNorms(w: ArrayLike<number>, classes: number): Float64Array {
  const p = w.length / classes, norms = new Float64Array(p);
  for (let c = 0; c < classes; c++) for (let j = 0; j < p; j++) norms[j] += w[c * p + j] ** 2;
  return norms.map(Math.sqrt);
}

/** prox of V - step G, into `out`, rounded to float32 as the device has weights. */
export function proximalStep(out: Float64Array, v: Float64Array, g: Float64Array, step: number, classes: number,
  { lambda, alpha, group }: Penalty): void {
  const cut = step * lambda * alpha, shrink = 1 / (1 + step * lambda * (1 - alpha));
  if (!group) {
    for (let k = 0; k < v.length; k++) {
      const x = v[k] - step * g[k];
      out[k] = x > cut ? Math.fround((x - cut) * shrink) : x < -cut ? Math.fround((x + cut) * shrink) : 0;
    }
    return;
  }
  for (let k = 0; k < v.length; k++) out[k] = v[k] - step * g[k];
  const scale = groupNorms(out, classes).map((s) => (s > cut ? (1 - cut / s) * shrink : 0));
  const p = scale.length;
  for (let k = 0; k < out.length; k++) out[k] = Math.fround(out[k] * scale[k % p]);
}

/** The KKT residual; g and gb are the gradient of the loss alone, [C, p] and [C]. */
export function residualOf(w: Float64Array, g: Float64Array, gb: Float64Array, { lambda, alpha, group }: Penalty): number {
  const a = lambda * alpha, ridge = lambda * (1 - alpha), classes = gb.length, p = w.length / classes;
  let worst = 0;
  for (const v of gb) worst = Math.max(worst, Math.abs(v));
  if (!group) {
    for (let k = 0; k < w.length; k++) {
      const s = g[k] + ridge * w[k];
      worst = Math.max(worst, w[k] === 0 ? Math.abs(s) - a : Math.abs(s + a * Math.sign(w[k])));
    }
    return worst;
  }
  const norms = groupNorms(w, classes), sums = new Float64Array(p);
  for (let k = 0; k < w.length; k++) {
    const j = k % p;
    sums[j] += (g[k] + ridge * w[k] + (norms[j] > 0 ? a * w[k] / norms[j] : 0)) ** 2;
  }
  for (let j = 0; j < p; j++) worst = Math.max(worst, norms[j] > 0 ? Math.sqrt(sums[j]) : Math.sqrt(sums[j]) - a);
  return worst;
}

/** Which weights may leave 0: whether a feature is worth keeping at `next` when the gradient at `now` is g (sequential strong rule). */
export function strongFeatures(g: Float64Array, classes: number, now: number, next: number,
  { alpha, group }: Pick<Penalty, 'alpha' | 'group'>): Uint8Array {
  const limit = alpha * (2 * next - now), p = g.length / classes, keep = new Uint8Array(p);
  if (group) groupNorms(g, classes).forEach((s, j) => (keep[j] = Number(s >= limit)));
  else for (let k = 0; k < g.length; k++) if (Math.abs(g[k]) >= limit) keep[k % p] = 1;
  return keep;
}

/** Smallest lambda at which all weights are 0, from the gradient [C, p] of the loss there. */
export function lambdaMaxOf(g: Float64Array, classes: number, { alpha, group }: Pick<Penalty, 'alpha' | 'group'>): number {
  let most = 0;
  for (const v of group ? groupNorms(g, classes) : g) most = Math.max(most, Math.abs(v));
  return most / Math.max(alpha, 1e-3);
}
