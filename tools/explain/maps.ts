/** The map of section 2.2 that `misfire explain` makes of a picture. */
import type { Explainer } from '../../src/saliency/explainer.js';
import { pixelMap } from '../../src/saliency/input.js';
import { layerAt, type Layer } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import { rankFilters, type Statistics } from '../../src/saliency/standardize.js';
import { selectLayers } from '../neighbors/options.js';
import type { SampleExplanation } from './explained.js';
import type { ExplainOptions } from './options.js';
import { UsageError } from '../shared/usage.js';

/** Which filters are boosted: the most salient, some given by hand, or as a control some drawn at random. */
export type Boosted =
  /** Only filters of `layers`; of all layers where absent. */
  | { readonly kind: 'salient'; readonly count: number; readonly layers?: readonly Layer[] }
  | { readonly kind: 'given'; readonly filters: readonly number[] }
  | { readonly kind: 'random'; readonly count: number; readonly seed: number };

export interface SampleMap {
  readonly boosted: readonly number[];
  readonly boost: number;
  /** Eq. 3. */
  readonly distance: number;
  /** [C,H,W], eq. 4, signed. */
  readonly gradient: Float32Array;
  /** [H*W] */
  readonly map: Float32Array;
}

/** What --filters, --random, --map-layers and --top come to. Throws one sentence where there is no such filter or layer. */
export function boostedFilters({ filters, random, seed, top, mapLayers }: ExplainOptions, layers: readonly Layer[]): Boosted {
  if (filters !== undefined) return { kind: 'given', filters: parseFilters(filters, layers) };
  if (random !== undefined) return { kind: 'random', count: random, seed };
  return { kind: 'salient', count: top, layers: mapLayers === undefined ? undefined : selectLayers(layers, mapLayers, '--map-layers') };
}

/** Filters as LAYER:CHANNEL,..., the layer by name, node, weight or index from 0. Names may hold colons. Throws one sentence. */
export function parseFilters(text: string, layers: readonly Layer[], what = '--filters'): number[] {
  return text.split(',').map((part) => {
    const at = part.lastIndexOf(':');
    const [name, channel] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || !/^\d+$/.test(channel)) throw new UsageError(`${what} takes LAYER:CHANNEL with commas between, got "${part}"`);
    const layer = layers[layerAt(layers, name)];
    if (Number(channel) >= layer.filters) {
      throw new Error(`layer ${layer.name} has ${layer.filters} filters, 0 to ${layer.filters - 1}; there is no ${channel}`);
    }
    return layer.offset + Number(channel);
  });
}

/** One for each sample, `number` counting samples from the first of the command so that draws differ. */
export async function inputMaps(explainer: Explainer, explained: readonly SampleExplanation[], pictures: readonly Float32Array[],
  shape: readonly number[], stats: Statistics, choice: Boosted, boost: number, number: number): Promise<SampleMap[]> {
  const boosted = explained.map(({ standardized }, k) => {
    if (choice.kind === 'given') return choice.filters;
    const ranked = rankFilters(standardized!, stats);
    if (choice.kind === 'salient') {
      const { layers, count } = choice;
      return (layers ? ranked.filter((f) => layers.some((l) => f >= l.offset && f < l.offset + l.filters)) : ranked).slice(0, count);
    }
    return new Random(choice.seed, number + k).choose(Math.min(choice.count, ranked.length), ranked.length).map((j) => ranked[j]);
  });
  const maps = await explainer.inputMaps(pictures, explained.map((e) => e.label), boosted, stats, boost);
  return maps.map(({ gradient, distance }, k) => ({ boosted: boosted[k], boost, distance, gradient, map: pixelMap(gradient, shape) }));
}
