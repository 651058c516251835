/**
 * The regularisation path: lambda by lambda downward, each begun where the last one ended. FISTA on the device finds the support;
 * where the host has room for the rows and few weights are left, Newton's method ends it in float64. Weights are rounded to float32
 * before they are measured, so what a point says holds for what is stored, and a path goes on from stored points with the same bits.
 */
import type { Device } from '../engine/device.js';
import { TooLarge } from '../kernels/writer.js';
import { DeviceRows, residentBytes } from './device-rows.js';
import { fista, type Fitted } from './fista.js';
import type { Loss } from './graphs.js';
import { HostRows } from './host-rows.js';
import { newton, newtonWork } from './newton.js';
import { lambdaMaxOf, penaltyOf, residualOf, type Weights } from './penalty.js';
import type { FeatureRows, Standardization } from './rows.js';

/** What is minimised along the path. */
export interface PathProblem {
  readonly loss: Loss;
  readonly alpha: number;
  readonly group: boolean;
  readonly classes: number;
  /** KKT residual over lambda alpha at which a point is done. */
  readonly tolerance: number;
}

/** A point of the path as it is stored: weights are float32 values, standardised scale. */
export interface PathWeights extends Weights {
  readonly lambda: number;
  /** The bound on the curvature that the next point begins with. */
  readonly curvature: number;
  readonly kkt: number;
  readonly loss: number;
  readonly objective: number;
  readonly passes: number;
  readonly polished: boolean;
}

/** Where rows lie while a path is computed: 'resident' on the device, or 'streamed' at every pass. */
export type Placement = 'resident' | 'streamed';

/** Looks at the rows for one lambda at most. */
const MOST = 20000;
/** Share of the tolerance that is tried for where Newton's method does not end the work: the objective's error goes with its square. */
const BETTER = 0.2;
/** Values that the host keeps for Newton's method at most, multiply-adds of one attempt with it, and steps that it takes, about. */
const HOST_VALUES = 1 << 26, NEWTON_WORK = 2e9, NEWTON_STEPS = 5;
/** Residuals over lambda alpha at which Newton's method is tried, one after the other. */
const TRY_AT = [0.1, 0.03, 0.01, 0.003];

/** Rows and a problem, ready for any lambda; `open` places them. */
export class PathSolver {
  private constructor(readonly rows: DeviceRows, private readonly host: HostRows | null, readonly placement: Placement,
    readonly problem: PathProblem, private readonly counts: readonly number[]) {}

  /**
   * Places the rows: on the device where `memory` bytes and the device itself have room, else read at every pass. `placement` says which,
   * where a path goes on that was begun so. Throws as the rows and the device do.
   */
  static async open(device: Device, rows: FeatureRows, standard: Standardization, problem: PathProblem, counts: readonly number[],
    { memory = device.memory, placement }: { memory?: number; placement?: Placement } = {}): Promise<PathSolver> {
    const { classes, loss } = problem, columns = Int32Array.from({ length: rows.features }, (_, j) => j);
    const small = rows.samples * rows.features <= HOST_VALUES;
    const host = small ? await HostRows.read(rows, standard, classes, loss) : null;
    const place = (resident: boolean): Promise<DeviceRows> => DeviceRows.open(device, rows, standard, { classes, loss, columns, resident });
    const fits = residentBytes(rows.samples, rows.features, classes, loss) <= memory;
    if (placement === 'resident' || (placement === undefined && fits)) {
      try {
        return new PathSolver(await place(true), host, 'resident', problem, counts);
      } catch (error) {
        if (!(error instanceof TooLarge) || placement !== undefined) throw error;
      }
    }
    return new PathSolver(await place(false), host, 'streamed', problem, counts);
  }

  /** All weights 0, and the intercepts that suit them: logarithms of the classes' shares, centred; of the squared form the shares. */
  zero(): Weights {
    const n = this.rows.samples, { classes, loss } = this.problem;
    const b = Float64Array.from(this.counts, (count) => (loss === 'squared' ? count / n : Math.log(count / n)));
    return { w: new Float64Array(classes * this.features), b: this.centred(b) };
  }

  get features(): number {
    return this.rows.shape.width;
  }

