/** Figure 6 over mistakes: means, bootstrap intervals, and the salient filters against each other choice. */
import type { Row } from '../../src/store/format.js';
import { bootstrapMeans, type Interval } from '../../src/saliency/bootstrap.js';
import { Random } from '../../src/saliency/random.js';
import type { Condition } from './settings.js';
import type { Outcome, Tuned } from './tune.js';

export interface Finished {
  readonly row: Row;
  readonly tuned: Tuned;
}

/** What a step does; each is a mean over the mistakes with its 95 % interval. */
export interface Measures {
  /** Share of mistakes corrected. */
  readonly corrected: Interval;
  /** Change of the mistakes' true-class confidence. */
  readonly label: Interval;
  /** Share of a mistake's neighbours corrected. */
  readonly near: Interval;
  /** Change of the neighbours' true-class confidence. */
  readonly nearLabel: Interval;
  /** Change of the accuracy on the subset; null where nothing of it was asked about. */
  readonly accuracy: Interval | null;
}

export interface Point extends Condition, Measures {
  /** Mean number of filters tuned. */
  readonly filters: number;
  /** Mistakes whose gradient was 0 on them, so that nothing was changed. */
  readonly still: number;
}

/** The salient filters less those of another curve, mistake by mistake, at the same number and step; 'all' has its own number. */
export interface Difference extends Measures {
  readonly than: Condition['curve'];
  readonly k: number;
  readonly step: number;
}

export interface Measured {
  readonly points: readonly Point[];
  readonly salientMinus: readonly Difference[];
}

const KEYS = ['corrected', 'label', 'near', 'nearLabel', 'accuracy'] as const;

/** Throws where there is no mistake. */
export function measure(samples: readonly Finished[], conditions: readonly Condition[], seed: number, resamples: number): Measured {
  const columns = conditions.map((_, c) =>
    KEYS.map((key) => Float64Array.from(samples, ({ row, tuned }) => value(key, row, tuned, tuned.outcomes[c])))
  );
  const pairs = pairsOf(conditions);
  const less = pairs.map(([salient, other]) => columns[salient].map((column, m) => column.map((v, s) => v - columns[other][m][s])));
  const intervals = bootstrapMeans([...columns, ...less].flat(), new Random(seed, samples.length), resamples);
  const checked = samples.some(({ tuned }) => tuned.checked > 0);
  const measures = (n: number): Measures => {
    const [corrected, label, near, nearLabel, accuracy] = intervals.slice(n * KEYS.length);
    return { corrected, label, near, nearLabel, accuracy: checked ? accuracy : null };
  };
  return {
    points: conditions.map((condition, c) => ({
      ...condition,
      filters: samples.reduce((sum, s) => sum + s.tuned.outcomes[c].filters, 0) / samples.length,
      still: samples.filter((s) => s.tuned.outcomes[c].norm === 0).length,
      ...measures(c),
    })),
    salientMinus: pairs.map(([salient, other], n) => ({ than: conditions[other].curve, k: conditions[salient].k,
      step: conditions[salient].step, ...measures(conditions.length + n) })
    ),
  };
}

function value(key: (typeof KEYS)[number], row: Row, { before, near, checked }: Tuned, after: Outcome): number {
  switch (key) {
    case 'corrected':
      return after.predicted === row.label ? 1 : 0;
    case 'label':
      return after.label - before.label;
    case 'near':
      return after.nearRight / near.length;
    case 'nearLabel':
      return after.nearLabel - before.nearLabel;
    case 'accuracy':
      return checked > 0 ? (after.checkedRight - before.checkedRight) / checked : 0;
  }
}

/** Indices of a salient condition and of another curve's with the same number of filters (or of the whole network) and step. */
function pairsOf(conditions: readonly Condition[]): [number, number][] {
  return conditions.flatMap((salient, s) => (salient.curve !== 'salient' ?
    [] :
    conditions.flatMap((other,
      o): [number,
      number][] => (other.curve !== 'salient' && other.step === salient.step && (other.k === salient.k || other.curve === 'all')
        ? [[s, o]]
        : [])
    ))
  );
}
