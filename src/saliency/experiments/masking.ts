/** Section 3.4 for one sample: its input map, and what the network says once the most salient pixels, or others, are masked. */
import type { Explainer, Explanation } from '../explainer.js';
import { BOOST, pixelMap } from '../input.js';
import { filling, putPixels, randomPixels, salientPixels, shiftMap, type Fill, type Normalization, type PictureShape } from '../masking.js';
import { answerOf, type Answer } from '../off.js';
import { Random } from '../random.js';
import { rankFilters, standardize, type Statistics } from '../standardize.js';
import type { PicturedSample } from './sample.js';

/**
 * What the salient pixels are compared with. Random pixels lie scattered and salient ones together, so there is a control
 * for either: 'shifted' masks where the map moved elsewhere is highest.
 */
export const MASKING_CONTROLS = ['random', 'shifted'] as const;
export type MaskingControl = (typeof MASKING_CONTROLS)[number];

/** Shares of the pixels that are masked where nothing else is said. The paper masks 5 %. */
export const MASKING_SHARES: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2];
/** Sets of pixels of each control, where nothing else is said. */
export const MASKING_DRAWS = 5;

export interface MaskingSettings {
  /** Shares of the pixels that may be masked, in (0, 1]. */
  readonly shares: readonly number[];
  readonly fills: readonly Fill[];
  readonly controls: readonly MaskingControl[];
  /** Sets of pixels of each control, each as large as the salient one. */
  readonly draws: number;
  readonly seed: number;
  /** How many filters are boosted, 10 in the paper: fewer than there are living ones. */
  readonly top: number;
}

/** What the network says, and the mean standardized saliency of the boosted filters where it was measured. */
export interface MaskedAnswer extends Answer {
  readonly saliency: number | null;
}

export interface MaskingStep extends MaskedAnswer {
  readonly fill: Fill;
  readonly share: number;
  /** How many pixels that is. */
  readonly pixels: number;
  readonly choice: 'salient' | MaskingControl;
  /** Which set of a control, from 0; null for the salient pixels. */
  readonly draw: number | null;
}

export interface MaskedSample {
  /** Why there are no steps, where there is no pixel to mask or no map. */
  readonly skipped: string | null;
  /** Pixels of the picture, and those outside the object boxes. */
  readonly pixels: number;
  readonly maskable: number;
  /** The boosted filters, most salient first. */
  readonly filters: readonly number[];
  readonly before: MaskedAnswer;
  readonly steps: readonly MaskingStep[];
}

/** What input maps are taken with. */
export interface MapContext {
  readonly explainer: Explainer;
  readonly stats: Statistics;
  /** [channels, height, width] of every picture. */
  readonly shape: PictureShape;
}

export interface MaskingContext extends MapContext {
  /** How the pictures were normalized, which the fill 'grey' needs. */
  readonly normalization: Normalization;
}

/**
 * The input map [H*W] of a picture [C,H,W] for its `top` most salient filters (section 2.2, eq. 3 and 4), those filters,
 * and what was measured of it. Throws as `Explainer.explain` and `standardize` do.
 */
export async function salientMap({ explainer, stats, shape }: MapContext, picture: Float32Array, label: number,
  top: number): Promise<{ map: Float32Array; filters: number[]; explanation: Explanation }> {
  const [explanation] = await explainer.explain([picture], [label]);
  const filters = rankFilters(standardize(explanation.profile, stats), stats).slice(0, top);
  const [{ gradient }] = await explainer.inputMaps([picture], [label], [filters], stats, BOOST);
  return { map: pixelMap(gradient, shape), filters, explanation };
}

/**
 * Masks one sample: every fill, share and choice of pixels of the settings. `allowed` [H*W] has a 1 for every pixel that
 * may be masked; null: all of them. Throws as `Explainer` does, and where 'grey' has no normalization to go by.
 */
