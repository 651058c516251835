/**
 * Which filters are turned off or tuned: the most salient ones, and the controls that a claim about them has to beat
 * (Levin et al., arXiv 2108.01335, sections 3.1 and 3.3; the last three follow Wang and Sato, 2023, who found that
 * standardized saliency favours the last stage).
 */
import { filterCount, locate, type Layer, type Network } from './network.js';
import type { Random } from './random.js';
import { rankFilters, type Statistics } from './standardize.js';

/** The ways to choose filters, in the order of their seeds. */
export const CHOICES = ['salient', 'random', 'least', 'random-last-stage', 'random-per-layer', 'gradient'] as const;

/**
 * 'salient': the highest standardized saliency; 'least': the lowest; 'gradient': the highest raw saliency.
 * 'random': any filters; 'random-last-stage': any of the last stage; 'random-per-layer': any, with as many in each layer
 * as 'salient' has there.
 */
export type Choice = (typeof CHOICES)[number];

/** What the filters of one sample are chosen by. */
export interface ChooseFrom {
  /** [filters], standardized (eq. 2). */
  readonly saliency: ArrayLike<number>;
  /** [filters], raw (eq. 1). */
  readonly profile: ArrayLike<number>;
  /** Says which filters are dead; null: none. */
  readonly stats: Statistics | null;
  readonly layers: readonly Layer[];
  /** Layers of the last stage: `lastStage` of the network. */
  readonly lastStage: readonly Layer[];
}

/**
 * Indices of `k` filters, fewer where there are fewer. 'salient', 'least' and 'gradient' never hold a dead filter, are in
 * order of rank with ties by index, and for a smaller k are the first ones of those for a larger k. The others draw from
 * `random`; 'random' and 'random-last-stage' are in random order, so that their first ones are a random choice too. Throws
 * where k is no whole number from 0.
 */
export function chooseFilters(choice: Choice, k: number, from: ChooseFrom, random: Random): number[] {
  return chooseSets(choice, [k], from, random)[0];
}

/**
 * A set of filters for each of `counts`, ranked or drawn once: all but those of 'random-per-layer' are nested. Throws where a
 * count is no whole number from 0.
 */
export function chooseSets(choice: Choice, counts: readonly number[], from: ChooseFrom, random: Random): number[][] {
  const bad = counts.find((k) => !Number.isInteger(k) || k < 0);
  if (bad !== undefined) throw new Error(`the number of filters to choose is a whole number from 0, got ${bad}`);
  const all = ordered(choice === 'random-per-layer' ? 'salient' : choice, Math.max(...counts), from, random);
  const sets = counts.map((k) => all.slice(0, k));
  return choice === 'random-per-layer' ? sets.map((set) => likeLayers(set, from.layers, random)) : sets;
}

function ordered(choice: Exclude<Choice, 'random-per-layer'>, most: number, { saliency, profile, stats, layers, lastStage }: ChooseFrom,
  random: Random): number[] {
  switch (choice) {
    case 'salient':
      return rankFilters(saliency, stats);
    case 'least':
      return rankFilters(Float64Array.from(saliency, (v) => -v), stats);
    case 'gradient':
      return rankFilters(profile, stats);
    case 'random':
      return drawFrom(layers, most, random);
    case 'random-last-stage':
      return drawFrom(lastStage, most, random);
  }
}

/** Random filters, as many in each layer as the given ones have there. */
function likeLayers(filters: readonly number[], layers: readonly Layer[], random: Random): number[] {
  const counts = new Map<Layer, number>();
  for (const filter of filters) {
    const { layer } = locate(layers, filter);
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  return layers.flatMap((layer) => drawFrom([layer], counts.get(layer) ?? 0, random));
}

function drawFrom(layers: readonly Layer[], k: number, random: Random): number[] {
  const total = filterCount(layers);
  return random.choose(Math.min(k, total), total).map((n) => {
    let left = n;
    for (const { offset, filters } of layers) {
      if (left < filters) return offset + left;
      left -= filters;
    }
    throw new Error(`there is no filter ${n} of ${total}`);
  });
}

/** From how many convolutions on a network's last stage is taken to be a fixed number of them. */
const DEEP = 30, LAST = 10;

/**
 * The layers of a network's last stage. Of a network with 30 convolutions or more, the last ten: in ResNet-50 exactly
 * conv5_x, whose first convolution still has the stage before's resolution. Of a shallower one, those at the resolution
 * of its last convolution.
 */
export function lastStage(network: Network): readonly Layer[] {
  const { layers } = network;
  if (layers.length >= DEEP) return layers.slice(-LAST);
  const places = new Map<string, string>();
  for (const { weight, output } of network.build(1).convs) places.set(weight, output.shape.slice(2).join('x'));
  const last = places.get(layers[layers.length - 1].weight);
  return layers.filter(({ weight }) => places.get(weight) === last);
}
