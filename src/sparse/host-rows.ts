/**
 * The same rows in float64 on the host, where they are few: exact losses, gradients and residuals, and what Newton's method asks for.
 * Products go over the weights that are not 0.
 */
import type { Loss } from './graphs.js';
import type { Weights } from './penalty.js';
import { standardizeInto, type FeatureRows, type Standardization } from './rows.js';

/** At a point: mean loss, its gradient [C,p] and [C], and of every row softmax (squared form: nothing) and residual [n,C]. */
export interface HostEvaluation {
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly intercepts: Float64Array;
  readonly probabilities: Float64Array;
}

/** A residual that changes no gradient. */
const NOTHING = 1e-14;

export class HostRows {
  private constructor(readonly z: Float64Array, readonly labels: Int32Array, readonly features: number, readonly classes: number,
    readonly kind: Loss) {}

  get samples(): number {
    return this.labels.length;
  }

  /** Reads and standardises all rows. Throws as the rows do. */
  static async read(rows: FeatureRows, standard: Standardization, classes: number, kind: Loss): Promise<HostRows> {
    const { samples, features } = rows, z = new Float64Array(samples * features);
    const columns = Int32Array.from({ length: features }, (_, j) => j);
    for await (const block of rows.blocks(4096)) standardizeInto(z.subarray(block.start * features), features, block, standard, columns);
    return new HostRows(z, rows.labels, features, classes, kind);
  }

  /** Multiply-adds of one evaluation, about. */
  get work(): number {
    return this.samples * this.features * this.classes;
  }

  /** [n, C] */
  logits({ w, b }: Weights): Float64Array {
    const { z, samples: n, features: p, classes: C } = this, u = new Float64Array(n * C);
    const at: Int32Array[] = Array.from({ length: C }, (_, c) => {
      const found: number[] = [];
      for (let j = 0; j < p; j++) if (w[c * p + j] !== 0) found.push(j);
      return Int32Array.from(found);
    });
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < C; c++) {
        const list = at[c];
        let s = b[c];
        for (let q = 0; q < list.length; q++) s += w[c * p + list[q]] * z[i * p + list[q]];
        u[i * C + c] = s;
      }
    }
    return u;
  }

  /** Mean loss; with `probabilities` the logits become softmax, or the squared form's residual stays to be formed. */
  private lossOf(u: Float64Array): number {
    const { samples: n, classes: C, labels, kind } = this;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const o = i * C, y = labels[i];
      if (kind === 'squared') {
        for (let c = 0; c < C; c++) total += (u[o + c] - Number(c === y)) ** 2 / 2;
        continue;
      }
      let top = -Infinity;
      for (let c = 0; c < C; c++) if (u[o + c] > top) top = u[o + c];
      const behind = top - u[o + y];
      let others = 0, all = 0;
      for (let c = 0; c < C; c++) {
        const e = Math.exp(u[o + c] - top);
        all += e;
        if (c !== y) others += e;
        u[o + c] = e;
      }
      total += behind > 0 ? behind + Math.log(all) : Math.log1p(others);
      for (let c = 0; c < C; c++) u[o + c] /= all;
    }
    return total / n;
  }

  loss(at: Weights): number {
    return this.lossOf(this.logits(at));
  }

  evaluate(at: Weights): HostEvaluation {
    const { z, samples: n, features: p, classes: C, labels } = this, u = this.logits(at);
    const loss = this.lossOf(u), gradient = new Float64Array(C * p), intercepts = new Float64Array(C);
    for (let i = 0; i < n; i++) {
      const y = labels[i];
      let others = 0;
      for (let c = 0; c < C; c++) if (c !== y) others += u[i * C + c];
      for (let c = 0; c < C; c++) {
        const v = u[i * C + c];
        const a = this.kind === 'squared' ? v - Number(c === y) : c === y ? -others : v, r = a / n;
        intercepts[c] += r;
        if (Math.abs(a) < NOTHING) continue;
        for (let j = 0, g = c * p, x = i * p; j < p; j++) gradient[g + j] += r * z[x + j];
      }
    }
    return { loss, gradient, intercepts, probabilities: u };
  }
}
