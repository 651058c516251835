/** What one reads of a sparse layer first: the features of each class and the classes of each feature, by standardised weight. */
import type { Reading } from './layer.js';

/** A feature in a class. */
export interface ClassFeature {
  readonly feature: number;
  readonly weight: number;
  /** Mean z over the pictures of the class, and over all others; null where there is none. */
  readonly inside: number | null;
  readonly outside: number | null;
}

export interface ClassListing {
  readonly class: number;
  readonly intercept: number;
  /** By falling |weight|. */
  readonly features: readonly ClassFeature[];
}

/** Rows of z [samples, features] with their labels give the means. */
export function classListings(reading: Reading, z: ArrayLike<number>, labels: ArrayLike<number>): ClassListing[] {
  const { classes, features, intercepts } = reading.layer;
  const sums = new Float64Array(classes * features), all = new Float64Array(features), counts = new Int32Array(classes);
  for (let row = 0; row < labels.length; row++) {
    counts[labels[row]]++;
    for (const j of reading.used) {
      sums[labels[row] * features + j] += z[row * features + j];
      all[j] += z[row * features + j];
    }
  }
  const mean = (sum: number, n: number): number | null => (n > 0 ? sum / n : null);
  return reading.ofClass.map(({ at, weight }, c) => ({ class: c, intercept: intercepts[c],
    features: Array.from(at, (feature, k): ClassFeature => {
      const inside = sums[c * features + feature];
      return { feature, weight: weight[k], inside: mean(inside, counts[c]),
        outside: mean(all[feature] - inside, labels.length - counts[c]) };
    }) })
  );
}

/** A feature with its classes and the pictures that excite it most. */
export interface FeatureListing {
  readonly feature: number;
  /** By falling |weight|. */
  readonly classes: readonly { readonly class: number; readonly weight: number }[];
  /** Rows by falling sign z, `sign` being that of the greatest |weight|: what a class that rests on the feature looks at. */
  readonly sign: 1 | -1;
  readonly exciting: readonly { readonly row: number; readonly z: number }[];
}

/** Of each used feature, with so many pictures; features of most |weight| over the classes first, ties by index. */
export function featureListings(reading: Reading, z: ArrayLike<number>, pictures: number): FeatureListing[] {
  const { features } = reading.layer;
  const rows = z.length / features;
  const size = (j: number): number => reading.ofFeature[j].weight.reduce((sum, w) => sum + Math.abs(w), 0);
  return [...reading.used].sort((a, b) => size(b) - size(a) || a - b).map((feature): FeatureListing => {
    const { at, weight } = reading.ofFeature[feature];
    const sign = weight[0] < 0 ? -1 : 1;
    const exciting = Array.from({ length: rows }, (_, row) => ({ row, z: z[row * features + feature] }))
      .sort((a, b) => sign * (b.z - a.z) || a.row - b.row).slice(0, pictures);
    return { feature, classes: Array.from(at, (c, k) => ({ class: c, weight: weight[k] })), sign, exciting };
  });
}
