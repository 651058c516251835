/** Section 3.3 over mistakes (figure 6): means, bootstrap intervals, and the salient filters against each other choice. */
import { bootstrapMeans, RESAMPLES, SHARE, SHARE_CHANGE, type Interval } from '../bootstrap.js';
import { Random } from '../random.js';
import type { SampleResult } from './sample.js';
import { tuningConditions, type TuningCondition, type TuningSettings } from './tuning-settings.js';
import type { TunedSample, TuningOutcome } from './tuning.js';

/** What a step does; each is a mean over the mistakes with its 95 % interval. */
export interface TuningMeasures {
  /** Share of mistakes corrected. */
  readonly corrected: Interval;
  /** Change of the mistakes' true-class confidence, -1 to 1. */
  readonly label: Interval;
  /** Share of a mistake's neighbours corrected. */
  readonly near: Interval;
  /** Change of the neighbours' true-class confidence, -1 to 1. */
  readonly nearLabel: Interval;
  /** Change of the accuracy on the subset, -1 to 1; null where nothing of it was asked about. */
  readonly accuracy: Interval | null;
}

export interface TuningPoint extends TuningCondition, TuningMeasures {
  /** Mean number of filters tuned. */
  readonly filters: number;
  /** Mistakes whose gradient was 0 on them, so that nothing was changed. */
  readonly still: number;
}

/** The salient filters less those of another curve, mistake by mistake, at the same number and step; 'all' has its own number. */
export interface TuningDifference extends TuningMeasures {
  readonly than: TuningCondition['curve'];
  readonly k: number;
  readonly step: number;
}

export interface TuningAnalysis {
  /** One for each of `tuningConditions`. */
  readonly points: readonly TuningPoint[];
  readonly salientMinus: readonly TuningDifference[];
}

type Result = SampleResult<TunedSample>;

const MEASURES = ['corrected', 'label', 'near', 'nearLabel', 'accuracy'] as const;
/** Those that count answers, for exact intervals where all mistakes have the same: of a curve, and of a difference of curves. */
const RANGES = [SHARE, null, SHARE, null, SHARE_CHANGE], DIFFERENCE_RANGES = [SHARE_CHANGE, null, SHARE_CHANGE, null, [-2, 2] as const];

/**
 * `results` are of `tuneSample` with these settings, on a network of so many filters. Throws where there is none, or
 * `resamples` is not a whole number of at least 1.
 */
export function analyseTuning(results: readonly SampleResult<TunedSample>[], settings: TuningSettings, filters: number,
  resamples = RESAMPLES): TuningAnalysis {
  const conditions = tuningConditions(settings, filters);
  const columns = conditions.map((_, c) =>
    MEASURES.map((measure) => Float64Array.from(results, (found) => value(measure, found, found.result.outcomes[c])))
  );
  const pairs = pairsOf(conditions);
  const less = pairs.map(([salient, other]) => columns[salient].map((column, m) => column.map((v, s) => v - columns[other][m][s])));
  const ranges = [...columns.flatMap(() => RANGES), ...less.flatMap(() => DIFFERENCE_RANGES)];
  const intervals = bootstrapMeans([...columns, ...less].flat(), new Random(settings.seed, results.length), resamples, ranges);
  const checked = results.some(({ result }) => result.checked > 0);
  const measures = (n: number): TuningMeasures => {
    const [corrected, label, near, nearLabel, accuracy] = intervals.slice(n * MEASURES.length);
    return { corrected, label, near, nearLabel, accuracy: checked ? accuracy : null };
  };
  return {
    points: conditions.map((condition, c) => ({
      ...condition,
      filters: results.reduce((sum, { result }) => sum + result.outcomes[c].filters, 0) / results.length,
      still: results.filter(({ result }) => result.outcomes[c].norm === 0).length,
      ...measures(c),
    })),
    salientMinus: pairs.map(([salient, other], n) => ({ than: conditions[other].curve, k: conditions[salient].k,
      step: conditions[salient].step, ...measures(conditions.length + n) })
    ),
  };
}

function value(measure: (typeof MEASURES)[number], { sample, result: { before, near, checked } }: Result, after: TuningOutcome): number {
  switch (measure) {
    case 'corrected':
      return after.predicted === sample.label ? 1 : 0;
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
function pairsOf(conditions: readonly TuningCondition[]): [number, number][] {
  return conditions.flatMap((salient, s) => {
    if (salient.curve !== 'salient') return [];
    const beside = (other: TuningCondition): boolean =>
      other.curve !== 'salient' && other.step === salient.step && (other.k === salient.k || other.curve === 'all');
    return conditions.flatMap((other, o): [number, number][] => (beside(other) ? [[s, o]] : []));
  });
}
