/** The factor of a large layer's damped Hessian on the device, in float32: damping bounds its condition, so that float32 does not fail. */
import type { Device } from '../engine/device.js';
import type { Dispatch, Place } from '../engine/plan/plan.js';
import { Buffers } from '../engine/run/buffers.js';
import { prepare, submit } from '../engine/run/steps.js';
import { WeightStore } from '../engine/run/weights.js';
import { cholesky } from '../kernels/cholesky.js';
import { NotPositive } from './cholesky.js';
import type { SpadeLayer } from './layers.js';
import { dampedGroups, notFactored, type SolveOptions } from './solve.js';

/** Columns up to which the host factors, in float64: D^3 / 3 multiply-adds are a second there. */
export const HOST_COLUMNS = 1152;

/** R upper triangular with A = R R^T, as `reversedFactor` of cholesky.ts has it. Throws NotPositive, and where the device has no room. */
export async function deviceFactor(device: Device, A: Float64Array, D: number): Promise<Float64Array> {
  const store = new WeightStore(device);
  const buffers = new Buffers(device, store);
  try {
    store.set('a', Float32Array.from(A).reverse());
    store.set('status', new Float32Array(2));
    await device.guarded(`the factor of a Hessian of ${D} columns`, async () => {
      await store.settled();
      const place = (name: string): Place => ({ kind: 'weight', name });
      const dispatches = cholesky(device.target, D).map((kernel): Dispatch => ({ kernel, op: 'matmul', places: kernel.bindings.map((b) =>
        place(b.operand)
      ) }));
      submit(device, await prepare(device, dispatches, buffers));
    });
    const [column, pivot] = await store.get('status');
    if (column > 0) throw new NotPositive(D - column, pivot);
    const factor = Float64Array.from(await store.get('a')).reverse();
    for (let i = 1; i < D; i++) factor.fill(0, i * D, i * D + i);
    return factor;
  } finally {
    buffers.destroy();
    store.destroy();
  }
}

/**
 * The factors that `layerSolver` takes of a layer with more than HOST_COLUMNS columns; undefined for a smaller one and for exact OBC.
 * Throws the sentence that names the layer where it has none.
 */
export async function factorsFor(device: Device, layer: SpadeLayer, hessian: Float64Array,
  options: Pick<SolveOptions, 'solver' | 'damping'>): Promise<Float64Array[] | undefined> {
  if (layer.columns <= HOST_COLUMNS || options.solver === 'exact') return undefined;
  const factors: Float64Array[] = [];
  try {
    for (const matrix of dampedGroups(layer, hessian, options)) factors.push(await deviceFactor(device, matrix, layer.columns));
  } catch (error) {
    throw error instanceof NotPositive ? notFactored(layer, hessian, error) : error;
  }
  return factors;
}
