/**
 * Standardized saliency (Levin et al., arXiv 2108.01335, eq. 2) and the ranking of filters by it.
 *
 *   s^_k = (s_k - mu_k) / sigma_k,    sigma_k <= 1e-14 taken as 1
 *
 * with mu and sigma over a held-out set, sigma unbiased (divided by N - 1).
 */
import type { Aggregation } from './profile.js';

/** A filter whose saliency hardly varies over the set is dead: it always gets (almost) no gradient. */
export const DEAD = 1e-14;

export interface Statistics {
  /** SHA-256 of the model file they were computed with; null where that is not known. */
  readonly model: string | null;
  readonly aggregation: Aggregation;
  readonly samples: number | null;
  /** Mean and standard deviation of every filter's saliency. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
  /** The same over the samples the network names rightly and wrongly, where the file has them; no filters where there are no samples. */
  readonly groups?: Readonly<Record<'right' | 'wrong', Pick<Statistics, 'samples' | 'mean' | 'std'>>>;
}

/** A deviation of exactly 1, which no gradient has by chance, is one that eq. 2's rule has already been applied to. */
export const isDead = (stats: Statistics, filter: number): boolean => !(stats.std[filter] > DEAD) || stats.std[filter] === 1;

/** Eq. 2 for one profile [filters]. Throws where the lengths differ. */
export function standardize(profile: ArrayLike<number>, stats: Statistics): Float64Array {
  if (profile.length !== stats.mean.length) {
    throw new Error(
      `the statistics are of ${stats.mean.length} filters and the profile has ${profile.length}; they belong to another model`
    );
  }
  return Float64Array.from(stats.mean, (mean, k) => (profile[k] - mean) / (isDead(stats, k) ? 1 : stats.std[k]));
}

/**
 * Indices of all filters of `saliency` [filters] that can be ranked, most salient first, ties by index. Dead
 * filters are left out: their standardized saliency is 0, which for a sample the network is sure of would stand above
 * every living filter.
 */
export function rankFilters(saliency: ArrayLike<number>, stats: Statistics | null): number[] {
  const living: number[] = [];
  for (let k = 0; k < saliency.length; k++) if (!stats || !isDead(stats, k)) living.push(k);
  return living.sort((a, b) => saliency[b] - saliency[a] || a - b);
}

/** Parses the JSON form of a statistics file. Throws a sentence that names what is wrong with it. */
export function parseStatistics(text: string, name: string): Statistics {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON; a statistics file has "model", "aggregation", "samples", "layers", "mean" and "std"`);
  }
  const s = (json ?? {}) as Partial<Record<'model' | 'aggregation' | 'groups' | 'forwardOnly', unknown>> & Partial<Given>;
  if (s.forwardOnly === true) {
    throw new Error(`${name} is of a run made with --forward-only, which has no saliency; run misfire profile again without it`);
  }
  const all = moments(s, name);
  if (s.aggregation !== 'mean-abs' && s.aggregation !== 'abs-mean') {
    throw new Error(`${name}: "aggregation" must be "mean-abs" or "abs-mean", got ${JSON.stringify(s.aggregation)}`);
  }
  return { model: typeof s.model === 'string' ? s.model : null, aggregation: s.aggregation, ...all,
    ...parseGroups(s.groups, name, all.mean.length) };
}

type Given = Record<'samples' | 'mean' | 'std', unknown>;

function moments(given: Partial<Given>, name: string): Pick<Statistics, 'samples' | 'mean' | 'std'> {
  const numbers = (v: unknown, key: string): Float64Array => {
    if (!Array.isArray(v) || v.some((x) => typeof x !== 'number' || !Number.isFinite(x))) {
      throw new Error(`${name}: "${key}" must be a list of numbers, one per filter`);
    }
    return Float64Array.from(v as number[]);
  };
  const mean = numbers(given.mean, 'mean');
  const std = numbers(given.std, 'std');
  if (mean.length !== std.length) throw new Error(`${name}: "mean" has ${mean.length} entries and "std" ${std.length}`);
  if (std.some((v) => v < 0)) throw new Error(`${name}: "std" has a negative entry`);
  return { samples: typeof given.samples === 'number' ? given.samples : null, mean, std };
}

function parseGroups(groups: unknown, name: string, filters: number): Pick<Statistics, 'groups'> {
  if (groups === undefined) return {};
  const { right, wrong } = (groups ?? {}) as Partial<Record<'right' | 'wrong', Partial<Given>>>;
  if (!right || !wrong) throw new Error(`${name}: "groups" must hold "right" and "wrong"`);
  const read = { right: moments(right, `${name}, group "right"`), wrong: moments(wrong, `${name}, group "wrong"`) };
  for (const [group, { samples, mean }] of Object.entries(read)) {
    if (mean.length !== filters && samples !== 0) {
      throw new Error(`${name}: the group "${group}" has ${mean.length} filters and the whole ${filters}`);
    }
  }
  return { groups: read };
}

/** Throws where statistics do not belong to a model: another file's hash, another number of filters, another aggregation. */
export function checkStatistics(stats: Statistics, name: string,
  model: { sha256: string; filters: number; aggregation: Aggregation }): void {
  if (stats.mean.length !== model.filters) {
    throw new Error(`${name} has statistics of ${stats.mean.length} filters; this model has ${model.filters}`);
  }
  if (stats.model !== null && stats.model !== model.sha256) {
    throw new Error(
      `${name} was computed with another model (sha256 ${stats.model.slice(0, 12)}..., this one is ${model.sha256.slice(0, 12)}...)`
    );
  }
  if (stats.aggregation !== model.aggregation) {
    throw new Error(
      `${name} holds '${stats.aggregation}' statistics and this profile is '${model.aggregation}'; the two must not be mixed`
    );
  }
}
