/** One sample of `misfire prune`: what the network answers with ever more filters off, chosen in several ways. */
import type { MaskMode } from '../../src/engine/convolutions.js';
import type { Row } from '../../src/store/format.js';
import { CHOICES, chooseSets, type Choice, type ChooseFrom } from '../../src/saliency/controls.js';
import { turnOffEach, type Answer } from '../../src/saliency/off.js';
import { Random } from '../../src/saliency/random.js';
import { isDead, standardize } from '../../src/saliency/standardize.js';
import type { Lab } from '../experiment/conduct.js';
import type { Experiment, StoredSample } from '../experiment/open.js';

export interface PruneSettings {
  readonly curves: readonly Choice[];
  /** Numbers of filters turned off, rising. */
  readonly counts: readonly number[];
  readonly mode: MaskMode;
  /** Right samples of each sample that are asked about with the same filters off. */
  readonly damage: number;
  readonly seed: number;
}

/** The answer with so many filters off, and how many of the right samples asked about are no longer named rightly. */
export interface Step extends Answer {
  readonly broken: number;
}

/** What the journal keeps of a sample. */
export interface Pruned {
  /** With nothing off. */
  readonly unchanged: Answer;
  /** Right samples asked about. */
  readonly checked: number;
  /** Of each curve, one step for each count. */
  readonly steps: Readonly<Partial<Record<Choice, readonly Step[]>>>;
}

/** The largest count that every curve has filters for. */
export function mostFilters({ stats, lastStage }: Experiment, curves: readonly Choice[]): number {
  const living = stats.mean.reduce((n, _, k) => n + (isDead(stats, k) ? 0 : 1), 0);
  return curves.includes('random-last-stage') ? Math.min(living, lastStage.reduce((n, l) => n + l.filters, 0)) : living;
}

/** The right samples that a sample's filters are tried on: the same ones whenever the seed is the same. */
export function bystanders(row: Row, right: readonly Row[], { damage, seed }: PruneSettings): Row[] {
  const others = right.filter(({ id }) => id !== row.id);
  return new Random(seed, row.id, CHOICES.length).choose(Math.min(damage, others.length), others.length).map((k) => others[k]);
}

export async function prune({ row, profile }: StoredSample, { experiment, explainer, pictures }: Lab,
  settings: PruneSettings): Promise<Pruned> {
  const { stats, network: { layers }, lastStage, rows } = experiment;
  const { curves, counts, mode, seed } = settings;
  const of: ChooseFrom = { saliency: standardize(profile, stats), profile, stats, layers, lastStage };
  const sets = curves.flatMap((choice) => chooseSets(choice, counts, of, new Random(seed, row.id, CHOICES.indexOf(choice))));
  const others = bystanders(row, rows.filter((r) => r.label === r.predicted), settings);
  const subjects = await Promise.all(
    [row, ...others].map(async (r) => ({ picture: await pictures.read(r), label: r.label, predicted: r.predicted }))
  );
  // Nothing off is the first set, so that changes are against what the same program gives.
  const [[unchanged, ...own], ...theirs] = await turnOffEach(explainer, subjects, [[], ...sets], mode);
  const steps = own.map((answer, k) => ({ ...answer,
    broken: theirs.filter((answers, o) => answers[k + 1].predicted !== others[o].label).length })
  );
  return {
    unchanged,
    checked: others.length,
    steps: Object.fromEntries(curves.map((choice, c) => [choice, steps.slice(c * counts.length, (c + 1) * counts.length)])),
  };
}
