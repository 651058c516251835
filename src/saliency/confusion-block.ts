/** A part of a confusion matrix that a person can read, however many classes there are. */
import type { ClassCount, Confusion } from './summary.js';

/** A matrix over some classes, with all others taken together. */
export interface ConfusionBlock {
  /** The classes shown. */
  readonly classes: readonly number[];
  /** Whether these are all that any sample has as its label or answer. */
  readonly whole: boolean;
  /** counts[i][j]: samples of class i that were called class j; the last column is called any other class. */
  readonly counts: readonly (readonly number[])[];
  /** Mistakes that neither row nor column of the block shows: other classes called others. */
  readonly outside: number;
}

/**
 * The classes of the most frequent confusions, at most `most` of them, pair by pair so that what is confused stands together; where there
 * are not more classes than that, all of them in order.
 */
export function confusionBlock(counts: readonly ClassCount[], confusions: readonly Confusion[], most: number): ConfusionBlock {
  const every = [...new Set([...counts.map((c) => c.label), ...confusions.map((c) => c.predicted)])].sort((a, b) => a - b);
  const whole = every.length <= most;
  const classes = whole ? every : mostConfused(confusions, most);
  const place = new Map(classes.map((k, i) => [k, i]));
  const matrix = classes.map((_,
    i) => [...classes.map((__, j) => (i === j ? counts.find((c) => c.label === classes[i])?.right ?? 0 : 0)), 0]
  );
  let outside = 0;
  for (const { label, predicted, count } of confusions) {
    const i = place.get(label);
    if (i === undefined) outside += count;
    else matrix[i][place.get(predicted) ?? classes.length] += count;
  }
  return { classes, whole, counts: matrix, outside };
}

/** Pairs counted in both directions, the most frequent first; a pair comes in where both of its classes have room. */
function mostConfused(confusions: readonly Confusion[], most: number): number[] {
  const pairs = new Map<string, { readonly a: number; readonly b: number; count: number }>();
  for (const { label, predicted, count } of confusions) {
    const [a, b] = [Math.min(label, predicted), Math.max(label, predicted)];
    const pair = pairs.get(`${a} ${b}`) ?? { a, b, count: 0 };
    pair.count += count;
    pairs.set(`${a} ${b}`, pair);
  }
  const chosen = new Set<number>();
  for (const { a, b } of [...pairs.values()].sort((x, y) => y.count - x.count || x.a - y.a || x.b - y.b)) {
    const fresh = [a, b].filter((k) => !chosen.has(k));
    if (chosen.size + fresh.length <= most) { for (const k of fresh) chosen.add(k); }
  }
  return [...chosen];
}
