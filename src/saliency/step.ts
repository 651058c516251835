/**
 * One normalized step on a few filters (Levin et al., arXiv 2108.01335, section 3.3): gradient descent on the loss of one
 * sample,
 *
 *   theta_F <- theta_F - eta g_F / |g_F|,    g_F = dL(x, y) / dtheta_F
 *
 * with |.| the norm over the weights of all chosen filters F together. A step touches few filters, so it is kept as the
 * parts of weights that it changes.
 */
import type { WeightPatch } from '../engine/run/backend.js';
import { filterCount, type Network } from './network.js';

export type { WeightPatch };

/** dL/dW of one sample. */
export interface WeightGradient {
  /** Cross-entropy against the label, and the logits [classes] that it was computed from. */
  readonly loss: number;
  readonly logits: Float32Array;
  /** The gradient of every layer's weight by its name, in the weight's own shape. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

export interface Step {
  /** |g_F|; where it is 0 there is no direction, and the step changes nothing. */
  readonly norm: number;
  readonly patches: readonly WeightPatch[];
}

/**
 * The step of length `eta` on the given filters (indices among all of the network's, each once), from one gradient.
 * Computed in float64 and rounded once. Throws where there is no such filter, or one is given twice.
 */
export function normalizedStep(network: Pick<Network, 'layers' | 'weights'>, gradient: WeightGradient, filters: readonly number[],
  eta: number): Step {
  const stretches = stretchesOf(network, filters).map((stretch) => ({ ...stretch,
    slope: gradient.weights.get(stretch.weight)!.subarray(stretch.from, stretch.end) })
  );
  let sum = 0;
  for (const { slope } of stretches) for (let k = 0; k < slope.length; k++) sum += slope[k] * slope[k];
  const norm = Math.sqrt(sum);
  if (norm === 0) return { norm, patches: [] };
  return {
    norm,
    patches: stretches.map(({ weight, from, slope }) => {
      const base = network.weights.get(weight)!;
      const values = new Float32Array(slope.length);
      // A loop, since a network's every weight may pass here: Float32Array.from takes twenty times as long.
      for (let k = 0; k < slope.length; k++) values[k] = base[from + k] - (eta * slope[k]) / norm;
      return { weight, offset: from, values };
    }),
  };
}

/** The whole of every weight that the step changes, by name: what a file of the tuned network holds. */
export function tunedWeights(network: Pick<Network, 'layers' | 'weights'>, { patches }: Step): Map<string, Float32Array> {
  const out = new Map<string, Float32Array>();
  for (const { weight, offset, values } of patches) {
    const whole = out.get(weight) ?? network.weights.get(weight)!.slice();
    whole.set(values, offset);
    out.set(weight, whole);
  }
  return out;
}

/** The filters' weights as stretches without gaps: filter j of a weight [K, ...] is its j-th K-th. */
function stretchesOf({ layers, weights }: Pick<Network, 'layers' | 'weights'>,
  filters: readonly number[]): { weight: string; from: number; end: number }[] {
  const stretches: { weight: string; from: number; end: number }[] = [];
  const sorted = [...filters].sort((x, y) => x - y);
  const total = filterCount(layers);
  let l = 0;
  sorted.forEach((k, n) => {
    if (!Number.isInteger(k) || k < 0 || k >= total) throw new Error(`there is no filter ${k}; the network has ${total}`);
    if (k === sorted[n - 1]) throw new Error(`filter ${k} is given twice`);
    while (k >= layers[l].offset + layers[l].filters) l++;
    const { weight, offset, filters: count } = layers[l];
    const each = weights.get(weight)!.length / count;
    const from = (k - offset) * each;
    const last = stretches[stretches.length - 1];
    if (last?.weight === weight && last.end === from) last.end += each;
    else stretches.push({ weight, from, end: from + each });
  });
  return stretches;
}
