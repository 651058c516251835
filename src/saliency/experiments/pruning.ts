/** Section 3.1 for one sample: what the network answers with ever more filters off, chosen in several ways. */
import { CHOICES, type Choice } from '../controls.js';
import type { Explainer } from '../explainer.js';
import type { MaskMode } from '../../engine/convolutions.js';
import { filterCount } from '../network.js';
import { turnOffEach, type Answer, type Subject } from '../off.js';
import { Random } from '../random.js';
import { filterSets, livingCount, type FilterContext } from './filters.js';
import type { LabelledSample, ProfiledSample } from './sample.js';

/** Numbers of filters turned off in figure 3 of the paper (arXiv 2108.01335). */
export const PRUNING_COUNTS: readonly number[] = [0, 1, 2, 5, 10, 20, 30, 50, 75, 100];
/** Right samples asked about for each sample, where nothing else is said. */
export const PRUNING_DAMAGE = 4;

export interface PruningSettings {
  /** How filters are chosen. */
  readonly curves: readonly Choice[];
  /** Numbers of filters turned off, rising. */
  readonly counts: readonly number[];
  readonly mode: MaskMode;
  /** Right samples that each sample's filters are tried on: how many `bystanders` draws. */
  readonly damage: number;
  readonly seed: number;
}

/** The answer with so many filters off, and how many of the right samples asked about are no longer named rightly. */
export interface PruningStep extends Answer {
  readonly broken: number;
}

export interface PrunedSample {
  /** With nothing off. */
  readonly unchanged: Answer;
  /** Right samples asked about. */
  readonly checked: number;
  /** For each curve, one step for each count. */
  readonly steps: Readonly<Partial<Record<Choice, readonly PruningStep[]>>>;
}

export interface PruningContext extends FilterContext {
  readonly explainer: Explainer;
}

/** The largest count that every curve has filters for. */
export function mostFilters({ stats, lastStage }: FilterContext, curves: readonly Choice[]): number {
  const living = livingCount(stats);
  return curves.includes('random-last-stage') ? Math.min(living, filterCount(lastStage)) : living;
}

/**
 * The samples that a sample's filters are tried on, `settings.damage` of `right` (samples that the network names rightly)
 * or all where there are not more: the same ones whenever the seed is the same, and never the sample itself.
 */
export function bystanders<S extends LabelledSample>(sample: LabelledSample, right: readonly S[], { damage, seed }: PruningSettings): S[] {
  const others = right.filter(({ id }) => id !== sample.id);
  return new Random(seed, sample.id, CHOICES.length).choose(Math.min(damage, others.length), others.length).map((k) => others[k]);
}

/**
 * Turns filters off for one sample: every curve and count of the settings, and the same filters on each of `others`, right
 * samples that may suffer from it (none: no damage is measured). One call of `turnOffEach`, which says what it throws;
 * throws also where the profile is of another network than the statistics.
 */
export async function pruneSample({ explainer, ...context }: PruningContext, sample: ProfiledSample, others: readonly Subject[],
  { curves, counts, mode, seed }: PruningSettings): Promise<PrunedSample> {
  const sets = curves.flatMap(filterSets(sample, explainer.network, context, counts, seed));
  // Nothing off is the first set, so that changes are against what the same program gives.
  const [[unchanged, ...own], ...theirs] = await turnOffEach(explainer, [sample, ...others], [[], ...sets], mode);
  const steps = own.map((answer, k) => ({ ...answer,
    broken: theirs.filter((answers, o) => answers[k + 1].predicted !== others[o].label).length })
  );
  return {
    unchanged,
    checked: others.length,
    steps: Object.fromEntries(curves.map((choice, c) => [choice, steps.slice(c * counts.length, (c + 1) * counts.length)])),
  };
}
