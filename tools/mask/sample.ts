/** Section 3.4 for one sample: its input map, and what the network says once the most salient pixels, or others, are masked. */
import type { Explainer, Explanation } from '../../src/saliency/explainer.js';
import { BOOST, pixelMap } from '../../src/saliency/input.js';
import { filling, putPixels, randomPixels, salientPixels, shiftMap, type Fill, type Normalization,
  type PictureShape } from '../../src/saliency/masking.js';
import { answerOf, type Answer } from '../../src/saliency/off.js';
import { Random } from '../../src/saliency/random.js';
import { isDead, rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';

/** Random pixels lie scattered and salient ones together, so there is a control for either: 'shifted' masks where the map moved elsewhere is highest. */
export const CONTROLS = ['random', 'shifted'] as const;
export type Control = (typeof CONTROLS)[number];

export interface Settings {
  /** Shares of the pixels that may be masked, in (0, 1]. */
  readonly shares: readonly number[];
  readonly fills: readonly Fill[];
  readonly controls: readonly Control[];
  /** Sets of pixels of each control, each as large as the salient one. */
  readonly draws: number;
  readonly seed: number;
  /** How many filters are boosted, 10 in the paper. */
  readonly top: number;
}

export interface Subject {
  readonly id: number;
  readonly label: number;
  /** The class the run has for it, which is wrong. */
  readonly predicted: number;
}

/** What the network says, and the mean standardized saliency of the boosted filters where it was measured. */
export interface Measured extends Answer {
  readonly saliency: number | null;
}

export interface Step extends Measured {
  readonly fill: Fill;
  readonly share: number;
  /** How many pixels that is. */
  readonly pixels: number;
  readonly choice: 'salient' | Control;
  /** Which set of a control, from 0; null for the salient pixels. */
  readonly draw: number | null;
}

/** A sample that has no pixel to mask, or no map, says why. */
export interface Masked {
  readonly skipped: string | null;
  /** Pixels of the picture, and those outside the object boxes. */
  readonly pixels: number;
  readonly maskable: number;
  /** The boosted filters, most salient first. */
  readonly filters: readonly number[];
  readonly before: Measured;
  readonly steps: readonly Step[];
}

/** What the experiment has at hand for every sample. */
export interface Bench {
  readonly explainer: Explainer;
  readonly stats: Statistics;
  /** How the pictures were normalized. */
  readonly how: Normalization;
  readonly settings: Settings;
}

/** The input map [H*W] of a picture for its `top` most salient filters (eq. 3 and 4), those filters, and what was measured of it. */
export async function mapOf(
  { explainer, stats }: Pick<Bench, 'explainer' | 'stats'>,
  top: number,
  picture: Float32Array,
  shape: PictureShape,
  label: number
): Promise<{ map: Float32Array; filters: number[]; explanation: Explanation }> {
  const [explanation] = await explainer.explain([picture], [label]);
  const filters = rankFilters(standardize(explanation.profile, stats), stats).slice(0, top);
  const [{ gradient }] = await explainer.inputMaps([picture], [label], [filters], stats, BOOST);
  return { map: pixelMap(gradient, shape), filters, explanation };
}

/** Throws one sentence where no filter would be left as it is: with all of them boosted, the two profiles have one direction. */
export function checkTop(top: number, stats: Statistics): void {
  const living = stats.mean.reduce((n, _, k) => n + (isDead(stats, k) ? 0 : 1), 0);
  if (top >= living) {
    throw new Error(
      `the network has ${living} filters whose saliency varies, and to boost ${top} leaves none to compare with; give a smaller --top`
    );
  }
}

/** `picture` is prepared, of `shape` [channels, height, width]; `allowed` has a 1 for every pixel that may be masked, all where it is null. */
export async function maskSample(bench: Bench, subject: Subject, picture: Float32Array, shape: PictureShape,
  allowed: Uint8Array | null): Promise<Masked> {
  const { explainer, settings, how, stats } = bench;
  const { shares, fills, top } = settings;
  const { id, label, predicted } = subject;
  const pixels = shape[1] * shape[2];
  const maskable = allowed ? allowed.reduce((n, v) => n + v, 0) : pixels;
  const { map, filters, explanation } = await mapOf(bench, top, picture, shape, label);
  const saliencyOf = ({ profile }: Explanation): number => {
    const standardized = standardize(profile, stats);
    return filters.reduce((sum, f) => sum + standardized[f], 0) / filters.length;
  };
  const measured = (e: Explanation): Measured => ({ ...answerOf(e.logits, label, predicted), saliency: saliencyOf(e) });
  const skipped = maskable === 0
    ? 'its object boxes cover the whole picture'
    : map.every(Number.isFinite)
    ? null
    : 'its input map is not finite';
  const common = { skipped, pixels, maskable, filters, before: measured(explanation) };
  if (skipped !== null) return { ...common, steps: [] };

  const counts = shares.map((share) => Math.max(1, Math.round(share * maskable)));
  const sets = pixelSets(id, map, shape, allowed ?? undefined, Math.max(...counts), settings);
  const planned = fills.flatMap((fill) => {
    const other = filling(picture, shape, fill, how);
    return sets.flatMap(({ choice, draw, set }) =>
      shares.map((share, s) => ({
        step: { fill, share, pixels: counts[s], choice, draw },
        picture: putPixels(picture, shape, set.slice(0, counts[s]), other),
      }))
    );
  });
  // A profile costs several times what an answer does: the filters are measured again for the salient pixels and the first set of each control.
  const again = planned.filter(({ step }) => (step.draw ?? 0) === 0);
  const explanations = await explainer.explain(again.map((p) => p.picture), again.map(() => label));
  const rest = planned.filter((p) => !again.includes(p));
  const answers = rest.length > 0 ? await explainer.logits(rest.map((p) => p.picture)) : [];
  const results = new Map([
    ...again.map((p, k) => [p, measured(explanations[k])] as const),
    ...rest.map((p, k) => [p, { ...answerOf(answers[k], label, predicted), saliency: null }] as const),
  ]);
  return { ...common, steps: planned.map((p) => ({ ...p.step, ...results.get(p)! })) };
}

interface PixelSet {
  readonly choice: Step['choice'];
  readonly draw: number | null;
  readonly set: readonly number[];
}

/** The pixels of the largest masks; the first ones of each are those of the smaller masks, and every fill sees the same sets. */
function pixelSets(id: number, map: Float32Array, shape: PictureShape, allowed: Uint8Array | undefined, most: number,
  { controls, draws, seed }: Settings): PixelSet[] {
  const choose: Readonly<Record<Control, (random: Random) => number[]>> = {
    random: (random) => randomPixels(most, map.length, random, allowed),
    shifted: (random) => salientPixels(shiftMap(map, shape, random), most, allowed),
  };
  return [
    { choice: 'salient', draw: null, set: salientPixels(map, most, allowed) },
    ...controls.flatMap((choice) =>
      Array.from({ length: draws },
        (_, draw) => ({ choice, draw, set: choose[choice](new Random(seed, id, CONTROLS.indexOf(choice), draw)) }))
    ),
  ];
}
