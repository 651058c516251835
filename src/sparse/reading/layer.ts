/**
 * A network's last layer on standardised features, made ready for reading: the few features of each class, the few classes of each
 * feature, and the answers. logit_c = b_c + sum_j w_cj z_j, z = (x - mean) / std, in float64 on the host.
 */
import { argmax } from '../../saliency/prediction.js';

/** A last layer in the standardised scale; a `SparseLayer` of format.ts is one, and so is the network's own (`ownLayer`). */
export interface LastLayer {
  readonly classes: number;
  readonly features: number;
  /** [classes, features] */
  readonly weights: ArrayLike<number>;
  /** [classes] */
  readonly intercepts: ArrayLike<number>;
  /** [features], of the training rows; a feature that is constant there has a deviation of 0 or 1. */
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

/** Some places and the weights there, by falling |weight|, ties by place. */
export interface Weighted {
  readonly at: Int32Array;
  readonly weight: Float64Array;
}

/** The weights of `layer` that are not 0, by class and by feature. */
export class Reading {
  /** For each class, its features. */
  readonly ofClass: readonly Weighted[];
  /** For each feature, its classes. */
  readonly ofFeature: readonly Weighted[];
  /** Features that any class uses, by index. */
  readonly used: readonly number[];

  /** Throws one sentence where the arrays do not have the sizes they say, or hold what is not finite. */
  constructor(readonly layer: LastLayer) {
    const { classes, features, weights, intercepts, mean, std } = layer;
    const sizes = [[weights, classes * features], [intercepts, classes], [mean, features], [std, features]] as const;
    if (sizes.some(([values, size]) => values.length !== size)) {
      throw new Error(`a layer of ${classes} classes and ${features} features does not have ${sizes.map(([v]) => v.length).join(', ')} `
        + 'weights, intercepts, means and deviations');
    }
    for (const [values] of sizes) {
      for (let k = 0; k < values.length; k++) if (!Number.isFinite(values[k])) throw new Error('a layer holds a number that is not finite');
    }
    this.ofClass = Array.from({ length: classes }, (_, c) => weighted(features, (j) => weights[c * features + j]));
    this.ofFeature = Array.from({ length: features }, (_, j) => weighted(classes, (c) => weights[c * features + j]));
    this.used = this.ofFeature.flatMap(({ at }, j) => (at.length > 0 ? [j] : []));
  }

  /** z [samples, features] of raw features x. Throws one sentence where these are no whole rows, or not finite. */
  standardized(x: ArrayLike<number>): Float64Array {
    const { features, mean, std } = this.layer;
    if (x.length % features !== 0) throw new Error(`${x.length} values are no rows of ${features} features`);
    return Float64Array.from(x, (v, k) => {
      if (!Number.isFinite(v)) throw new Error(`feature ${k % features} of row ${Math.floor(k / features)} is ${v}, which is not finite`);
      const j = k % features;
      return std[j] > 0 ? (v - mean[j]) / std[j] : 0;
    });
  }

  /** Logits [classes] of row `row` of z. */
  logits(z: ArrayLike<number>, row = 0): Float64Array {
    const { features, intercepts } = this.layer;
    return Float64Array.from(this.ofClass, ({ at, weight }, c) => {
      let sum = intercepts[c];
      for (let k = 0; k < at.length; k++) sum += weight[k] * z[row * features + at[k]];
      return sum;
    });
  }

  /** The class answered for each row of z. */
  answers(z: ArrayLike<number>): number[] {
    return Array.from({ length: z.length / this.layer.features }, (_, row) => argmax(this.logits(z, row)));
  }

  /** Those logits with feature j at its mean (z_j = 0), of a picture whose z_j is `value`. */
  without(logits: ArrayLike<number>, j: number, value: number): Float64Array {
    const out = Float64Array.from(logits);
    const { at, weight } = this.ofFeature[j];
    for (let k = 0; k < at.length; k++) out[at[k]] -= weight[k] * value;
    return out;
  }

  /**
   * argmax of `without`, of logits whose argmax is `answer`: but for those whose answer itself falls, only the feature's classes are looked
   * at, so that a feature of many classes costs no more than one of few.
   */
  answerWithout(logits: ArrayLike<number>, answer: number, j: number, value: number): number {
    const { at, weight } = this.ofFeature[j];
    const own = at.indexOf(answer);
    if (own >= 0 && weight[own] * value > 0) return argmax(this.without(logits, j, value));
    let best = answer, most = own < 0 ? logits[answer] : logits[answer] - weight[own] * value;
    for (let k = 0; k < at.length; k++) {
      const now = logits[at[k]] - weight[k] * value;
      if (now > most || (now === most && at[k] < best)) [best, most] = [at[k], now];
    }
    return best;
  }

  weight(c: number, j: number): number {
    return this.layer.weights[c * this.layer.features + j];
  }
}

function weighted(count: number, of: (k: number) => number): Weighted {
  const at = Array.from({ length: count }, (_, k) => k).filter((k) => of(k) !== 0)
    .sort((a, b) => Math.abs(of(b)) - Math.abs(of(a)) || a - b);
  return { at: Int32Array.from(at), weight: Float64Array.from(at, of) };
}

/**
 * The network's own last layer, logits W x + b of raw features, in the standardised scale of `like`: W std, b + W mean. A feature that is
 * constant there has no z and adds to the intercepts alone. Throws one sentence where the layers are of different sizes.
 */
export function ownLayer(weights: ArrayLike<number>, bias: ArrayLike<number>, like: LastLayer): LastLayer {
  const { features, mean, std } = like;
  const classes = bias.length;
  if (weights.length !== classes * features) {
    throw new Error(`the network's last layer has ${weights.length} weights, and not ${classes} x ${features}`);
  }
  const intercepts = Float64Array.from(bias, (v, c) => {
    let sum = v;
    for (let j = 0; j < features; j++) sum += weights[c * features + j] * mean[j];
    return sum;
  });
  return { classes, features, weights: Float64Array.from(weights, (w, k) => (std[k % features] > 0 ? w * std[k % features] : 0)),
    intercepts, mean, std };
}
