/** Two networks over the same pictures: which answers one gets right and the other does not, and whether that is more than chance. */
import { shareOf } from './binomial.js';
import type { Interval } from './bootstrap.js';
import { mcnemar, type TestResult } from './significance.js';

/** What a network says of a picture, and what it is. */
export interface LabelledAnswer {
  readonly label: number;
  readonly predicted: number;
}

/** One picture: what the first network says of it, and the second. */
export type AnswerPair<T extends LabelledAnswer = LabelledAnswer> = readonly [first: T, second: T];

export interface ClassComparison {
  readonly label: number;
  readonly samples: number;
  /** Right answers of the first network and of the second. */
  readonly right: readonly [number, number];
  /** Shares of right answers with their exact 95 % intervals. */
  readonly accuracy: readonly [Interval, Interval];
  readonly fixed: number;
  readonly broken: number;
}

export interface Comparison<T extends LabelledAnswer = LabelledAnswer> {
  readonly samples: number;
  /** Right answers of the first network and of the second. */
  readonly right: readonly [number, number];
  /** Shares of right answers with their exact 95 % intervals (Clopper and Pearson). */
  readonly accuracy: readonly [Interval, Interval];
  /** Wrong in the first and right in the second. */
  readonly fixed: readonly AnswerPair<T>[];
  /** Right in the first and wrong in the second. */
  readonly broken: readonly AnswerPair<T>[];
  readonly bothRight: number;
  readonly bothWrong: number;
  /** Of those wrong in both, with the same answer. */
  readonly sameMistake: number;
  /**
   * The second's accuracy less the first's. Its interval is exact given how many pictures changed: (2 q - 1) changed / samples over
   * the interval of q, the share of them that were fixed. It holds 0 where McNemar's test is above 0.05 and nowhere else.
   */
  readonly difference: Interval;
  /** McNemar's exact test of fixed against broken. */
  readonly test: TestResult;
  /** Every class that has pictures, in the order of the classes. */
  readonly classes: readonly ClassComparison[];
}

/** Throws where there is no pair, or the two of a pair have different labels. */
export function compareAnswers<T extends LabelledAnswer>(pairs: readonly AnswerPair<T>[]): Comparison<T> {
  if (pairs.length === 0) throw new Error('there is no picture that both networks have answered');
  const odd = pairs.find(([a, b]) => a.label !== b.label);
  if (odd) throw new Error(`a picture is labelled ${odd[0].label} in one and ${odd[1].label} in the other; both need the same labels`);
  const isRight = ({ label, predicted }: LabelledAnswer): boolean => label === predicted;
  const fixed = pairs.filter(([a, b]) => !isRight(a) && isRight(b));
  const broken = pairs.filter(([a, b]) => isRight(a) && !isRight(b));
  const wrong = pairs.filter(([a, b]) => !isRight(a) && !isRight(b));
  const bothRight = pairs.length - fixed.length - broken.length - wrong.length;
  return {
    ...shares(pairs.length, bothRight, fixed.length, broken.length),
    fixed,
    broken,
    bothRight,
    bothWrong: wrong.length,
    sameMistake: wrong.filter(([a, b]) => a.predicted === b.predicted).length,
    difference: difference(pairs.length, fixed.length, broken.length),
    test: mcnemar(fixed.length, broken.length),
    classes: byClass(pairs, isRight),
  };
}

function shares(samples: number, bothRight: number, fixed: number, broken: number): Pick<Comparison, 'samples' | 'right' | 'accuracy'> {
  const right = [bothRight + broken, bothRight + fixed] as const;
  return { samples, right, accuracy: [shareOf(right[0], samples), shareOf(right[1], samples)] };
}

function difference(samples: number, fixed: number, broken: number): Interval {
  const changed = fixed + broken;
  if (changed === 0) return { mean: 0, low: 0, high: 0 };
  const { low, high } = shareOf(fixed, changed);
  const of = (q: number): number => ((2 * q - 1) * changed) / samples;
  return { mean: (fixed - broken) / samples, low: of(low), high: of(high) };
}

function byClass(pairs: readonly AnswerPair[], isRight: (answer: LabelledAnswer) => boolean): ClassComparison[] {
  const counts = new Map<number, { samples: number; both: number; fixed: number; broken: number }>();
  for (const [a, b] of pairs) {
    const of = counts.get(a.label) ?? { samples: 0, both: 0, fixed: 0, broken: 0 };
    of.samples++;
    if (isRight(a) && isRight(b)) of.both++;
    else if (isRight(b)) of.fixed++;
    else if (isRight(a)) of.broken++;
    counts.set(a.label, of);
  }
  return [...counts].sort(([x], [y]) => x - y).map(([label, { samples, both, fixed, broken }]) => ({ label,
    ...shares(samples, both, fixed, broken), fixed, broken })
  );
}
