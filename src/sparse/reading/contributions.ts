/**
 * What each feature adds to an answer p against a class t (sparse decision layers, Wong, Santurkar and Madry, arXiv 2105.04857, section 4):
 *
 *   D_j = (w_pj - w_tj) z_j,     sum_j D_j + b_p - b_t = logit_p - logit_t     exactly.
 *
 * Setting z_j = 0, the feature's mean, takes D_j from that difference and leaves all else.
 */
import type { Reading } from './layer.js';

/** A feature and its part of logit_p - logit_t. */
export interface Contribution {
  readonly feature: number;
  /** D_j */
  readonly difference: number;
  readonly z: number;
  /** w_pj and w_tj. */
  readonly weightOf: number;
  readonly weightAgainst: number;
}

/** D_j of row `row` of z for the features that p or t uses, by falling D_j, ties by index. */
export function contributions(reading: Reading, z: ArrayLike<number>, row: number, p: number, t: number): Contribution[] {
  const { features } = reading.layer;
  const all = [...new Set([...reading.ofClass[p].at, ...reading.ofClass[t].at])].map((feature): Contribution => {
    const weightOf = reading.weight(p, feature), weightAgainst = reading.weight(t, feature), value = z[row * features + feature];
    return { feature, difference: (weightOf - weightAgainst) * value, z: value, weightOf, weightAgainst };
  });
  return all.sort((a, b) => b.difference - a.difference || a.feature - b.feature);
}
