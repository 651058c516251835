/**
 * What a feature is worth: it is set to its mean (z_j = 0) for every picture, and the answers are counted again, in all and by class. The
 * control is every other feature that the layer uses, so that nothing is drawn (arXiv 2105.04857, section 4.1, as an intervention).
 */
import { shareOf } from '../../saliency/binomial.js';
import type { Interval } from '../../saliency/bootstrap.js';
import { argmax } from '../../saliency/prediction.js';
import { mcnemar } from '../../saliency/significance.js';
import type { Reading } from './layer.js';

/** A feature that several classes use. */
export interface SharedFeature {
  readonly feature: number;
  /** By falling |weight|. */
  readonly classes: readonly { readonly class: number; readonly weight: number }[];
}

/** The features of at least `least` classes, those of most classes first, then by the sum of |weight|. */
export function sharedFeatures(reading: Reading, least = 2): SharedFeature[] {
  const size = ({ classes }: SharedFeature): number => classes.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  return reading.used.map((feature): SharedFeature => {
    const { at, weight } = reading.ofFeature[feature];
    return { feature, classes: Array.from(at, (c, k) => ({ class: c, weight: weight[k] })) };
  }).filter(({ classes }) => classes.length >= least)
    .sort((a, b) => b.classes.length - a.classes.length || size(b) - size(a) || a.feature - b.feature);
}

/** Right answers out of all, in all and for each class; null where a class has no picture. */
export interface Accuracies {
  readonly all: Interval;
  readonly classes: readonly (Interval | null)[];
}

/** One feature at its mean for every picture. */
export interface Intervention {
  readonly feature: number;
  /** Wrong answers that become right, right ones that become wrong, and the exact test of their difference (McNemar). */
  readonly mended: number;
  readonly broken: number;
  readonly p: number | null;
  readonly accuracies: Accuracies;
  /** Change of the accuracy, in all and by class; null where a class has no picture. */
  readonly change: number;
  readonly changes: readonly (number | null)[];
}

/** Every used feature's intervention, and what a random one does. */
export interface Interventions {
  readonly samples: number;
  readonly before: Accuracies;
  /** By index of the feature. */
  readonly each: readonly Intervention[];
}

/** Rows of z [samples, features] with labels below the number of classes. */
export function interventions(reading: Reading, z: ArrayLike<number>, labels: ArrayLike<number>): Interventions {
  const { classes, features } = reading.layer;
  const rows = Array.from({ length: labels.length }, (_, row) => reading.logits(z, row));
  const answers = rows.map((logits) => argmax(logits));
  const right = answers.map((answer, row) => answer === labels[row]);
  const before = accuracies(right, labels, classes);
  const each = reading.used.map((feature): Intervention => {
    const now = rows.map((logits, row) =>
      reading.answerWithout(logits, answers[row], feature, z[row * features + feature]) === labels[row]
    );
    const mended = now.filter((r, k) => r && !right[k]).length, broken = now.filter((r, k) => !r && right[k]).length;
    const after = accuracies(now, labels, classes);
    return { feature, mended, broken, p: mcnemar(mended, broken).p, accuracies: after, change: after.all.mean - before.all.mean,
      changes: after.classes.map((a, c) => a && a.mean - before.classes[c]!.mean) };
  });
  return { samples: labels.length, before, each };
}

/** The mean of `change` over all features but this one: what a random other feature does; null where there is no other. */
export function randomChange({ each }: Interventions, feature: number, change: (one: Intervention) => number | null = (one) => one.change):
  | number
  | null {
  const others = each.filter((one) => one.feature !== feature).flatMap((one) => change(one) ?? []);
  return others.length === 0 ? null : others.reduce((sum, v) => sum + v, 0) / others.length;
}

function accuracies(right: readonly boolean[], labels: ArrayLike<number>, classes: number): Accuracies {
  const counts = Array.from({ length: classes }, () => [0, 0]);
  right.forEach((r, k) => {
    counts[labels[k]][0] += Number(r);
    counts[labels[k]][1]++;
  });
  return { all: shareOf(right.filter(Boolean).length, right.length), classes: counts.map(([k, n]) => (n > 0 ? shareOf(k, n) : null)) };
}
