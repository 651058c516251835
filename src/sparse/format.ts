/**
 * What `misfire sparse` leaves in its folder, for programs that read it:
 *
 *   result.json       SparseResult: the problem, the path's figures, which layer was chosen and how it does
 *   weights.npy       float32 [lambdas, classes, features], standardised scale
 *   intercepts.npy    float64 [lambdas, classes], standardised scale
 *   lambdas.npy       float64 [lambdas], greatest first
 *   mean.npy, std.npy float64 [features] of the training rows; std is 1 for a constant feature, whose weights are 0
 *
 * Logits of raw features x: sum_j W_cj z_j + b_c with z = (x - mean) / std.
 */

/** Names of the folder's files. */
export const RESULT = 'result.json', WEIGHTS = 'weights.npy', INTERCEPTS = 'intercepts.npy', LAMBDAS = 'lambdas.npy', MEAN = 'mean.npy',
  STD = 'std.npy';

/** The last matrix product of a network, whose input are its features. */
export interface DecisionLayer {
  /** The tensor of the ONNX file that holds the features. */
  readonly features: string;
  /** The node that reads it, and its op. */
  readonly node: string;
  readonly op: 'Gemm' | 'MatMul';
  /** Names of its weight and of its bias; a MatMul's is that of the Add behind it. Null where there is none. */
  readonly weight: string;
  readonly bias: string | null;
}

/** Where rows of features came from. */
export interface FeatureOrigin {
  /** 'run': a folder of `misfire profile`; 'arrays': features.npy,labels.npy. */
  readonly kind: 'run' | 'arrays';
  /** The folder, or the two files, as absolute paths. */
  readonly paths: readonly string[];
  readonly samples: number;
}

/** A share of samples with its 95 % interval (Wilson). */
export interface Share {
  readonly right: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

/** One lambda of the path. */
export interface PathPoint {
  readonly lambda: number;
  /** KKT residual over all weights and intercepts, of the stored weights; and divided by lambda alpha (sparse: section "certificate"). */
  readonly kkt: number;
  readonly kktRelative: number;
  /** Of the training rows, without and with the penalty. */
  readonly loss: number;
  readonly objective: number;
  readonly trainAccuracy: number;
  readonly heldLoss: number;
  readonly heldAccuracy: number;
  /** Weights that are not 0, of each class; and features that any class uses. */
  readonly nonzeros: readonly number[];
  readonly features: number;
  /** Passes over the training rows, and whether Newton's method on the support ended the work. */
  readonly passes: number;
  readonly polished: boolean;
}

/** The paper's rule on one half of the held samples, its layer scored on the other. */
export interface Half {
  /** Which point of the path was chosen. */
  readonly index: number;
  /** On the half that chose, of the chosen point and of the best one. */
  readonly selected: Share;
  readonly best: Share;
  /** On the other half: the chosen layer, and the network's own beside it (null without a network). */
  readonly reported: Share;
  readonly network: Share | null;
}

/** Accuracies with a layer's largest weights of each class alone, and with all others alone. */
export interface Ablation {
  readonly k: number;
  readonly top: number;
  readonly rest: number;
}

/** The network's own layer on the held samples, by standardised weights. */
export interface DenseLayer {
  readonly accuracy: Share;
  /** "Keep the k largest" and its complement. */
  readonly ablation: readonly Ablation[];
}

/** result.json */
export interface SparseResult {
  readonly format: 1;
  /** The program's version. */
  readonly version: string;
  readonly problem: {
    readonly loss: 'cross-entropy' | 'squared';
    readonly alpha: number;
    readonly group: boolean;
    readonly solver: 'fista' | 'saga';
    /** KKT residual / (lambda alpha) at which the solver stops. */
    readonly tolerance: number;
    readonly classes: number;
    readonly features: number;
    readonly lambdaMax: number;
  };
  readonly train: FeatureOrigin;
  readonly held: FeatureOrigin;
  /** The network whose features these are; null for arrays. */
  readonly model: { readonly file: string; readonly sha256: string; readonly layer: DecisionLayer } | null;
  readonly classNames: readonly string[] | null;
  /** Training rows of each class. */
  readonly classCounts: readonly number[];
  /** Features that never vary over the training rows. */
  readonly constant: readonly number[];
  readonly path: readonly PathPoint[];
  readonly selection: { readonly within: number; readonly halves: readonly [Half, Half] };
  /** The point of the path that is the result: the first half's choice. */
  readonly chosen: number;
  /** Of the chosen layer on all held samples. */
  readonly ablation: readonly Ablation[];
  /** The network's own layer beside it; null where it is not known. */
  readonly dense: DenseLayer | null;
  readonly adapter: { readonly description: string; readonly software: boolean };
}

/** A layer as it is used: [classes, features] and [classes], standardised scale. */
export interface SparseLayer {
  readonly classes: number;
  readonly features: number;
  readonly weights: Float32Array;
  readonly intercepts: Float64Array;
  /** Of the training rows, [features]. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** result.json as text, read. Throws one sentence where it is none of this version. */
export function parseSparseResult(text: string, path: string): SparseResult {
  const found = parsed(text) as Partial<SparseResult> | null;
  if (found?.format !== 1 || !found.problem || !Array.isArray(found.path)) {
    throw new Error(`${path} is no result of misfire sparse of this version, or is damaged; run misfire sparse again`);
  }
  return found as SparseResult;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
