/**
 * What a whole run shows: the averaged profiles of Levin et al. (arXiv 2108.01335, figures 1 and 2), the layers that hold
 * the most salient filters of mistakes, and the classes that are taken for each other. As in the paper, saliency is
 * averaged over samples first, filter by filter, and filters are then sorted within their layer.
 */
import type { Layer } from './network.js';
import { Quantiles } from './quantiles.js';
import { isDead, type Statistics } from './standardize.js';

/** All samples, and those the network names rightly and wrongly. */
export const GROUPS = ['all', 'right', 'wrong'] as const;
export type Group = (typeof GROUPS)[number];

/** The band of a curve: a tenth of the samples lies below it and a tenth above. */
export const BAND = [0.1, 0.9] as const;

/** One number per filter, of the samples of a group. */
export interface Curve {
  readonly mean: Float64Array;
  readonly std: Float64Array;
  /** The 10th and 90th percentile over samples; null where the run stores no profiles. */
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
  /** For each layer, its filters' indices in the network by falling mean, ties by index. */
  readonly order: readonly (readonly number[])[];
}

export interface GroupProfile {
  readonly group: Group;
  readonly samples: number;
  readonly raw: Curve;
  /** By eq. 2 with the statistics of all samples. Dead filters are 0 and in no order. */
  readonly standardized: Curve;
}

/** Samples of a class, and how many of them are named rightly. */
export interface ClassCount {
  readonly label: number;
  readonly samples: number;
  readonly right: number;
}

/** A layer's share of the most salient filters. */
export interface LayerShare {
  readonly layer: Layer;
  /** Filters that are not dead. */
  readonly living: number;
  /** How many of the most salient filters, summed over wrong samples, are in it. */
  readonly count: number;
  readonly share: number;
  /** Its share of all living filters: what chance would give it. */
  readonly chance: number;
}

export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  /** The share of the samples with this label. */
  readonly ofLabel: number;
}

/**
 * Goes over a run's samples once. Memory depends on the network only, under 5 KB a filter where there are profiles.
 * `top` is how many filters of a wrong sample count as its most salient.
 */
export class RunSummary {
  right = 0;
  wrong = 0;
  readonly #quantiles: Readonly<Record<Group, Quantiles>> | null;
  readonly #layerOf: Int32Array;
  readonly #dead: Uint8Array;
  readonly #topCounts: Float64Array;
  readonly #labels = new Map<number, number>();
  readonly #confusions = new Map<string, number>();

