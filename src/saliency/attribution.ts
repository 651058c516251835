/**
 * First-order maps, for comparison with the map of section 2.2: they say which pixels an answer hangs on, not which
 * pixels set particular filters off. Each is [H*W], of one picture, of the loss against a class or of the class's logit.
 *
 *   gradient            max_c |dS/dx|                                                    (Simonyan et al., arXiv 1312.6034)
 *   gradient x input    |sum_c x dS/dx|                                                  (Shrikumar et al., arXiv 1605.01713)
 *   SmoothGrad          max_c |mean over n of dS/dx at x + noise|                        (Smilkov et al., arXiv 1706.03825)
 *   integrated gradients  |sum_c (x - x0) mean over t of dS/dx at x0 + t (x - x0)|       (Sundararajan et al., arXiv 1703.01365)
 *   Grad-CAM            max(0, sum_k mean(dz/dA_k) A_k), enlarged; always of the logit   (Selvaraju et al., arXiv 1610.02391)
 */
import type { Explainer, FeatureMap } from './explainer.js';
import { pixelMap } from './input.js';
import type { Random } from './random.js';
import { resample } from './resample.js';

export const FIRST_ORDER = ['gradient', 'gradient x input', 'SmoothGrad', 'integrated gradients', 'Grad-CAM'] as const;
export type FirstOrder = (typeof FIRST_ORDER)[number];

export interface AttributionOptions {
  /** S, which is differentiated: the loss against the class, or its logit. */
  readonly score: 'loss' | 'logit';
  /** Pictures that SmoothGrad averages over. */
  readonly samples?: number;
  /** Deviation of SmoothGrad's noise, as a share of the picture's range of values. */
  readonly noise?: number;
  /** Points of the path that integrated gradients averages over, at the middles of equal steps. */
  readonly steps?: number;
}

export const SMOOTH_SAMPLES = 16, SMOOTH_NOISE = 0.15, PATH_STEPS = 32;

/**
 * The map [H*W] of a prepared `picture` of `shape` [C,H,W] for the class `target`; integrated gradients start from x0 = 0,
 * which is the mean colour of a normalized picture. `random` draws SmoothGrad's noise. Throws as the Explainer's methods do.
 */
export async function firstOrderMap(
  kind: FirstOrder,
  explainer: Explainer,
  picture: Float32Array,
  shape: readonly number[],
  target: number,
  random: Random,
  options: AttributionOptions
): Promise<Float32Array> {
  if (kind === 'Grad-CAM') return gradCam((await explainer.featureMaps([picture], [target]))[0], shape);
  const taken = along(kind, picture, random, options);
  const gradient = average(await explainer.inputGradients(taken, taken.map(() => target), options.score));
  return kind === 'gradient' || kind === 'SmoothGrad' ? pixelMap(gradient, shape) : channelSum(gradient, picture, shape);
}

/** The pictures whose gradients a map is the mean of. */
function along(kind: Exclude<FirstOrder, 'Grad-CAM'>, picture: Float32Array, random: Random, options: AttributionOptions): Float32Array[] {
  switch (kind) {
    case 'gradient':
    case 'gradient x input':
      return [picture];
    case 'SmoothGrad': {
      const { samples = SMOOTH_SAMPLES, noise = SMOOTH_NOISE } = options;
      const deviation = noise * (picture.reduce((m, v) => Math.max(m, v), -Infinity) - picture.reduce((m, v) => Math.min(m, v), Infinity));
      return Array.from({ length: samples }, () => picture.map((v) => v + deviation * random.normal()));
    }
    case 'integrated gradients': {
      const { steps = PATH_STEPS } = options;
      return Array.from({ length: steps }, (_, k) => picture.map((v) => (v * (k + 0.5)) / steps));
    }
  }
}

/** Grad-CAM [height*width] of one picture: max(0, sum over channels of a channel's mean gradient times its features), enlarged. */
export function gradCam({ features, gradient, shape: [channels, h, w] }: FeatureMap, [, height, width]: readonly number[]): Float32Array {
  const map = new Float32Array(h * w);
  for (let c = 0; c < channels; c++) {
    let weight = 0;
    for (let k = 0; k < h * w; k++) weight += gradient[c * h * w + k];
    weight /= h * w;
    for (let k = 0; k < h * w; k++) map[k] += weight * features[c * h * w + k];
  }
  return resample(map.map((v) => Math.max(0, v)), [h, w], [height, width]);
}

/** |sum over channels of gradient * difference|, [H*W]. */
function channelSum(gradient: Float32Array, difference: Float32Array, [channels, height, width]: readonly number[]): Float32Array {
  const pixels = height * width;
  return Float32Array.from({ length: pixels }, (_, k) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += gradient[c * pixels + k] * difference[c * pixels + k];
    return Math.abs(sum);
  });
}

function average(all: readonly Float32Array[]): Float32Array {
  return all[0].map((_, k) => all.reduce((sum, one) => sum + one[k], 0) / all.length);
}
