/** What a filter responds to over a data set: its activations and its saliency, and the classes and confusions they belong to. */
import type { LabelledAnswer } from './compare.js';

/** A picture and what it does to one filter. */
export interface FilterSample extends LabelledAnswer {
  /** The greatest activation of the filter's channel. */
  readonly activation: number;
  /** Eq. 1 and eq. 2; null where the run has no profiles, the second also where the filter is dead. */
  readonly raw: number | null;
  readonly standardized: number | null;
}

/** Values over the pictures. */
export interface Distribution {
  readonly mean: number;
  /** Divided by n - 1; 0 of one picture. */
  readonly std: number;
  /** The least, the shares of QUANTILES and the greatest. */
  readonly quantiles: readonly number[];
}

export const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;

/** Means over the pictures of a class, or of a confusion. */
export interface FilterGroup {
  readonly samples: number;
  readonly activation: number;
  readonly raw: number | null;
  readonly standardized: number | null;
}

export interface FilterResponse {
  readonly samples: number;
  readonly activation: Distribution;
  /** The share of pictures with an activation above 0. */
  readonly active: number;
  readonly raw: Distribution | null;
  readonly standardized: Distribution | null;
  /** Indices of the samples by falling activation, ties by index. */
  readonly exciting: readonly number[];
  /** By falling standardized saliency, or by falling activation where there is none. */
  readonly classes: readonly (FilterGroup & { readonly label: number })[];
  /** Of wrong answers, in the same order. */
  readonly confusions: readonly (FilterGroup & { readonly label: number; readonly predicted: number })[];
}

/** Throws where there is no sample. */
export function describeFilter(samples: readonly FilterSample[]): FilterResponse {
  if (samples.length === 0) throw new Error('there is no picture that the filter could respond to');
  const of = (value: (s: FilterSample) => number | null): Distribution | null =>
    samples.some((s) => value(s) === null) ? null : distribution(samples.map((s) => value(s)!));
  return {
    samples: samples.length,
    activation: of((s) => s.activation)!,
    active: samples.filter((s) => s.activation > 0).length / samples.length,
    raw: of((s) => s.raw),
    standardized: of((s) => s.standardized),
    exciting: samples.map((_, k) => k).sort((a, b) => samples[b].activation - samples[a].activation || a - b),
    classes: groups(samples, (s) => `${s.label}`).map(([{ label }, group]) => ({ label, ...group })),
    confusions: groups(samples.filter((s) => s.label !== s.predicted), (s) => `${s.label} ${s.predicted}`)
      .map(([{ label, predicted }, group]) => ({ label, predicted, ...group })),
  };
}

function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, v) => sum + v, 0) / sorted.length;
  const squares = sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const quantiles = QUANTILES.map((q) => {
    const at = q * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (at - Math.floor(at)) * (high - low);
  });
  return { mean, std: sorted.length > 1 ? Math.sqrt(squares / (sorted.length - 1)) : 0, quantiles };
}

function groups(samples: readonly FilterSample[], key: (s: FilterSample) => string): [FilterSample, FilterGroup][] {
  const found = new Map<string, FilterSample[]>();
  for (const s of samples) push(found, key(s), s);
  const mean = (list: readonly FilterSample[], value: (s: FilterSample) => number | null): number | null =>
    list.some((s) => value(s) === null) ? null : list.reduce((sum, s) => sum + value(s)!, 0) / list.length;
  const order = ({ standardized, activation }: FilterGroup): number => standardized ?? activation;
  return [...found.values()].map((
    list
  ): [FilterSample, FilterGroup] => [list[0], { samples: list.length, activation: mean(list, (s) => s.activation)!,
    raw: mean(list, (s) => s.raw), standardized: mean(list, (s) => s.standardized) }]
  )
    .sort(([a, x], [b, y]) => order(y) - order(x) || a.label - b.label || a.predicted - b.predicted);
}

function push(lists: Map<string, FilterSample[]>, key: string, sample: FilterSample): void {
  const list = lists.get(key);
  if (list) list.push(sample);
  else lists.set(key, [sample]);
}
