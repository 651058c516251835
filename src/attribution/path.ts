/**
 * Gradients along ways that end at the picture, whose integral is what the logit changes by on the way:
 *
 *   integrated gradients  (x - 0) sum over k of w_k df/dx(t_k x), Gauss-Legendre of 50 points    (Sundararajan et al., arXiv 1703.01365)
 *   GradientSHAP          mean over samples of (x + sigma e - b) df/dx(u (x + sigma e) + (1 - u) b)   (Lundberg and Lee, arXiv 1705.07874)
 */
import type { Draws } from './draws.js';
import { gaussLegendre } from './quadrature.js';

/** Points of integrated gradients' rule. */
export const PATH_POINTS = 50;

/** Sum over points of weight times gradient of a class's logit there, element by element, in float64. */
export type Slope = (count: number, point: (k: number) => Float32Array,
  weight: (k: number, element: number) => number) => Promise<Float64Array>;

/** The map [C,H,W] of a picture; the way begins at a picture of zeros. */
export async function integratedGradients(picture: Float32Array, slope: Slope): Promise<Float32Array> {
  const { points, weights } = gaussLegendre(PATH_POINTS);
  const mean = await slope(PATH_POINTS, (k) => picture.map((v) => points[k] * v), (k) => weights[k]);
  return picture.map((v, k) => v * mean[k]);
}

/** The map [C,H,W] of a picture. */
export async function gradientShap(picture: Float32Array, { baselines, ways, sigma }: Draws, slope: Slope): Promise<Float32Array> {
  const near = (s: number, k: number): number => picture[k] + sigma * ways[s].noise[k];
  const start = (s: number): Float32Array => baselines[ways[s].baseline];
  return Float32Array.from(await slope(
    ways.length,
    (s) => picture.map((_, k) => ways[s].u * near(s, k) + (1 - ways[s].u) * start(s)[k]),
    (s, k) => (near(s, k) - start(s)[k]) / ways.length
  ));
}
