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
  /** R of each group's damped Hessian, where something else has factored it (device-factor.ts); not for 'exact'. */
  readonly factors?: readonly Float64Array[];
}

/** What became of a layer. */
export interface SolvedLayer {
  readonly layer: SpadeLayer;
  readonly sparsity: number;
  /** As the file has the weight. */
  readonly values: Float32Array;
  /** [groups, rows, columns], 1 where a weight is kept. */
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

/** The solutions of one layer on one Hessian: what is factored once serves every sparsity. */
export type LayerSolver = (sparsity: number) => SolvedLayer;

/** As `layerSolver`, for one sparsity. */
export const solveLayer = (layer: SpadeLayer, weight: ArrayLike<number>, hessian: Float64Array, options: SolveOptions): SolvedLayer =>
  layerSolver(layer, weight, hessian, options)(options.sparsity);

/**
 * `weight` as the file has it; `hessian` [groups, columns, columns], 2/N sum of x x^T, whole. Throws one sentence, naming the layer, where
 * its damped Hessian cannot be factored.
 */
export function layerSolver(layer: SpadeLayer, weight: ArrayLike<number>, hessian: Float64Array,
  options: Omit<SolveOptions, 'sparsity'>): LayerSolver {
  const { groups, rows, columns: D } = layer;
  const W = matrixOf(layer, weight);
  const parts = Array.from({ length: groups }, (_, g) => {
    const H = hessian.subarray(g * D * D, (g + 1) * D * D);
    const w = W.subarray(g * rows * D, (g + 1) * rows * D);
    return { H, w, base: quadraticForm(w, H, D), ...groupSolver(layer, w, H, options, options.factors?.[g]) };
  });
  const sum = (of: (part: (typeof parts)[number]) => number): number => parts.reduce((n, part) => n + of(part), 0);
  const base = sum((part) => part.base), dead = sum((part) => part.dead.reduce((n, v) => n + v, 0));
  const diagonal = sum(({ H }) => Array.from({ length: D }, (_, d) => H[d * (D + 1)]).reduce((a, b) => a + b, 0));
  return (sparsity) => {
    const solved = new Float64Array(W.length), kept = new Uint8Array(W.length);
    let error = 0, loss = 0;
    parts.forEach(({ H, w, solve }, g) => {
      const solution = solve(sparsity);
      solved.set(solution.weights, g * rows * D);
      kept.set(solution.kept, g * rows * D);
      error += quadraticForm(w.map((v, k) => v - solution.weights[k]), H, D);
      loss += solution.loss;
    });
    return { layer, sparsity, values: weightFrom(layer, solved), kept, error, relative: base > 0 ? error / base : 0, loss,
      meanDiagonal: diagonal / (groups * D), dead };
  };
}

/** Each group's damped Hessian, to be factored elsewhere. */
export const dampedGroups = ({ groups, columns: D }: SpadeLayer, hessian: Float64Array,
  { solver, damping = DAMPING[solver] }: Pick<SolveOptions, 'solver' | 'damping'>): Float64Array[] =>
  Array.from({ length: groups }, (_, g) => damped(hessian.subarray(g * D * D, (g + 1) * D * D), D, damping, solver === 'released').matrix);

function groupSolver(layer: SpadeLayer, w: Float64Array, H: Float64Array,
  { solver, block = layer.block, damping = DAMPING[solver] }: Omit<SolveOptions, 'sparsity'>,
  factor?: Float64Array): { readonly solve: (sparsity: number) => Solution; readonly dead: Uint8Array } {
  const { rows, columns } = layer;
  const { matrix, dead } = damped(H, columns, damping, solver === 'released');
  const start = w.map((v, k) => (dead[k % columns] ? 0 : v));
  try {
    if (solver === 'exact') {
      const inverse = inverseFromFactor(cholesky(matrix, columns), columns);
      return { solve: (sparsity) => exactObc(start, inverse, dead, { rows, columns, sparsity }), dead };
    }
    const R = factor ?? reversedFactor(matrix, columns);
    const released = solver === 'released';
    return { solve: (sparsity) => fastSpade(start, R, dead, { rows, columns, block, sparsity, released }), dead };
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

/** 1/2 sum over rows of w H w^T; H is symmetric, and its lower triangle is read. */
export function quadraticForm(w: Float64Array, H: Float64Array, D: number): number {
  let total = 0;
  for (let start = 0; start < w.length; start += D) {
    for (let i = 0; i < D; i++) {
      const v = w[start + i];
      if (v === 0) continue;
      const at = i * D;
      // Four sums side by side: one alone would wait for each of its additions.
      let a = (v * H[at + i]) / 2, b = 0, c = 0, d = 0, j = 0;
      for (; j + 4 <= i; j += 4) {
        a += w[start + j] * H[at + j];
        b += w[start + j + 1] * H[at + j + 1];
        c += w[start + j + 2] * H[at + j + 2];
        d += w[start + j + 3] * H[at + j + 3];
      }
      for (; j < i; j++) a += w[start + j] * H[at + j];
      total += v * (a + b + (c + d));
    }
  }
  return total;
}