export async function maskSample(context: MaskingContext, sample: PicturedSample, allowed: Uint8Array | null,
  settings: MaskingSettings): Promise<MaskedSample> {
  const { explainer, stats, shape } = context;
  const { picture, label, predicted } = sample;
  const pixels = shape[1] * shape[2];
  const maskable = allowed ? allowed.reduce((n, v) => n + v, 0) : pixels;
  const { map, filters, explanation } = await salientMap(context, picture, label, settings.top);
  const answered = (e: Explanation): MaskedAnswer => {
    const standardized = standardize(e.profile, stats);
    const saliency = filters.reduce((sum, f) => sum + standardized[f], 0) / filters.length;
    return { ...answerOf(e.logits, label, predicted), saliency };
  };
  const skipped = maskable === 0 ?
    'its object boxes cover the whole picture' :
    map.every(Number.isFinite)
    ? null
    : 'its input map is not finite';
  const common = { skipped, pixels, maskable, filters, before: answered(explanation) };
  if (skipped !== null) return { ...common, steps: [] };

  const planned = maskedPictures(context, sample, map, allowed ?? undefined, maskable, settings);
  // A profile costs several times what an answer does: the filters are measured again for the salient pixels and the first
  // set of each control.
  const again = planned.filter(({ step }) => (step.draw ?? 0) === 0);
  const explanations = await explainer.explain(again.map((p) => p.picture), again.map(() => label));
  const rest = planned.filter((p) => !again.includes(p));
  const answers = rest.length > 0 ? await explainer.logits(rest.map((p) => p.picture)) : [];
  const results = new Map([
    ...again.map((p, k) => [p, answered(explanations[k])] as const),
    ...rest.map((p, k) => [p, { ...answerOf(answers[k], label, predicted), saliency: null }] as const),
  ]);
  return { ...common, steps: planned.map((p) => ({ ...p.step, ...results.get(p)! })) };
}

interface MaskedPicture {
  readonly step: Pick<MaskingStep, 'fill' | 'share' | 'pixels' | 'choice' | 'draw'>;
  readonly picture: Float32Array;
}

/** A picture for every fill, set of pixels and share. */
function maskedPictures({ shape, normalization }: MaskingContext, { id, picture }: PicturedSample, map: Float32Array,
  allowed: Uint8Array | undefined, maskable: number, settings: MaskingSettings): MaskedPicture[] {
  const { shares, fills } = settings;
  const counts = shares.map((share) => Math.max(1, Math.round(share * maskable)));
  const sets = pixelSets(id, map, shape, allowed, Math.max(...counts), settings);
  return fills.flatMap((fill) => {
    const other = filling(picture, shape, fill, normalization);
    return sets.flatMap(({ choice, draw, set }) =>
      shares.map((share, s) => ({
        step: { fill, share, pixels: counts[s], choice, draw },
        picture: putPixels(picture, shape, set.slice(0, counts[s]), other),
      }))
    );
  });
}

interface PixelSet {
  readonly choice: MaskingStep['choice'];
  readonly draw: number | null;
  readonly set: readonly number[];
}

/** The pixels of the largest masks; the first ones of each are those of the smaller masks, and every fill sees the same sets. */
function pixelSets(id: number, map: Float32Array, shape: PictureShape, allowed: Uint8Array | undefined, most: number,
  { controls, draws, seed }: MaskingSettings): PixelSet[] {
  const choose: Readonly<Record<MaskingControl, (random: Random) => number[]>> = {
    random: (random) => randomPixels(most, map.length, random, allowed),
    shifted: (random) => salientPixels(shiftMap(map, shape, random), most, allowed),
  };
  return [
    { choice: 'salient', draw: null, set: salientPixels(map, most, allowed) },
    ...controls.flatMap((choice) =>
      Array.from({ length: draws },
        (_, draw) => ({ choice, draw, set: choose[choice](new Random(seed, id, MASKING_CONTROLS.indexOf(choice), draw)) }))
    ),
  ];
}
