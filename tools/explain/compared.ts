/** What `misfire explain --compare` names: first-order maps, and the ten attribution methods, on the network and on a trace of it. */
import { InvalidArgumentError } from 'commander';
import { Attributor } from '../../src/attribution/attributor.js';
import { drawsFromSeed } from '../../src/attribution/draws.js';
import { METHODS, pixelScore, type MethodName } from '../../src/attribution/methods.js';
import { PATH_POINTS } from '../../src/attribution/path.js';
import { Refusal } from '../../src/attribution/rules.js';
import type { WeightChanges } from '../../src/attribution/weights.js';
import type { Device } from '../../src/engine/device.js';
import type { Backend } from '../../src/engine/run/backend.js';
import { onTrace } from '../../src/report/sections/maps.js';
import { FIRST_ORDER, firstOrderMap, PATH_STEPS, SMOOTH_SAMPLES, type AttributionOptions,
  type FirstOrder } from '../../src/saliency/attribution.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import type { Network } from '../../src/saliency/network.js';
import { argmax } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import type { SampleExplanation } from './explained.js';

export type Compared = FirstOrder | MethodName;

const NAMES = METHODS.map(({ name }) => name);
const isMethod = (kind: Compared): kind is MethodName => (NAMES as readonly Compared[]).includes(kind);
export const methodsOf = (kinds: readonly Compared[]): MethodName[] => kinds.filter(isMethod);

/** For --compare. */
export function comparisons(text: string): readonly Compared[] {
  if (text === 'all') return FIRST_ORDER;
  if (text === 'ten') return NAMES;
  if (text === 'none') return [];
  const all: readonly Compared[] = [...FIRST_ORDER, ...NAMES];
  const found = text.split(',').map((part) => {
    const name = part.trim().toLowerCase();
    const one = all.find((n) => n.toLowerCase() === name) ?? METHODS.find(({ title }) => title.toLowerCase() === name)?.name;
    if (!one) {
      throw new InvalidArgumentError(
        `There is no map "${part.trim()}"; there are ${FIRST_ORDER.join(', ')}, and of the logit ${NAMES.join(', ')}.`
      );
    }
    return one;
  });
  if (found.includes('integrated gradients') && found.includes('integrated-gradients')) {
    throw new InvalidArgumentError(
      '"integrated gradients" (of what --compare-of says, 32 points) and "integrated-gradients" (of the logit, 50 points) would go by ' +
        'one name: take one of them.'
    );
  }
  return [...new Set(found)];
}

/** Forward passes that a map costs, nearly. */
const COSTS: Readonly<Record<Compared, number>> = {
  gradient: 2,
  'gradient x input': 2,
  SmoothGrad: 2 * SMOOTH_SAMPLES,
  'integrated gradients': 2 * PATH_STEPS,
  'Grad-CAM': 2,
  saliency: 2,
  'input-x-gradient': 2,
  deeplift: 3,
  lrp: 3,
  'guided-backprop': 2,
  'guided-gradcam': 4,
  lime: 512,
  occlusion: 226,
  'integrated-gradients': 2 * PATH_POINTS,
  'gradient-shap': 32,
};

export const comparedCost = (kind: Compared): number => COSTS[kind];

export interface ComparedOptions {
  /** What first-order maps differentiate. */
  readonly score: AttributionOptions['score'];
  /** Of all draws. */
  readonly seed: number;
  /** Told of each kind. */
  readonly begin?: (kind: Compared) => void;
  /** Told, a sentence, of a method that this network refuses, where others are drawn all the same. */
  readonly onNotice?: (text: string) => void;
}

export interface ComparedMaps {
  /** [H*W] by name. */
  readonly maps: ReadonlyMap<string, Float32Array>;
  /** The class whose logit attributions are of, where there are some. */
  readonly attributed?: number;
}

/** Makes the maps of --compare, sample by sample. */
export class Comparer {
  private readonly own: Attributor | null;
  private readonly traced: Attributor | null;

  /** With `trace`, weights beside the network's, every attribution method is drawn of both. */
  constructor(private readonly explainer: Explainer, network: Network, device: Device | Backend,
    private readonly kinds: readonly Compared[], private readonly options: ComparedOptions, batch?: number, trace?: WeightChanges) {
    const wanted = kinds.some(isMethod);
    this.own = wanted ? new Attributor(network, device, { batch }) : null;
    // A trace may lose some of what its layers hand back: whether it says what the network says stands beside its maps.
    this.traced = wanted && trace ? new Attributor(network, device, { batch, weights: trace, incomplete: true }) : null;
  }

  /**
   * Maps [H*W] by name: first-order ones of the loss against the label or the logit of the class given, attributions of that logit.
   * On a trace, attributions are of the class that the NETWORK gives. Throws a sentence where no method that was asked for has rules for
   * the network.
   */
  async maps({ label, predicted }: SampleExplanation, picture: Float32Array, shape: readonly number[]): Promise<ComparedMaps> {
    const { score, seed, begin, onNotice } = this.options;
    const maps = new Map<string, Float32Array>();
    let refused: Refusal | null = null;
    const attributed = this.traced ? argmax((await this.own!.logits([picture]))[0]) : predicted;
    for (const kind of this.kinds) {
      begin?.(kind);
      if (!isMethod(kind)) {
        // Grad-CAM is always of a logit: of the class that was given.
        const target = score === 'loss' && kind !== 'Grad-CAM' ? label : predicted;
        maps.set(kind, await firstOrderMap(kind, this.explainer, picture, shape, target, new Random(seed), { score }));
        continue;
      }
      const draws = drawsFromSeed(seed, shape);
      try {
        maps.set(kind, pixelScore(kind, await this.own!.map(kind, picture, attributed, draws), shape));
        if (this.traced) maps.set(onTrace(kind), pixelScore(kind, await this.traced.map(kind, picture, attributed, draws), shape));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        onNotice?.(error.message);
        refused = error;
      }
    }
    if (refused && maps.size === 0) throw refused;
    return { maps, ...(this.own && { attributed }) };
  }

  destroy(): void {
    this.own?.destroy();
    this.traced?.destroy();
  }
}
