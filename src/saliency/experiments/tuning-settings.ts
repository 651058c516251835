/** What section 3.3 measures: which filters are tuned, how many of them, and how long the step is. */
import { CHOICES, type Choice } from '../controls.js';
import { nearest } from './nearest.js';

/** How filters are chosen; 'all': the whole network. */
export type TuningCurve = Choice | 'all';
export const TUNING_CURVES: readonly TuningCurve[] = [...CHOICES, 'all'];

export interface TuningSettings {
  readonly curves: readonly TuningCurve[];
  /** Numbers of filters tuned, rising; 'all' has none. */
  readonly counts: readonly number[];
  /** Lengths of the step; the curves over the numbers of filters are with the first. */
  readonly steps: readonly number[];
  /** The curves of which the other steps are measured too, with so many filters: one of `counts`. */
  readonly sweep: readonly TuningCurve[];
  readonly sweepAt: number;
  /** Nearest neighbours of each mistake. */
  readonly neighbors: number;
  /** Samples on which accuracy is measured, drawn at random once, and how many of them each mistake's networks are asked about. */
  readonly subset: number;
  readonly check: number;
  readonly seed: number;
}

/** One step that is taken for every mistake. */
export interface TuningCondition {
  readonly curve: TuningCurve;
  /** Filters asked for: of 'all', those of the network. */
  readonly k: number;
  /** The step's length: eta of |theta' - theta| = eta. */
  readonly step: number;
}

/** Every step taken for a mistake in a network of so many filters, the curves with the first length before the sweep. */
export function tuningConditions({ curves, counts, steps: [first, ...others], sweep, sweepAt }: TuningSettings,
  filters: number): TuningCondition[] {
  const each = (curve: TuningCurve, ks: readonly number[], step: number) =>
    (curve === 'all' ? [filters] : ks).map((k): TuningCondition => ({ curve, k, step }));
  return [...curves.flatMap((curve) => each(curve, counts, first)),
    ...others.flatMap((step) => sweep.flatMap((curve) => each(curve, [sweepAt], step)))];
}

/** The paper's claim is about so many filters. */
const CLAIMED = 150;

/** The number of filters with which the step is swept: of the measured ones, that nearest to the paper's. Throws where there is none. */
export const sweptCount = (counts: readonly number[]): number => nearest(counts, CLAIMED);
