/** Section 3.1 over samples (figure 3): means, bootstrap intervals, and the salient curve against each control. */
import { bootstrapMeans, RESAMPLES, SHARE, SHARE_CHANGE, type Interval, type Range } from '../bootstrap.js';
import type { Choice } from '../controls.js';
import { Random } from '../random.js';
import type { PrunedSample, PruningSettings, PruningStep } from './pruning.js';
import type { SampleResult } from './sample.js';

/** What is measured with k filters off; each is a mean over samples with its 95 % interval. */
export interface PruningPoint {
  readonly k: number;
  /** Change of the confidence in the class the unchanged network gave, -1 to 1. */
  readonly wrong: Interval;
  /** Change of the confidence in the label, -1 to 1. */
  readonly label: Interval;
  /** Share of samples now named rightly: of mistakes, those corrected. */
  readonly right: Interval;
  /** Share of the right samples asked about that are no longer named rightly; null where none was asked about. */
  readonly broken: Interval | null;
}

export interface PruningCurves {
  readonly samples: number;
  /** A point for each count. */
  readonly curves: Readonly<Partial<Record<Choice, readonly PruningPoint[]>>>;
  /** The salient curve less this one, sample by sample. */
  readonly salientMinus: Readonly<Partial<Record<Choice, readonly PruningPoint[]>>>;
}

/** The samples that the unchanged network names wrongly, and those it names rightly; null where there are none. */
export interface PruningAnalysis {
  readonly wrong: PruningCurves | null;
  readonly right: PruningCurves | null;
}

type Result = SampleResult<PrunedSample>;

const MEASURES: readonly ((found: Result, step: PruningStep) => number)[] = [
  ({ result }, step) => step.wrong - result.unchanged.wrong,
  ({ result }, step) => step.label - result.unchanged.label,
  ({ sample }, step) => (step.predicted === sample.label ? 1 : 0),
  ({ result }, step) => (result.checked > 0 ? step.broken / result.checked : 0),
];
/** Those that count answers, for exact intervals where all samples have the same; with no filter off nothing can change. */
const rangesOf = (counts: readonly number[], range: Range): (Range | null)[] =>
  counts.flatMap((k) => (k === 0 ? [null, null, null, null] : [null, null, range, range]));

/** `results` are of `pruneSample` with these settings. Throws where `resamples` is not a whole number of at least 1. */
export function analysePruning(results: readonly SampleResult<PrunedSample>[], settings: PruningSettings,
  resamples = RESAMPLES): PruningAnalysis {
  const [wrong, right] = [false, true].map((isRight) => {
    const group = results.filter(({ sample }) => (sample.label === sample.predicted) === isRight);
    return group.length > 0 ? curvesOf(group, settings, resamples) : null;
  });
  return { wrong, right };
}

function curvesOf(results: readonly Result[], { curves, counts, seed }: PruningSettings, resamples: number): PruningCurves {
  const values = (choice: Choice, k: number) =>
    MEASURES.map((measure) => Float64Array.from(results, (found) => measure(found, found.result.steps[choice]![k])));
  const own = curves.flatMap((choice) => counts.map((_, k) => values(choice, k)));
  const controls = curves.includes('salient') ? curves.filter((c) => c !== 'salient') : [];
  const at = (choice: Choice, k: number) => own[curves.indexOf(choice) * counts.length + k];
  const less = controls.flatMap((choice) =>
    counts.map((_, k) => at('salient', k).map((column, m) => column.map((v, s) => v - at(choice, k)[m][s])))
  );
  const ranges = [...curves.flatMap(() => rangesOf(counts, SHARE)), ...controls.flatMap(() => rangesOf(counts, SHARE_CHANGE))];
  const intervals = bootstrapMeans([...own, ...less].flat(), new Random(seed, results.length), resamples, ranges);
  const checked = results.some(({ result }) => result.checked > 0);
  const pointsFrom = (choices: readonly Choice[], first: number) =>
    Object.fromEntries(choices.map((choice, c) => [choice, counts.map((k, j): PruningPoint => {
      const [wrong, label, right, broken] = intervals.slice((first + c * counts.length + j) * MEASURES.length);
      return { k, wrong, label, right, broken: checked ? broken : null };
    })]));
  return { samples: results.length, curves: pointsFrom(curves, 0), salientMinus: pointsFrom(controls, own.length) };
}
