/**
 * Mean and deviation of every filter's saliency over a data set (what eq. 2 of Levin et al., arXiv 2108.01335, divides
 * by), in one pass and in float64: Welford's recurrence sample by sample, Chan's formula for two halves.
 *
 *   n += 1;  d = s - mean;  mean += d / n;  m2 += d * (s - mean)                     one more sample s
 *   mean = mean_a + d * n_b / n;  m2 = m2_a + m2_b + d^2 * n_a * n_b / n             two sets, d = mean_b - mean_a
 */
import type { Layer } from './network.js';
import type { Aggregation } from './profile.js';
import type { Statistics } from './standardize.js';

/** Count, mean and sum of squared deviations of each filter's saliency. */
export class Moments {
  constructor(readonly filters: number, public count = 0, readonly mean = new Float64Array(filters),
    readonly m2 = new Float64Array(filters)) {}

  /** Adds the profile that begins at `at`. */
  add(values: ArrayLike<number>, at = 0): void {
    const { filters, mean, m2 } = this;
    const n = ++this.count;
    for (let k = 0; k < filters; k++) {
      const s = values[at + k];
      const d = s - mean[k];
      mean[k] += d / n;
      m2[k] += d * (s - mean[k]);
    }
  }

  /** The moments of both sets together. Throws where they are of different numbers of filters. */
  merged(other: Moments): Moments {
    if (other.filters !== this.filters) {
      throw new Error(`statistics of ${this.filters} and of ${other.filters} filters cannot be merged; they belong to different models`);
    }
    if (this.count === 0 || other.count === 0) {
      const { filters, count, mean, m2 } = this.count === 0 ? other : this;
      return new Moments(filters, count, mean.slice(), m2.slice());
    }
    const n = this.count + other.count;
    const share = other.count / n;
    const mean = this.mean.map((m, k) => m + (other.mean[k] - m) * share);
    const m2 = this.m2.map((q, k) => q + other.m2[k] + (other.mean[k] - this.mean[k]) ** 2 * this.count * share);
    return new Moments(this.filters, n, mean, m2);
  }

  /** Unbiased deviations (divided by n - 1); zero where there is one sample, which deviates from nothing. */
  std(): Float64Array {
    return this.m2.map((q) => (this.count > 1 ? Math.sqrt(q / (this.count - 1)) : 0));
  }

  /** The moments that statistics were made from, to within rounding. */
  static fromStatistics({ samples, mean, std }: Pick<Statistics, 'samples' | 'mean' | 'std'>): Moments {
    const n = samples ?? 0;
    return new Moments(mean.length, n, mean.slice(), std.map((s) => s * s * Math.max(0, n - 1)));
  }
}

/** Moments kept apart for samples the network names rightly and wrongly; those of all samples come by merging. */
export class GroupedMoments {
  constructor(readonly right: Moments, readonly wrong: Moments) {}

  /** Of no sample yet. */
  static empty(filters: number): GroupedMoments {
    return new GroupedMoments(new Moments(filters), new Moments(filters));
  }

  get all(): Moments {
    return this.right.merged(this.wrong);
  }

  /** Group by group; throws as `Moments.merged` does. */
  merged(other: GroupedMoments): GroupedMoments {
    return new GroupedMoments(this.right.merged(other.right), this.wrong.merged(other.wrong));
  }

  /** Every bit of it, for `fromBytes`. */
  toBytes(): Uint8Array {
    const { right, wrong } = this;
    const out = new Float64Array(2 + 4 * right.filters);
    out.set([right.count, wrong.count]);
    [right.mean, right.m2, wrong.mean, wrong.m2].forEach((part, k) => out.set(part, 2 + k * right.filters));
    return new Uint8Array(out.buffer);
  }

  /** Throws where the bytes are not of so many filters. */
  static fromBytes(bytes: Uint8Array, filters: number): GroupedMoments {
    if (bytes.length !== 8 * (2 + 4 * filters)) {
      throw new Error(
        `kept statistics of ${filters} filters have ${8 * (2 + 4 * filters)} bytes, got ${bytes.length}; the run's files are damaged`
      );
    }
    const all = new Float64Array(bytes.slice().buffer);
    const part = (k: number) => all.slice(2 + k * filters, 2 + (k + 1) * filters);
    return new GroupedMoments(new Moments(filters, all[0], part(0), part(1)), new Moments(filters, all[1], part(2), part(3)));
  }
}

/**
 * The statistics file that parseStatistics reads: of all samples at the top, of the right and wrong ones under "groups".
 * A group without samples has empty lists. Numbers are written so that reading gives the same float64. Of a run of answers alone
 * (`forwardOnly`) there are the numbers of samples and a mark, by which reading refuses it.
 */
export function statisticsText(
  source: { model: string; aggregation: Aggregation; layers: readonly Layer[]; forwardOnly?: boolean },
  { right, wrong, all }: GroupedMoments
): string {
  if (source.forwardOnly) {
    const groups = { right: { samples: right.count }, wrong: { samples: wrong.count } };
    return `${JSON.stringify({ model: source.model, forwardOnly: true, samples: right.count + wrong.count, groups })}\n`;
  }
  const group = (m: Moments) => ({ samples: m.count, mean: m.count > 0 ? [...m.mean] : [], std: m.count > 0 ? [...m.std()] : [] });
  const { samples, mean, std } = group(all);
  const layers = source.layers.map(({ name, node, weight, filters, offset }) => ({ name, node, weight, filters, offset }));
  const groups = { right: group(right), wrong: group(wrong) };
  return `${JSON.stringify({ model: source.model, aggregation: source.aggregation, samples, layers, mean, std, groups })}\n`;
}
