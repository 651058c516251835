/** The end of section 3.4: does what one picture's salient region shows pull other pictures of its class to the wrong class too? */
import { bootstrapMeans, type Interval } from '../bootstrap.js';
import type { Explainer } from '../explainer.js';
import type { PictureShape } from '../masking.js';
import { argmax, probability } from '../prediction.js';
import { Random } from '../random.js';
import { mean, tested, type Change } from './change.js';
import { pasteRegion, randomRegion, type Region } from './regions.js';

/** What is pasted: a region of a prepared picture [C,H,W], and the class that picture is wrongly taken for. */
export interface Patch {
  readonly picture: Float32Array;
  readonly shape: PictureShape;
  readonly region: Region;
  readonly pulled: number;
}

/** Softmax at the pulled class, and the class given. */
export interface Pull {
  readonly pulled: number;
  readonly predicted: number;
}

/** What the network says of one picture, before and with each region pasted. */
export interface PastedSample {
  readonly id: number;
  /** What was pasted. */
  readonly region: Region;
  readonly before: Pull;
  readonly salient: Pull;
  /** With another region of the same picture, as large, in the same place. */
  readonly random: readonly Pull[];
}

/**
 * Pastes onto one other picture [C,H,W]: the region, and `draws` random ones of the same size and picture. All cover the
 * same pixels of it, and all pictures see the same random regions. Throws where the region is the whole picture, and as
 * `Explainer.logits` does.
 */
export async function pasteOnto(explainer: Explainer, { picture, shape, region, pulled }: Patch,
  onto: { readonly id: number; readonly picture: Float32Array },
  { draws, seed }: { readonly draws: number; readonly seed: number }): Promise<PastedSample> {
  const regions = [region, ...Array.from({ length: draws }, (_, d) => randomRegion(region, shape, new Random(seed, d)))];
  const pasted = regions.map((from) => pasteRegion(onto.picture, picture, shape, from, region));
  const rows = await explainer.logits([onto.picture, ...pasted]);
  const [before, salient, ...random] = rows.map((logits): Pull => ({ pulled: probability(logits, pulled), predicted: argmax(logits) }));
  return { id: onto.id, region, before, salient, random };
}

export interface PastingAnalysis {
  readonly pictures: number;
  /** Mean confidence in the pulled class before. */
  readonly before: Interval;
  /** Changes of the confidence in the pulled class, -1 to 1; the difference is salient less random. */
  readonly salient: Change;
  readonly random: Change;
  readonly difference: Change;
  /** Pictures in which it rises. */
  readonly rising: { readonly salient: number; readonly random: number };
  /** Pictures that are given the pulled class. */
  readonly taken: { readonly before: number; readonly salient: number; readonly random: number };
}

/**
 * `results` are of `pasteOnto` with a patch whose class was `pulled`; a random count is the mean over the random regions.
 * Throws where there is no result.
 */
export function analysePasting(results: readonly PastedSample[], pulled: number, seed: number): PastingAnalysis {
  const column = (value: (p: PastedSample) => number): Float64Array => Float64Array.from(results, value);
  const before = column((p) => p.before.pulled);
  const salient = column((p) => p.salient.pulled - p.before.pulled);
  const random = column((p) => mean(p.random.map((r) => r.pulled)) - p.before.pulled);
  const difference = salient.map((v, k) => v - random[k]);
  const [interval, ...intervals] = bootstrapMeans([before, salient, random, difference], new Random(seed));
  const count = (share: (p: PastedSample) => number): number => results.reduce((sum, p) => sum + share(p), 0);
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
