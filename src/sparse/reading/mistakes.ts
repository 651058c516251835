/**
 * Which feature made a mistake (arXiv 2105.04857, section 4.3): the one with the largest D_j for the wrong answer p against the label t.
 * It is set to its mean; the control is each other feature that p uses, and each other one that p or t uses, so exactly that nothing is
 * drawn: the mean over them is what a random one does. The first D_j takes most from logit_p - logit_t by definition; whether that
 * suffices, and whether the label is what is then answered, is not.
 */
import { shareOf } from '../../saliency/binomial.js';
import { bootstrapMeans, RESAMPLES, SHARE, SHARE_CHANGE, type Interval } from '../../saliency/bootstrap.js';
import { argmax } from '../../saliency/prediction.js';
import { Random } from '../../saliency/random.js';
import { contributions, type Contribution } from './contributions.js';
import type { Reading } from './layer.js';

/** A mistake of the layer, its features to blame, and what setting one to its mean does. */
export interface BlamedMistake {
  readonly row: number;
  readonly label: number;
  readonly predicted: number;
  /** logit_p - logit_t, and b_p - b_t in it. */
  readonly margin: number;
  readonly intercepts: number;
  /** By falling D_j; the first is to blame. */
  readonly blame: readonly Contribution[];
  /** The class answered without the first. */
  readonly after: number;
  readonly repaired: boolean;
  /** Shares of the other features of p, and of p or t, that repair the mistake alone; null where there is no other. */
  readonly ofClass: number | null;
  readonly ofPair: number | null;
}

/** Every row of z [samples, features] that the layer answers wrongly and in which some D_j is above 0. */
export function blamedMistakes(reading: Reading, z: ArrayLike<number>, labels: ArrayLike<number>): BlamedMistake[] {
  const { features, intercepts } = reading.layer;
  const found: BlamedMistake[] = [];
  for (let row = 0; row < labels.length; row++) {
    const logits = reading.logits(z, row);
    const predicted = argmax(logits), label = labels[row];
    if (predicted === label) continue;
    const blame = contributions(reading, z, row, predicted, label);
    if (blame.length === 0 || blame[0].difference <= 0) continue;
    const answer = (j: number): number => reading.answerWithout(logits, predicted, j, z[row * features + j]);
    const first = blame[0].feature;
    const share = (pool: readonly number[]): number | null => {
      const others = pool.filter((j) => j !== first);
      return others.length === 0 ? null : others.filter((j) => answer(j) === label).length / others.length;
    };
    const after = answer(first);
    found.push({ row, label, predicted, margin: logits[predicted] - logits[label], intercepts: intercepts[predicted] - intercepts[label],
      blame, after, repaired: after === label, ofClass: share([...reading.ofClass[predicted].at]), ofPair: share(blame.map((b) =>
        b.feature
      )) });
  }
  return found;
}

/** What another feature does to the mistakes that have one. */
export interface Control {
  readonly mistakes: number;
  /** Mean share of the others that repair a mistake, and by how much the blamed one repairs more of these mistakes. */
  readonly others: Interval;
  readonly difference: Interval;
}

/** How many of some mistakes are repaired, beside a random feature of the wrong class, and of either class. */
export interface Repairs {
  readonly mistakes: number;
  readonly repaired: Interval;
  /** Null where no mistake has another feature. */
  readonly ofClass: Control | null;
  readonly ofPair: Control | null;
}

const SEED = 0;

/** Throws where there is none. */
export function repairs(mistakes: readonly BlamedMistake[]): Repairs {
  const control = (of: 'ofClass' | 'ofPair'): Control | null => {
    const some = mistakes.filter((m) => m[of] !== null);
    if (some.length === 0) return null;
    const other = some.map((m) => m[of]!), more = some.map((m, k) => Number(m.repaired) - other[k]);
    const [others, difference] = bootstrapMeans([other, more], new Random(SEED), RESAMPLES, [SHARE, SHARE_CHANGE]);
    return { mistakes: some.length, others, difference };
  };
  return { mistakes: mistakes.length, repaired: shareOf(mistakes.filter((m) => m.repaired).length, mistakes.length),
    ofClass: control('ofClass'), ofPair: control('ofPair') };
}

/** The mistakes that one feature is to blame for. */
export interface BlameGroup {
  readonly feature: number;
  readonly mistakes: readonly BlamedMistake[];
  readonly repairs: Repairs;
  /** Confusions (label, predicted) by falling number. */
  readonly confusions: readonly { readonly label: number; readonly predicted: number; readonly count: number }[];
}

/** By the feature that is first, most mistakes first, ties by feature. */
export function byFeature(mistakes: readonly BlamedMistake[]): BlameGroup[] {
  const groups = new Map<number, BlamedMistake[]>();
  for (const m of mistakes) groups.set(m.blame[0].feature, [...groups.get(m.blame[0].feature) ?? [], m]);
  return [...groups].map(([feature, some]) => ({ feature, mistakes: some, repairs: repairs(some), confusions: confusionsOf(some) }))
    .sort((a, b) => b.mistakes.length - a.mistakes.length || a.feature - b.feature);
}

function confusionsOf(mistakes: readonly BlamedMistake[]): { label: number; predicted: number; count: number }[] {
  const counts = new Map<string, { label: number; predicted: number; count: number }>();
  for (const { label, predicted } of mistakes) {
    const key = `${label} ${predicted}`;
    const one = counts.get(key) ?? { label, predicted, count: 0 };
    counts.set(key, { ...one, count: one.count + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
}