  /** The smallest lambda at which all weights are 0. */
  async lambdaMax(): Promise<number> {
    const zero = this.zero();
    const { gradient } = this.host ? this.host.evaluate(zero) : await this.rows.evaluate(zero, 0, zero);
    return lambdaMaxOf(gradient, this.problem.classes, this.problem);
  }

  /** One lambda, from the point before it (null: from all weights 0). Throws where it does not come to the tolerance. */
  async solve(lambda: number, before: PathWeights | null): Promise<PathWeights> {
    const { alpha, group, tolerance, classes } = this.problem, penalty = { lambda, alpha, group };
    const { rows, host } = this, from = rows.passes, goal = tolerance * lambda * alpha;
    let at: Weights = before ?? this.zero(), curvature = before?.curvature ?? 1;
    // Above lambda_max there is nothing to find, and rounding would leave weights of 1e-17.
    const exact = this.measured(at, lambda);
    if (exact && exact.residual <= goal * 1e-3) return this.point(at, lambda, curvature, exact, 0, false);
    for (const target of host ? [...TRY_AT.filter((t) => t > tolerance), tolerance] : [tolerance]) {
      const fit: Fitted = await fista(rows, at, curvature, { penalty, tolerance: target,
        better: target > tolerance ? target : BETTER * target, most: MOST });
      ({ at, curvature } = fit);
      const nonzeros = count(at.w);
      if (host && NEWTON_STEPS * newtonWork(host, nonzeros) <= NEWTON_WORK) {
        const { at: found } = newton(host, at, penalty, goal * 1e-3, NEWTON_WORK);
        const rounded: Weights = { w: found.w.map((v) => Math.fround(Math.abs(v) < TINY ? 0 : v)), b: this.centred(found.b) };
        const exact = this.measured(rounded, lambda)!;
        if (exact.residual <= goal) return this.point(rounded, lambda, curvature, exact, rows.passes - from, true);
      }
      if (target > tolerance) continue;
      const centred = { w: at.w, b: this.centred(at.b) };
      const own = this.measured(centred, lambda) ?? { loss: fit.evaluation.loss, residual: fit.residual };
      if (fit.residual <= goal) return this.point(centred, lambda, curvature, own, rows.passes - from, false);
      throw new Error(
        `at lambda ${lambda} the KKT residual is still ${(fit.residual / lambda / alpha).toExponential(1)} of lambda alpha after ` +
          `${
            Math.round(rows.passes - from)
          } passes, and ${tolerance} is asked for of ${classes} classes; ask for larger lambdas (--epsilon)`
      );
    }
    throw new Error('no tolerance was asked for');
  }

  destroy(): void {
    this.rows.destroy();
  }

  /** Exact loss and residual, where the host has the rows. */
  private measured(at: Weights, lambda: number): { loss: number; residual: number } | null {
    if (!this.host) return null;
    const { alpha, group } = this.problem, { loss, gradient, intercepts } = this.host.evaluate(at);
    return { loss, residual: residualOf(at.w, gradient, intercepts, { lambda, alpha, group }) };
  }

  private point(at: Weights, lambda: number, curvature: number, { loss, residual }: { loss: number; residual: number }, passes: number,
    polished: boolean): PathWeights {
    const { alpha, group, classes } = this.problem;
    return { ...at, lambda, curvature, kkt: residual, loss, objective: loss + penaltyOf(at.w, classes, { lambda, alpha, group }), passes,
      polished };
  }

  /** A common shift of the intercepts changes no softmax; of the squared form it does. */
  private centred(b: Float64Array): Float64Array {
    if (this.problem.loss === 'squared') return b;
    const shift = b.reduce((s, v) => s + v, 0) / b.length;
    return b.map((v) => v - shift);
  }
}

/** Rounding of Newton's method, no weight. */
const TINY = 1e-13;

export const count = (w: ArrayLike<number>): number => {
  let n = 0;
  for (let k = 0; k < w.length; k++) if (w[k] !== 0) n++;
  return n;
};

/** So many lambdas from `most` down to epsilon times it, equally spaced in their logarithms. */
export const lambdaGrid = (most: number, count: number, epsilon: number): number[] =>
  Array.from({ length: count }, (_, k) => most * epsilon ** (count === 1 ? 0 : k / (count - 1)));
