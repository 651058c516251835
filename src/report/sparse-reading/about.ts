/** What every command that reads a sparse layer says first: which layer it is, of which pictures, and how well it does. */
import type { Interval } from '../../saliency/bootstrap.js';
import type { Reading } from '../../sparse/reading/layer.js';
import { percent, plural, points, spread, whole } from '../numbers.js';

/** The layer that is read, and what it is read with. */
export interface ReadingAbout {
  /** The folder of misfire sparse, and which layer of its path, from 0. */
  readonly folder: string;
  readonly layer: number;
  readonly lambda: number;
  readonly classes: number;
  readonly features: number;
  /** Weights that are not 0: in all, and of the class with least and with most; features that any class uses. */
  readonly weights: { readonly all: number; readonly least: number; readonly most: number; readonly features: number };
  readonly held: { readonly name: string; readonly samples: number };
  /** Share of right answers: of the layer, and of the network's own where that is known. */
  readonly accuracy: Interval;
  readonly own: Interval | null;
}

/** What a feature is called, with the filter whose channel it pools where that is known. */
export interface FeatureNames {
  /** `layer4.2.conv3:17`, or null. */
  readonly filter: (feature: number) => string | null;
}

/** Numbers of weights. */
export function weightsOf({ ofClass, used }: Reading): ReadingAbout['weights'] {
  const counts = ofClass.map(({ at }) => at.length);
  return { all: counts.reduce((sum, n) => sum + n, 0), least: Math.min(...counts), most: Math.max(...counts), features: used.length };
}

/** "17" or "17 (layer4.2.conv3:17)". */
export function featureName(feature: number, { filter }: FeatureNames): string {
  const name = filter(feature);
  return name === null ? String(feature) : `${feature} (${name})`;
}

/** "91.0 % [89.1 %, 92.7 %]" */
export const withInterval = ({ mean, low, high }: Interval): string => `${percent(mean)} [${points(low)}, ${points(high)}]`;

/** A share or a difference where there is one. */
export const spreadOr = (interval: Interval | null): string => (interval === null ? '' : spread(interval));

/** Two sentences. */
export function aboutText({ layer, lambda, classes, weights, held, accuracy, own, features }: ReadingAbout): string {
  const each = (weights.all / classes).toFixed(1);
  return `Layer ${layer} of the path (lambda ${
    lambda.toPrecision(3)
  }) has ${each} weights a class (${weights.least} to ${weights.most}) and ` +
    `uses ${whole(weights.features)} of ${plural(features, 'feature')}. Of ${plural(held.samples, 'picture')} it answers ` +
    `${withInterval(accuracy)} rightly${own === null ? '' : `, the network's own layer ${withInterval(own)}`}.`;
}

/** What a weight is, for a reader of a page. */
export const SCALE =
  'Features are measured in deviations from their mean over the pictures that the layer was fitted to (z), and weights are '
  + 'for that scale, so that sizes can be compared. A feature that is "set to its mean" has z = 0 and takes no part in the answer.';
