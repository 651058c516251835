/**
 * Input-space saliency (Levin et al., arXiv 2108.01335, section 2.2): which pixels set a sample's most salient filters off.
 *
 *   s^   the standardized profile (eq. 2), a function of the picture x through the weight gradients
 *   s'   s^ held constant, with the filters F (the most salient) multiplied by a boost, 100 in the paper
 *   D    = 1 - <s^, s'> / (|s^| |s'|), their cosine distance                                               (eq. 3)
 *   map  = dD / dx                                                                                          (eq. 4)
 *
 * D depends on x through |dL/dw|, so its gradient is a second derivative; |g| differentiates to sign(g), sign(0) = 0.
 */
import * as b from '../engine/builder.js';
import type { ConvUse } from '../engine/convolutions.js';
import { grad } from '../engine/grad.js';
import type { Node } from '../engine/graph.js';
import { profileNodes, type Aggregation } from './profile.js';

/** The factor of the salient filters' standardized saliency in the paper. */
export const BOOST = 100;
/** How many filters the paper boosts. */
export const BOOSTED = 10;

export interface InputMapNodes {
  /** [N], D of each sample. */
  readonly distance: Node;
  /** [N, filters], eq. 2. */
  readonly standardized: Node;
  /** dD/dx, signed, of the input's shape. */
  readonly gradient: Node;
}

/** The statistics and the boost, [N, filters] each: dead filters have deviation 1, filters that are not boosted have boost 1. */
export interface Standardization {
  readonly mean: Node;
  readonly std: Node;
  readonly boost: Node;
}

/**
 * Equations 3 and 4 for `input` [N,C,H,W], `logits` [N,classes] and `labels` [N] as whole numbers. Throws where
 * the logits do not depend on the input or the loss not on one of the convolutions.
 */
export function inputMapNodes(
  input: Node,
  logits: Node,
  labels: Node,
  uses: readonly ConvUse[],
  { mean, std, boost }: Standardization,
  aggregation: Aggregation = 'mean-abs'
): InputMapNodes {
  // Its gradient needs the sign of every weight gradient, so these are computed once and kept.
  const { profile } = profileNodes(logits, labels, uses, { aggregation, keepGradients: true });
  const standardized = b.div(b.sub(profile, mean), std);
  const boosted = b.mul(b.detach(standardized), boost);
  const dot = (x: Node, y: Node): Node => b.sum(b.mul(x, y), [1]);
  const lengths = b.sqrt(b.mul(dot(standardized, standardized), dot(boosted, boosted)));
  const distance = b.sub(b.constant(1), b.div(dot(standardized, boosted), lengths));
  const [gradient] = grad(b.sum(distance), [input]);
  return { distance: b.reshape(distance, [distance.shape[0]]), standardized, gradient };
}

/** [H*W], the per-pixel maximum over channels of the absolute value of `gradient` [C,H,W]. */
export function pixelMap(gradient: Float32Array, [channels, height, width]: readonly number[]): Float32Array {
  const pixels = height * width;
  const map = new Float32Array(pixels);
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < pixels; k++) map[k] = Math.max(map[k], Math.abs(gradient[c * pixels + k]));
  }
  return map;
}

/**
 * The map as the authors' code has it: the maximum over channels of the gradient of the cosine SIMILARITY (so of
 * -gradient), and only then the absolute value.
 */
export function referencePixelMap(gradient: Float32Array, [channels, height, width]: readonly number[]): Float32Array {
  const pixels = height * width;
  return Float32Array.from({ length: pixels }, (_, k) => {
    let most = -Infinity;
    for (let c = 0; c < channels; c++) most = Math.max(most, -gradient[c * pixels + k]);
    return Math.abs(most);
  });
}
