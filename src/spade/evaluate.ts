/**
 * Does a trace help to find what an answer rests on? For a picture with known pixels: how well each attribution method's map finds them
 * on the dense network, on the picture's trace, and on controls as sparse: weights kept by size, at random, another picture's trace; and
 * both maps averaged over 5 x 5 pixels, which is smoothing alone. Insertion and deletion are asked of the DENSE network.
 */
import type { Attributor } from '../attribution/attributor.js';
import type { Draws } from '../attribution/draws.js';
import { pixelScore, type MethodName } from '../attribution/methods.js';
import type { WeightChanges } from '../attribution/weights.js';
import { boxMean } from '../saliency/box-mean.js';
import { causalAreas, type CausalAreas } from '../saliency/insertion.js';
import { argmax } from '../saliency/prediction.js';
import { rocArea } from '../saliency/roc.js';

/** Whose maps are compared. */
export const VARIANTS = ['dense', 'trace', 'magnitude', 'random', 'other'] as const;
export type Variant = (typeof VARIANTS)[number];
/** Of these insertion and deletion are measured, too. */
export const CAUSAL = ['dense', 'trace', 'other'] as const;

export interface MethodScores {
  /** Area under the ROC curve of each map as a detector of the known pixels. */
  readonly auc: Readonly<Record<Variant, number>>;
  /** The same of maps averaged over 5 x 5 pixels. */
  readonly smooth: { readonly dense: number; readonly trace: number };
  readonly causal: Readonly<Record<(typeof CAUSAL)[number], CausalAreas>>;
}

export interface PictureScores {
  /** Whether it gives the dense network's class. */
  readonly agrees: Readonly<Record<Variant, boolean>>;
  readonly methods: Readonly<Partial<Record<MethodName, MethodScores>>>;
}

export interface PictureToScore {
  /** Prepared, of `shape` [C,H,W]. */
  readonly picture: Float32Array;
  readonly shape: readonly number[];
  /** 1 at the known pixels, of [H*W]. */
  readonly inside: Uint8Array;
  /** Changed weights of each variant but the dense one. */
  readonly weights: Readonly<Record<Exclude<Variant, 'dense'>, WeightChanges>>;
}

export interface ScoreOptions {
  /** Steps of insertion and deletion. */
  readonly steps: number;
  /** Told the share that is done. */
  readonly onProgress?: (share: number) => void;
  /** Told a method's scores [H*W], one a pixel, on the dense network and on the trace. */
  readonly onMaps?: (method: MethodName, dense: Float32Array, trace: Float32Array) => void;
}

/**
 * The scores of one picture; maps are of the logit of the dense network's class, on every variant. Throws as the attributor's methods and
 * `rocArea` do.
 */
export async function scorePicture(attributor: Attributor, { picture, shape, inside, weights }: PictureToScore,
  methods: readonly MethodName[], draws: Draws,
  { steps, onProgress: done = () => undefined, onMaps }: ScoreOptions): Promise<PictureScores> {
  const [, height, width] = shape;
  const agrees: Partial<Record<Variant, boolean>> = {};
  const maps = new Map<string, Float32Array>();
  let target = 0;
  try {
    for (const [v, variant] of VARIANTS.entries()) {
      attributor.use(variant === 'dense' ? null : weights[variant]);
      const answer = argmax((await attributor.logits([picture]))[0]);
      if (variant === 'dense') target = answer;
      agrees[variant] = answer === target;
      for (const [m, method] of methods.entries()) {
        const map = await attributor.map(method, picture, target, draws);
        maps.set(`${variant} ${method}`, pixelScore(method, map, shape));
        done((v * methods.length + m + 1) / ((VARIANTS.length + 1) * methods.length));
      }
    }
  } finally {
    attributor.use(null);
  }
  const scores: Partial<Record<MethodName, MethodScores>> = {};
  for (const [m, method] of methods.entries()) {
    const of = (variant: Variant): Float32Array => maps.get(`${variant} ${method}`)!;
    onMaps?.(method, of('dense'), of('trace'));
    const area = (variant: Variant): number => rocArea(of(variant), inside);
    const smooth = (variant: Variant): number => rocArea(boxMean(of(variant), [height, width]), inside);
    const [dense, trace, other] = await causalAreas(CAUSAL.map(of), picture, shape, target, (pictures) => attributor.logits(pictures),
      steps);
    scores[method] = { auc: recordOf(VARIANTS, area), smooth: { dense: smooth('dense'), trace: smooth('trace') },
      causal: { dense, trace, other } };
    done((VARIANTS.length * methods.length + m + 1) / ((VARIANTS.length + 1) * methods.length));
  }
  return { agrees: agrees as Record<Variant, boolean>, methods: scores };
}

const recordOf = <K extends string>(keys: readonly K[], value: (key: K) => number): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, number>;
