/**
 * The demo's question: does turning off the most salient filters of a misclassified picture repair it, and do as many
 * other filters do so too? The controls are random filters; random filters of the same layers (as many in each as the
 * salient ones have there); random filters of the last stage alone; and the least salient filters.
 */
import type { Layer } from '../../src/saliency/network.js';
import type { Explainer, Explanation } from '../../src/saliency/explainer.js';
import { maskOf } from '../../src/saliency/off.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { FAULT, sample, toInputs, type Sample } from './pictures.js';

export const CHOICES = ['salient', 'random', 'sameLayers', 'lastStage', 'least'] as const;
export type Choice = (typeof CHOICES)[number];

/** Means over the pictures, and over the draws where the choice is random. */
export interface Outcome {
  /** Share of pictures that are then given their own label. */
  readonly repaired: number;
  /** Probability of the marked class, and of the label. */
  readonly wrong: number;
  readonly right: number;
}

/** What turning off `filters` of them did. */
export interface Repair {
  readonly filters: number;
  readonly outcomes: Readonly<Record<Choice, Outcome>>;
}

export interface Misclassified extends Explanation {
  readonly index: number;
  readonly sample: Sample;
  /** The same picture without the marker. */
  readonly bare: Sample;
  readonly input: Float32Array;
  /** Logits without the marker. */
  readonly unmarked: Float32Array;
  /** Standardized saliency (eq. 2), and the living filters, most salient first. */
  readonly standardized: Float64Array;
  readonly ranking: readonly number[];
}

/**
 * Looks through the pictures of the sequence `seed` with the given indices that do not show the marked class for those that
 * the network names rightly without the marker and calls the marked class with it. `seen` counts those it names rightly
 * without it.
 */
export async function misclassified(explainer: Explainer, stats: Statistics, seed: number,
  indices: readonly number[]): Promise<{ found: Misclassified[]; seen: number }> {
  const pairs = indices.map((index) => ({ index, sample: sample(seed, index, { marked: true }),
    bare: sample(seed, index, { marked: false }) })
  )
    .filter((p) => p.sample.label !== FAULT.markedClass);
  const inputs = toInputs(pairs.map((p) => p.sample));
  const labels = pairs.map((p) => p.sample.label);
  // Together, although of the pictures without the marker only the logits are wanted: to compile another program for them
  // takes a software adapter longer.
  const explained = await explainer.explain([...inputs, ...toInputs(pairs.map((p) => p.bare))], [...labels, ...labels]);
  const candidates = pairs
    .map((pair, k) => ({ ...pair, ...explained[k], input: inputs[k], unmarked: explained[pairs.length + k].logits }))
    .filter((c) => argmax(c.unmarked) === c.sample.label);
  const found = candidates.filter((c) => argmax(c.logits) === FAULT.markedClass).map((c) => {
    const standardized = standardize(c.profile, stats);
    return { ...c, standardized, ranking: rankFilters(standardized, stats) };
  });
  return { found, seen: candidates.length };
}

/**
 * Turns off, for each of `counts`, so many filters of every picture, in each of the ways CHOICES names; `draws` times
 * where the choice is random. Every picture and way is one sample of a batch with a mask of its own.
 */
export async function repair(explainer: Explainer, pictures: readonly Misclassified[], counts: readonly number[], draws: number,
  seed: number): Promise<Repair[]> {
  const { layers } = explainer.network;
  const random = new Random(seed);
  const out: Repair[] = [];
  for (const count of counts) {
    const trials = pictures.flatMap((picture) =>
      CHOICES.flatMap((choice) => {
        const times = choice === 'salient' || choice === 'least' ? 1 : draws;
        return Array.from({ length: times }, () => ({ picture, choice, off: choose(choice, count, picture.ranking, layers, random) }));
      })
    );
    const filters = pictures[0].standardized.length;
    const logits = await explainer.logits(trials.map((t) => t.picture.input), trials.map((t) => maskOf(t.off, filters)));
    const outcome = (choice: Choice): Outcome =>
      mean(trials.flatMap((t, k) => (t.choice === choice ? [judge(logits[k], t.picture.sample.label)] : [])));
    out.push({ filters: count, outcomes: Object.fromEntries(CHOICES.map((c) => [c, outcome(c)])) as Record<Choice, Outcome> });
  }
  return out;
}

/** Numbers of the filters to turn off. */
function choose(choice: Choice, count: number, ranking: readonly number[], layers: readonly Layer[], random: Random): number[] {
  const all = layers[layers.length - 1].offset + layers[layers.length - 1].filters;
  const from = (first: number, end: number, n: number): number[] => random.choose(n, end - first).map((k) => first + k);
  switch (choice) {
    case 'salient':
      return ranking.slice(0, count);
    case 'least':
      return ranking.slice(-count);
    case 'random':
      return from(0, all, count);
    case 'lastStage':
      return from(layers.find((l) => l.node.startsWith(LAST_STAGE))!.offset, all, count);
    case 'sameLayers': {
      const salient = ranking.slice(0, count);
      return layers.flatMap((l) =>
        from(l.offset, l.offset + l.filters, salient.filter((k) => k >= l.offset && k < l.offset + l.filters).length)
      );
    }
  }
}

const LAST_STAGE = 'layer3';

function judge(logits: Float32Array, label: number): Outcome {
  return { repaired: argmax(logits) === label ? 1 : 0, wrong: probability(logits, FAULT.markedClass), right: probability(logits, label) };
}

function mean(list: readonly Outcome[]): Outcome {
  const average = (key: keyof Outcome): number => list.reduce((sum, o) => sum + o[key], 0) / list.length;
  return { repaired: average('repaired'), wrong: average('wrong'), right: average('right') };
}
