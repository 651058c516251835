/**
 * Is a group one cause? The filters blamed for one half of its members are turned off for the other half, which had no part in choosing
 * them, and the other way round: every member is asked about once, by filters that its own profile did not choose.
 */
import type { MaskMode } from '../engine/convolutions.js';
import { CHOICES, chooseSets, type Choice } from '../saliency/controls.js';
import type { Explainer } from '../saliency/explainer.js';
import type { Layer } from '../saliency/network.js';
import { turnOffEach, type Subject } from '../saliency/off.js';
import { Random } from '../saliency/random.js';
import { standardize, type Statistics } from '../saliency/standardize.js';

/** Numbers of filters off that a half chooses among, by how many of its own members they correct; the smallest of equals. */
export const TRIAL_COUNTS: readonly number[] = [1, 2, 5, 10, 20, 30, 50];

/** A member with its profile [filters]. */
export interface TrialMember extends Subject {
  readonly profile: Float32Array;
}

export interface TrialOptions {
  readonly stats: Statistics;
  readonly layers: readonly Layer[];
  readonly lastStage: readonly Layer[];
  readonly mode: MaskMode;
  readonly seed: number;
}

/** What turning filters off did, chosen in one way. */
export interface TrialOutcome {
  readonly choice: Choice;
  /** Members that filters chosen without them correct; and whether each is, in the order of the members given. */
  readonly corrected: number;
  readonly each: readonly boolean[];
  /** Right samples that the same filters break, both halves' filters together, of `Trial.asked`. */
  readonly broken: number;
}

export interface Trial {
  readonly members: number;
  /** Times a right sample was asked about: each by the filters of either half. */
  readonly asked: number;
  /** Filters off, by each half. */
  readonly counts: readonly number[];
  /** The salient ones first, then the five controls with as many filters. */
  readonly outcomes: readonly TrialOutcome[];
}

/**
 * `right` are samples that the network names rightly. A half's filters are the most salient by the mean standardized profile of its
 * members;
 * the controls choose as `chooseSets` does. Throws where there are fewer than two members, and as `turnOffEach` does.
 */
export async function tryGroup(explainer: Explainer, members: readonly TrialMember[], right: readonly Subject[],
  { stats, layers, lastStage, mode, seed }: TrialOptions): Promise<Trial> {
  if (members.length < 2) throw new Error('a group of one member has no other half to be tried on');
  const order = new Random(seed, members.length).choose(members.length, members.length);
  const middle = members.length >> 1;
  const halves = [order.slice(0, middle), order.slice(middle)];
  const counts: number[] = [];
  const each = CHOICES.map(() => members.map(() => false)), broken = CHOICES.map(() => 0);
  for (const [h, half] of halves.entries()) {
    const own = half.map((k) => members[k]);
    const profile = meanOf(own.map((m) => m.profile));
    const source = { saliency: meanOf(own.map((m) => standardize(m.profile, stats))), profile, stats, layers, lastStage };
    const sets = chooseSets('salient', TRIAL_COUNTS, source, new Random(seed, h));
    const answers = await turnOffEach(explainer, own, sets, mode);
    const repaired = sets.map((_, k) => answers.filter((a, m) => a[k].predicted === own[m].label).length);
    const best = repaired.indexOf(Math.max(...repaired));
    counts.push(sets[best].length);
    const chosen = CHOICES.map((choice, c) => chooseSets(choice, [TRIAL_COUNTS[best]], source, new Random(seed, h, c))[0]);
    const others = halves[1 - h];
    const said = await turnOffEach(explainer, [...others.map((k) => members[k]), ...right], chosen, mode);
    CHOICES.forEach((_, c) => {
      others.forEach((k, m) => each[c][k] = said[m][c].predicted === members[k].label);
      broken[c] += right.filter(({ label }, r) => said[others.length + r][c].predicted !== label).length;
    });
  }
  return { members: members.length, asked: 2 * right.length, counts,
    outcomes: CHOICES.map((choice, c) => ({ choice, corrected: each[c].filter(Boolean).length, each: each[c], broken: broken[c] })) };
}

/** [width], the mean of rows. */
function meanOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(rows[0].length);
  for (const row of rows) for (let k = 0; k < mean.length; k++) mean[k] += row[k] / rows.length;
  return mean;
}
