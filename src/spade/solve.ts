/** One layer of a trace: min over sparse W' of ||W X - W' X||^2, by one of three solvers, group by group. */
import { cholesky, inverseFromFactor, NotPositive, reversedFactor } from './cholesky.js';
import { damped } from './damping.js';
import { exactObc } from './exact.js';
import { fastSpade, type Solution } from './fast.js';
import { matrixOf, weightFrom, type SpadeLayer } from './layers.js';

/**
 * 'fast': FastSPADE with exact counts. 'exact': exact OBC, for D up to a few hundred. 'released': FastSPADE as the code that the paper's
 * authors released counts and damps.
 */
export type Solver = 'fast' | 'exact' | 'released';

export const SOLVERS: readonly Solver[] = ['fast', 'exact', 'released'];

export interface SolveOptions {
  readonly sparsity: number;
  readonly solver: Solver;
  /** Columns that FastSPADE prunes together; one input channel's where left out. */
  readonly block?: number;
  /** Of the mean of the live diagonal; 0.01 where left out, 1e-6 for 'exact'. */
  readonly damping?: number;
}

/** What became of a layer. */
export interface SolvedLayer {
  readonly layer: SpadeLayer;
  readonly sparsity: number;
  /** As the file has the weight. */
  readonly values: Float32Array;
  /** [groups, rows, columns]: 1 where a weight is kept. */
  readonly kept: Uint8Array;
  /** ||(W - W') X||^2 / N over the views, of the undamped Hessian. */
  readonly error: number;
  /** The same over ||W X||^2 / N; 0 where the layer gives nothing but zeros. */
  readonly relative: number;
  /** What the solver adds up: the damped error. */
  readonly loss: number;
  /** Of the Hessian. */
  readonly meanDiagonal: number;
  /** Columns of all groups that are 0 on every view. */
  readonly dead: number;
}

const DAMPING: Readonly<Record<Solver, number>> = { fast: 0.01, released: 0.01, exact: 1e-6 };

/**
 * `weight` as the file has it; `hessian` [groups, columns, columns], 2/N sum of x x^T, whole. Throws one sentence, naming the layer, where
 * its damped Hessian cannot be factored.
 */
export function solveLayer(layer: SpadeLayer, weight: ArrayLike<number>, hessian: Float64Array, options: SolveOptions): SolvedLayer {
  const { groups, rows, columns: D } = layer;
  const W = matrixOf(layer, weight);
  const solved = new Float64Array(W.length), kept = new Uint8Array(W.length);
  let error = 0, base = 0, loss = 0, diagonal = 0, deadColumns = 0;
  for (let g = 0; g < groups; g++) {
    const H = hessian.subarray(g * D * D, (g + 1) * D * D);
    const w = W.subarray(g * rows * D, (g + 1) * rows * D);
    const { solution, dead } = solveGroup(layer, w, H, options);
    solved.set(solution.weights, g * rows * D);
    kept.set(solution.kept, g * rows * D);
    error += quadraticForm(w.map((v, k) => v - solution.weights[k]), H, D);
    base += quadraticForm(w, H, D);
    loss += solution.loss;
    for (let d = 0; d < D; d++) {
      diagonal += H[d * D + d];
      deadColumns += dead[d];
    }
  }
  return { layer, sparsity: options.sparsity, values: weightFrom(layer, solved), kept, error, relative: base > 0 ? error / base : 0, loss,
    meanDiagonal: diagonal / (groups * D), dead: deadColumns };
}

function solveGroup(layer: SpadeLayer, w: Float64Array, H: Float64Array,
  { sparsity, solver, block = layer.block, damping = DAMPING[solver] }: SolveOptions): { solution: Solution; dead: Uint8Array } {
  const { rows, columns } = layer;
  const { matrix, dead } = damped(H, columns, damping, solver === 'released');
  const start = w.map((v, k) => (dead[k % columns] ? 0 : v));
  try {
    if (solver === 'exact') {
      const inverse = inverseFromFactor(cholesky(matrix, columns), columns);
      return { solution: exactObc(start, inverse, dead, { rows, columns, sparsity }), dead };
    }
    const R = reversedFactor(matrix, columns);
    return { solution: fastSpade(start, R, dead, { rows, columns, block, sparsity, released: solver === 'released' }), dead };
  } catch (error) {
    throw error instanceof NotPositive ? notFactored(layer, H, error) : error;
  }
}

/** The sentence of a layer whose Hessian has no factor. */
export function notFactored({ name, columns: D }: SpadeLayer, H: ArrayLike<number>, { column, pivot }: NotPositive): Error {
  let least = Infinity, most = -Infinity;
  for (let d = 0; d < D; d++) [least, most] = [Math.min(least, H[d * D + d]), Math.max(most, H[d * D + d])];
  const range = `${least.toPrecision(3)} to ${most.toPrecision(3)}`;
  return new Error(`the Hessian of layer ${name} (D = ${D}, diagonal ${range}) cannot be factored: ${pivot.toPrecision(3)} at column ` +
    `${column}; give more views or a larger --damping, or leave the layer out of --sparsity`);
}

/** 1/2 sum over rows of w H w^T. */
export function quadraticForm(w: Float64Array, H: Float64Array, D: number): number {
  let total = 0;
  for (let start = 0; start < w.length; start += D) {
    for (let i = 0; i < D; i++) {
      const v = w[start + i];
      if (v === 0) continue;
      let sum = 0;
      for (let j = 0, at = i * D; j < D; j++) sum += w[start + j] * H[at + j];
      total += v * sum;
    }
  }
  return total / 2;
}
