/** One mistake of `misfire finetune`: what the network answers after each step, to it, to its neighbours and to others. */
import type { Row } from '../../src/store/format.js';
import { CHOICES, chooseSets, type ChooseFrom } from '../../src/saliency/controls.js';
import type { FineTuner } from '../../src/saliency/finetune.js';
import { normalizedStep } from '../../src/saliency/step.js';
import { filterCount } from '../../src/saliency/network.js';
import { answerOf, type Answer } from '../../src/saliency/off.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { standardize } from '../../src/saliency/standardize.js';
import type { PreparedPictures, Experiment, StoredSample } from '../experiment/open.js';
import { conditionsOf, type Condition, type Curve, type FinetuneSettings } from './settings.js';

export interface Near {
  readonly row: Row;
  readonly similarity: number;
}

/** What stays the same from mistake to mistake. */
export interface Tuning {
  readonly experiment: Experiment;
  readonly settings: FinetuneSettings;
  readonly tuner: FineTuner;
  /** Of the run's own samples and of the test run's. */
  readonly pictures: PreparedPictures;
  readonly testPictures: PreparedPictures;
  /** By the mistake's id: mistakes of the test run, nearest first. */
  readonly near: ReadonlyMap<number, readonly Near[]>;
  /** Samples of the test run, drawn at random once. */
  readonly subset: readonly Row[];
  /** Whether the test run is of the same samples, so that an id means the same one in both. */
  readonly sameList: boolean;
}

/** What the network says after a step. */
export interface Outcome extends Condition, Answer {
  /** Filters tuned: fewer than k where there were fewer. */
  readonly filters: number;
  /** Norm of the gradient over them; where it is 0 there was no step. */
  readonly norm: number;
  /** Neighbours named rightly, and the mean confidence in their labels. */
  readonly nearRight: number;
  readonly nearLabel: number;
  /** Samples of the subset asked about that are named rightly. */
  readonly checkedRight: number;
}

/** What the journal keeps of a mistake. */
export interface Tuned {
  readonly loss: number;
  readonly near: readonly { readonly id: number; readonly similarity: number }[];
  /** Samples of the subset asked about. */
  readonly checked: number;
  /** Before any step. */
  readonly before: Answer & Pick<Outcome, 'nearRight' | 'nearLabel' | 'checkedRight'>;
  readonly outcomes: readonly Outcome[];
}

/** The subset's samples that a mistake's networks are asked about: the mistakes take turns through the whole subset. */
export function checkedOf(
  { experiment, settings: { check }, subset, sameList }: Pick<Tuning, 'experiment' | 'settings' | 'subset' | 'sameList'>,
  row: Row
): Row[] {
  const start = subset.length === 0 ? 0 : (experiment.mistakes.findIndex((m) => m.id === row.id) * check) % subset.length;
  return [...subset.slice(start), ...subset.slice(0, start)].filter(({ id }) => !(sameList && id === row.id)).slice(0, check);
}

export async function tune({ row, profile }: StoredSample, of: Tuning): Promise<Tuned> {
  const { experiment: { stats, lastStage, network }, settings, tuner, pictures, testPictures } = of;
  const near = of.near.get(row.id)!;
  const checked = checkedOf(of, row);
  const picture = await pictures.read(row);
  const others = await Promise.all([...near.map((n) => n.row), ...checked].map((r) => testPictures.read(r)));
  const ask = async () => {
    const [own, ...rest] = await tuner.logits([picture, ...others]);
    const theirs = near.map((n, k) => ({ right: argmax(rest[k]) === n.row.label, label: probability(rest[k], n.row.label) }));
    return {
      ...answerOf(own, row.label, row.predicted),
      nearRight: theirs.filter((t) => t.right).length,
      nearLabel: theirs.reduce((sum, t) => sum + t.label, 0) / near.length,
      checkedRight: checked.filter((r, k) => argmax(rest[near.length + k]) === r.label).length,
    };
  };
  const before = await ask();
  const gradient = await tuner.gradient(picture, row.label);
  const filtersOf = chooser({ saliency: standardize(profile, stats), profile, stats, layers: network.layers, lastStage }, settings, row.id);
  const outcomes: Outcome[] = [];
  for (const condition of conditionsOf(settings, filterCount(network.layers))) {
    const filters = filtersOf(condition);
    const step = normalizedStep(network, gradient, filters, condition.step);
    outcomes.push({ ...condition, filters: filters.length, norm: step.norm, ...(step.norm === 0 ? before : await tuner.tuned(step, ask)) });
  }
  return { loss: gradient.loss, near: near.map(({ row: { id }, similarity }) => ({ id, similarity })), checked: checked.length, before,
    outcomes };
}

/** The filters of each condition. Steps of all lengths are on the same ones. */
function chooser(of: ChooseFrom, { counts, seed }: FinetuneSettings, id: number): (condition: Condition) => readonly number[] {
  const sets = new Map<Curve, readonly (readonly number[])[]>();
  return ({ curve, k }) => {
    if (curve === 'all') return Array.from({ length: k }, (_, f) => f);
    let chosen = sets.get(curve);
    if (!chosen) sets.set(curve, chosen = chooseSets(curve, counts, of, new Random(seed, id, CHOICES.indexOf(curve))));
    return chosen[counts.indexOf(k)];
  };
}
