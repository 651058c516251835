/** Whether blamed features and salient filters agree: a feature that is a pooled channel names a filter, and so does parameter saliency. */
import { shareOf } from '../../saliency/binomial.js';
import { bootstrapDifference, type Interval } from '../../saliency/bootstrap.js';
import { Random } from '../../saliency/random.js';
import type { Reading } from './layer.js';
import type { BlamedMistake } from './mistakes.js';

/** Shares of mistakes, with 95 % intervals. */
export interface Agreement {
  readonly mistakes: number;
  /** Whose blamed feature's filter is among the most salient. */
  readonly blamed: Interval;
  /** Mean over the other features of the wrong class, and the difference; null where no mistake has any. */
  readonly other: Interval | null;
  readonly difference: Interval | null;
}

const SEED = 0;

/**
 * `salient` gives the most salient filters of each mistake, `filters` the filter of each feature. Null where there is no mistake.
 */
export function agreement(reading: Reading, mistakes: readonly BlamedMistake[], salient: (mistake: BlamedMistake) => readonly number[],
  filters: readonly number[]): Agreement | null {
  if (mistakes.length === 0) return null;
  const rows = mistakes.map((m) => {
    const top = new Set(salient(m)), first = m.blame[0].feature;
    const others = [...reading.ofClass[m.predicted].at].filter((j) => j !== first);
    return { blamed: Number(top.has(filters[first])),
      other: others.length === 0 ? null : others.filter((j) => top.has(filters[j])).length / others.length };
  });
  const paired = rows.filter((r): r is { blamed: number; other: number } => r.other !== null);
  const other = paired.map((r) => r.other);
  const means = (x: readonly number[], y: readonly number[]): Interval | null =>
    paired.length === 0 ? null : bootstrapDifference(x, y, new Random(SEED));
  return { mistakes: rows.length, blamed: shareOf(rows.filter((r) => r.blamed === 1).length, rows.length),
    other: means(other, other.map(() => 0)), difference: means(paired.map((r) => r.blamed), other) };
}
