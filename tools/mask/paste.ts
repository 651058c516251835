/** The end of section 3.4: does what one picture's salient region shows pull other pictures of its class to the wrong class too? */
import { bootstrapMeans, type Interval } from '../../src/saliency/bootstrap.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import type { PictureShape } from '../../src/saliency/masking.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { mean, tested, type Change } from './analysis.js';
import { pasteRegion, randomRegion, type Region } from './region.js';

/** What is pasted: a region of a picture, and the class that picture is wrongly taken for. */
export interface Patch {
  readonly picture: Float32Array;
  readonly region: Region;
  readonly pulled: number;
}

/** Softmax at the pulled class, and the class given. */
export interface Pull {
  readonly pulled: number;
  readonly predicted: number;
}

export interface Pasted {
  readonly id: number;
  /** What was pasted. */
  readonly region: Region;
  readonly before: Pull;
  readonly salient: Pull;
  /** With another region of the same picture, as large, in the same place. */
  readonly random: readonly Pull[];
}

/** Pastes onto one prepared picture; every region covers the same pixels of it, and all pictures see the same random regions. */
export async function pasteOnto(
  explainer: Explainer,
  { picture, region, pulled }: Patch,
  id: number,
  onto: Float32Array,
  shape: PictureShape,
  { draws, seed }: { draws: number; seed: number }
): Promise<Pasted> {
  const regions = [region, ...Array.from({ length: draws }, (_, d) => randomRegion(region, shape, new Random(seed, d)))];
  const rows = await explainer.logits([onto, ...regions.map((from) => pasteRegion(onto, picture, shape, from, region))]);
  const [before, salient, ...random] = rows.map((logits): Pull => ({ pulled: probability(logits, pulled), predicted: argmax(logits) }));
  return { id, region, before, salient, random };
}

export interface PasteAnalysis {
  readonly pictures: number;
  /** Mean confidence in the pulled class before. */
  readonly before: Interval;
  /** Of the confidence in the pulled class. */
  readonly salient: Change;
  readonly random: Change;
  readonly difference: Change;
  /** Pictures in which it rises. */
  readonly rising: { readonly salient: number; readonly random: number };
  /** Pictures that are given the pulled class. */
  readonly taken: { readonly before: number; readonly salient: number; readonly random: number };
}

/** A random count is the mean over the random regions. */
export function analysePaste(results: readonly Pasted[], pulled: number, seed: number): PasteAnalysis {
  const column = (value: (p: Pasted) => number): Float64Array => Float64Array.from(results, value);
  const before = column((p) => p.before.pulled);
  const salient = column((p) => p.salient.pulled - p.before.pulled);
  const random = column((p) => mean(p.random.map((r) => r.pulled)) - p.before.pulled);
  const difference = salient.map((v, k) => v - random[k]);
  const [interval, ...intervals] = bootstrapMeans([before, salient, random, difference], new Random(seed));
  const count = (share: (p: Pasted) => number): number => results.reduce((sum, p) => sum + share(p), 0);
  const is = (v: boolean): number => (v ? 1 : 0);
  return {
    pictures: results.length,
    before: interval,
    salient: tested(intervals[0], salient),
    random: tested(intervals[1], random),
    difference: tested(intervals[2], difference),
    rising: { salient: count((p) => is(p.salient.pulled > p.before.pulled)),
      random: count((p) => mean(p.random.map((r) => is(r.pulled > p.before.pulled)))) },
    taken: {
      before: count((p) => is(p.before.predicted === pulled)),
      salient: count((p) => is(p.salient.predicted === pulled)),
      random: count((p) => mean(p.random.map((r) => is(r.predicted === pulled)))),
    },
  };
}