  constructor(readonly layers: readonly Layer[], readonly stats: Statistics, profiles: boolean, readonly top = 10) {
    const filters = stats.mean.length;
    const right = profiles ? new Quantiles(filters) : null;
    // 'all' is made from the other two when the samples are through.
    this.#quantiles = right && { right, wrong: new Quantiles(filters), all: new Quantiles(filters) };
    this.#layerOf = new Int32Array(filters);
    layers.forEach(({ offset, filters: n }, k) => this.#layerOf.fill(k, offset, offset + n));
    this.#dead = Uint8Array.from(stats.mean, (_, k) => Number(isDead(stats, k)));
    this.#topCounts = new Float64Array(layers.length);
  }

  /** One sample, whose profile begins at `at`; the profiles are not looked at where the run stores none. */
  add({ label, predicted }: { readonly label: number; readonly predicted: number }, profiles: Float32Array, at: number): void {
    const wrong = label !== predicted;
    this.#labels.set(label, (this.#labels.get(label) ?? 0) + 1);
    this.#quantiles?.[wrong ? 'wrong' : 'right'].add(profiles, at);
    if (!wrong) {
      this.right++;
      return;
    }
    this.wrong++;
    const pair = `${label} ${predicted}`;
    this.#confusions.set(pair, (this.#confusions.get(pair) ?? 0) + 1);
    if (this.#quantiles) { for (const k of this.topFilters(profiles, at)) this.#topCounts[this.#layerOf[k]]++; }
  }

  /** The most salient living filters of a sample by eq. 2, most salient first: the first `top` of rankFilters, without sorting all. */
  topFilters(profiles: Float32Array, at: number): number[] {
    const { stats: { mean, std }, top } = this;
    const best: number[] = [], values: number[] = [];
    for (let k = 0; k < mean.length; k++) {
      if (this.#dead[k]) continue;
      const value = (profiles[at + k] - mean[k]) / std[k];
      if (best.length === top && !(value > values[top - 1])) continue;
      let place = Math.min(best.length, top - 1);
      for (; place > 0 && value > values[place - 1]; place--) {
        values[place] = values[place - 1];
        best[place] = best[place - 1];
      }
      values[place] = value;
      best[place] = k;
    }
    return best;
  }

  /** Layer by layer; null where the run stores no profiles or has no mistakes. */
  layerShares(): LayerShare[] | null {
    if (!this.#quantiles || this.wrong === 0) return null;
    const living = this.layers.map(({ offset, filters }) =>
      filters - this.#dead.subarray(offset, offset + filters).reduce((n, d) => n + d, 0)
    );
    const all = living.reduce((a, b) => a + b, 0);
    const counted = this.#topCounts.reduce((a, b) => a + b, 0);
    const share = (n: number, total: number) => (total > 0 ? n / total : 0);
    return this.layers.map((layer, k) => ({ layer, living: living[k], count: this.#topCounts[k], share: share(this.#topCounts[k], counted),
      chance: share(living[k], all) })
    );
  }

  /** Most frequent first, ties by label and prediction. */
  confusions(): Confusion[] {
    return [...this.#confusions].map(([pair, count]) => {
      const [label, predicted] = pair.split(' ').map(Number);
      return { label, predicted, count, ofLabel: count / this.#labels.get(label)! };
    }).sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
  }

  /** Every class that some sample has as its label, in order. */
  classCounts(): ClassCount[] {
    const wrong = new Map<number, number>();
    for (const [pair, count] of this.#confusions) {
      const label = Number(pair.split(' ')[0]);
      wrong.set(label, (wrong.get(label) ?? 0) + count);
    }
    return [...this.#labels].sort(([a], [b]) => a - b).map(([label, samples]) => ({ label, samples,
      right: samples - (wrong.get(label) ?? 0) })
    );
  }

  /** Every group that has samples, once all have been added. */
  groupProfiles(): GroupProfile[] {
    const quantiles = this.#quantiles;
    if (quantiles && quantiles.all.samples === 0) {
      quantiles.all.addAll(quantiles.right);
      quantiles.all.addAll(quantiles.wrong);
    }
    return GROUPS.flatMap((group) => {
      const stats = group === 'all' ? this.stats : this.stats.groups?.[group];
      if (!stats || stats.mean.length === 0) return [];
      const [low, high] = BAND.map((p) => quantiles?.[group].quantile(p) ?? null);
      const scale = (v: Float64Array | null, shift: boolean) =>
        v && v.map((x, k) => (this.#dead[k] ? 0 : (x - (shift ? this.stats.mean[k] : 0)) / this.stats.std[k]));
      const mean = scale(stats.mean, true)!;
      return [{
        group,
        samples: stats.samples ?? 0,
        raw: { mean: stats.mean, std: stats.std, low, high, order: this.#order(stats.mean, false) },
        standardized: { mean, std: scale(stats.std, false)!, low: scale(low, true), high: scale(high, true),
          order: this.#order(mean, true) },
      }];
    });
  }

  #order(values: Float64Array, livingOnly: boolean): number[][] {
    return this.layers.map(({ offset, filters }) =>
      Array.from({ length: filters }, (_, k) => offset + k)
        .filter((k) => !livingOnly || !this.#dead[k]).sort((a, b) => values[b] - values[a] || a - b)
    );
  }
}
