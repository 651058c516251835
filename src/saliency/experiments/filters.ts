/** The filters that an experiment turns off or tunes for a sample: equal seeds and ids give equal ones. */
import { CHOICES, chooseSets, type Choice } from '../controls.js';
import type { Layer, Network } from '../network.js';
import { Random } from '../random.js';
import { isDead, standardize, type Statistics } from '../standardize.js';
import type { ProfiledSample } from './sample.js';

/** What filters are chosen by, beside a sample's own profile. */
export interface FilterContext {
  /** Mean and deviation of every filter's saliency over a data set; a filter that is dead there is never salient. */
  readonly stats: Statistics;
  /** `lastStage` of the network, found once. */
  readonly lastStage: readonly Layer[];
}

/** How many filters have a saliency that varies, and so can be ranked. */
export const livingCount = (stats: Statistics): number => stats.mean.reduce((n, _, k) => n + (isDead(stats, k) ? 0 : 1), 0);

/**
 * For each way of choosing a function that gives a set of filters for each of `counts`, as `chooseSets` does. What one way
 * draws does not depend on which others are asked for. Throws where the profile is of another network than the statistics.
 */
export function filterSets(sample: ProfiledSample, { layers }: Network, { stats, lastStage }: FilterContext, counts: readonly number[],
  seed: number): (choice: Choice) => number[][] {
  const { id, profile } = sample;
  const source = { saliency: standardize(profile, stats), profile, stats, layers, lastStage };
  return (choice) => chooseSets(choice, counts, source, new Random(seed, id, CHOICES.indexOf(choice)));
}
