/** The curves of `misfire prune` over samples: means, bootstrap intervals, and the salient curve against each control. */
import type { Row } from '../../src/store/format.js';
import { bootstrapMeans, type Interval } from '../../src/saliency/bootstrap.js';
import type { Choice } from '../../src/saliency/controls.js';
import { Random } from '../../src/saliency/random.js';
import type { Pruned, PruneSettings, Step } from './curves.js';

export interface Finished {
  readonly row: Row;
  readonly pruned: Pruned;
}

/** What is measured with k filters off; each is a mean over samples with its 95 % interval. */
export interface Point {
  readonly k: number;
  /** Change of the confidence in the class the unchanged network gave. */
  readonly wrong: Interval;
  /** Change of the confidence in the label. */
  readonly label: Interval;
  /** Share of samples now named rightly: of mistakes, those corrected. */
  readonly right: Interval;
  /** Share of the right samples asked about that are no longer named rightly; null where none was asked about. */
  readonly broken: Interval | null;
}

export interface Group {
  readonly samples: number;
  readonly curves: Readonly<Partial<Record<Choice, readonly Point[]>>>;
  /** The salient curve less this one, sample by sample. */
  readonly salientMinus: Readonly<Partial<Record<Choice, readonly Point[]>>>;
}

const MEASURES: readonly ((of: Finished, step: Step) => number)[] = [
  ({ pruned }, step) => step.wrong - pruned.unchanged.wrong,
  ({ pruned }, step) => step.label - pruned.unchanged.label,
  ({ row }, step) => (step.predicted === row.label ? 1 : 0),
  ({ pruned }, step) => (pruned.checked > 0 ? step.broken / pruned.checked : 0),
];

/** Throws where there is no sample. */
export function measure(samples: readonly Finished[], { curves, counts, seed }: PruneSettings, resamples: number): Group {
  const values = (choice: Choice, k: number) => MEASURES.map((of) => Float64Array.from(samples, (s) => of(s, s.pruned.steps[choice]![k])));
  const own = curves.flatMap((choice) => counts.map((_, k) => values(choice, k)));
  const controls = curves.includes('salient') ? curves.filter((c) => c !== 'salient') : [];
  const at = (choice: Choice, k: number) => own[curves.indexOf(choice) * counts.length + k];
  const less = controls.flatMap((choice) =>
    counts.map((_, k) => at('salient', k).map((column, m) => column.map((v, s) => v - at(choice, k)[m][s])))
  );
  const intervals = bootstrapMeans([...own, ...less].flat(), new Random(seed, samples.length), resamples);
  const checked = samples.some((s) => s.pruned.checked > 0);
  const pointsFrom = (choices: readonly Choice[], first: number) =>
    Object.fromEntries(choices.map((choice, c) => [choice, counts.map((k, j): Point => {
      const [wrong, label, right, broken] = intervals.slice((first + c * counts.length + j) * MEASURES.length);
      return { k, wrong, label, right, broken: checked ? broken : null };
    })]));
  return { samples: samples.length, curves: pointsFrom(curves, 0), salientMinus: pointsFrom(controls, own.length) };
}
