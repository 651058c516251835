/** Section 3.3 for one mistake: what the network answers after each step, to it, to its neighbours and to others. */
import type { FineTuner } from '../finetune.js';
import { normalizedStep } from '../step.js';
import { filterCount } from '../network.js';
import { answerOf, type Answer, type Subject } from '../off.js';
import { argmax, probability } from '../prediction.js';
import { Random } from '../random.js';
import { filterSets, type FilterContext } from './filters.js';
import type { ProfiledSample } from './sample.js';
import { tuningConditions, type TuningCondition, type TuningCurve, type TuningSettings } from './tuning-settings.js';

/** Another mistake near one in saliency space (section 3.2). */
export interface NeighborSample extends Pick<Subject, 'picture' | 'label'> {
  readonly id: number;
  /** Cosine of the standardized profiles, -1 to 1. */
  readonly similarity: number;
}

/** What the network says after a step. */
export interface TuningOutcome extends TuningCondition, Answer {
  /** Filters tuned: fewer than k where there were fewer. */
  readonly filters: number;
  /** Norm of the gradient over them; where it is 0 there was no step. */
  readonly norm: number;
  /** Neighbours named rightly, and the mean confidence in their labels, 0 to 1. */
  readonly nearRight: number;
  readonly nearLabel: number;
  /** Samples asked about that are named rightly. */
  readonly checkedRight: number;
}

export interface TunedSample {
  /** Cross-entropy against the label before any step. */
  readonly loss: number;
  readonly near: readonly Pick<NeighborSample, 'id' | 'similarity'>[];
  /** Other samples asked about. */
  readonly checked: number;
  /** Before any step. */
  readonly before: Answer & Pick<TuningOutcome, 'nearRight' | 'nearLabel' | 'checkedRight'>;
  /** One for each of `tuningConditions`. */
  readonly outcomes: readonly TuningOutcome[];
}

export interface TuningContext extends FilterContext {
  readonly tuner: FineTuner;
}

/** The samples on which accuracy is measured: `settings.subset` of them, or all where there are not more, in random order. */
export const drawSubset = <S>(samples: readonly S[], { subset, seed }: TuningSettings): S[] =>
  new Random(seed, samples.length).choose(Math.min(subset, samples.length), samples.length).map((k) => samples[k]);

/**
 * The `check` samples of the subset that the networks of mistake number `turn`, from 0, are asked about: the mistakes take
 * turns through the whole subset. `except` is the id of one that is left out, the mistake itself where it may be among them.
 */
export function checkedSamples<S extends { readonly id: number }>(subset: readonly S[], turn: number, { check }: TuningSettings,
  except: number | null): S[] {
  const start = subset.length === 0 ? 0 : (turn * check) % subset.length;
  return [...subset.slice(start), ...subset.slice(0, start)].filter(({ id }) => id !== except).slice(0, check);
}

/**
 * Takes each step of the settings for one mistake, asks the tuned network about the mistake, its neighbours (at least one)
 * and the other samples, and undoes the step. Throws where there is no neighbour, and as `FineTuner` does.
 */
export async function tuneSample({ tuner, ...context }: TuningContext, sample: ProfiledSample, near: readonly NeighborSample[],
  checked: readonly Pick<Subject, 'picture' | 'label'>[], settings: TuningSettings): Promise<TunedSample> {
  if (near.length === 0) throw new Error(`sample ${sample.id} has no neighbour; fine-tuning is measured on at least one`);
  const { network } = tuner;
  const pictures = [sample, ...near, ...checked].map(({ picture }) => picture);
  const ask = async () => {
    const [own, ...others] = await tuner.logits(pictures);
    const theirs = near.map(({ label }, k) => ({ right: argmax(others[k]) === label, confidence: probability(others[k], label) }));
    return {
      ...answerOf(own, sample.label, sample.predicted),
      nearRight: theirs.filter((t) => t.right).length,
      nearLabel: theirs.reduce((sum, t) => sum + t.confidence, 0) / near.length,
      checkedRight: checked.filter(({ label }, k) => argmax(others[near.length + k]) === label).length,
    };
  };
  const before = await ask();
  const gradient = await tuner.gradient(sample.picture, sample.label);
  const filtersOf = conditionFilters(sample, tuner, context, settings);
  const outcomes: TuningOutcome[] = [];
  for (const condition of tuningConditions(settings, filterCount(network.layers))) {
    const filters = filtersOf(condition);
    const step = normalizedStep(network, gradient, filters, condition.step);
    outcomes.push({ ...condition, filters: filters.length, norm: step.norm, ...(step.norm === 0 ? before : await tuner.tuned(step, ask)) });
  }
  return { loss: gradient.loss, near: near.map(({ id, similarity }) => ({ id, similarity })), checked: checked.length, before, outcomes };
}

/** The filters of each condition. Steps of all lengths are on the same ones. */
function conditionFilters(sample: ProfiledSample, { network }: FineTuner, context: FilterContext,
  { counts, seed }: TuningSettings): (condition: TuningCondition) => readonly number[] {
  const choose = filterSets(sample, network, context, counts, seed);
  const sets = new Map<TuningCurve, readonly (readonly number[])[]>();
  return ({ curve, k }) => {
    if (curve === 'all') return Array.from({ length: k }, (_, f) => f);
    let chosen = sets.get(curve);
    if (!chosen) sets.set(curve, chosen = choose(curve));
    return chosen[counts.indexOf(k)];
  };
}
