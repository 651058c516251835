/** What is kept of a trace beside its weights: how far it says what the network says, and what became of each layer. */
import type { Trace } from './trace.js';

export interface LayerRecord {
  readonly name: string;
  readonly weight: string;
  readonly sparsity: number;
  /** Weights, and those kept. */
  readonly weights: number;
  readonly kept: number;
  /** ||(W - W') X||^2 / N, and over ||W X||^2 / N. */
  readonly error: number;
  readonly relative: number;
  readonly solverLoss: number;
  readonly meanDiagonal: number;
  readonly dead: number;
}

export interface TraceRecord {
  readonly picture: string;
  /** Of the prepared picture. */
  readonly sha256: string;
  readonly denseClass: number;
  readonly traceClass: number;
  readonly agrees: boolean;
  /** Softmax at the dense network's class. */
  readonly denseProbability: number;
  readonly traceProbability: number;
  readonly views: number;
  /** Views that the network gives the class it gives the picture. */
  readonly viewsKept: number;
  readonly denseLogits: readonly number[];
  readonly traceLogits: readonly number[];
  readonly layers: readonly LayerRecord[];
}

/** The record of a trace of the picture of that name and hash. */
export function recordOf({ layers, faithfulness: f }: Trace, picture: string, sha256: string): TraceRecord {
  return {
    picture,
    sha256,
    denseClass: f.denseClass,
    traceClass: f.traceClass,
    agrees: f.denseClass === f.traceClass,
    denseProbability: f.denseProbability,
    traceProbability: f.traceProbability,
    views: f.views,
    viewsKept: f.viewsKept,
    denseLogits: [...f.dense],
    traceLogits: [...f.trace],
    layers: layers.map(({ layer: { name, weight }, sparsity, kept, error, relative, loss, meanDiagonal, dead }) => ({ name, weight,
      sparsity, weights: kept.length, kept: kept.reduce((n, v) => n + v, 0), error, relative, solverLoss: loss, meanDiagonal, dead })
    ),
  };
}
