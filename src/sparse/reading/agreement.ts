/** Whether blamed features and salient filters agree: a feature that is a pooled channel names a filter, and so does parameter saliency. */
import { shareOf } from '../../saliency/binomial.js';
import { bootstrapMeans, RESAMPLES, SHARE, SHARE_CHANGE, type Interval } from '../../saliency/bootstrap.js';
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
  /** Mean over all features of the network: what any of them would be by chance. */
  readonly any: Interval;
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
    return { blamed: Number(top.has(filters[first])), any: filters.filter((f) => top.has(f)).length / filters.length,
      other: others.length === 0 ? null : others.filter((j) => top.has(filters[j])).length / others.length };
  });
  const paired = rows.filter((r): r is typeof r & { other: number } => r.other !== null);
  const other = paired.map((r) => r.other);
  const columns = [other, paired.map((r) => r.blamed - r.other)];
  const [others = null, difference = null] = paired.length === 0
    ? []
    : bootstrapMeans(columns, new Random(SEED), RESAMPLES, [SHARE, SHARE_CHANGE]);
  const [any] = bootstrapMeans([rows.map((r) => r.any)], new Random(SEED), RESAMPLES, [SHARE]);
  return { mistakes: rows.length, blamed: shareOf(rows.filter((r) => r.blamed === 1).length, rows.length), other: others, difference, any };
}
