/**
 * Trains many models side by side on a device: by the kernel that keeps each in workgroup memory where they fit, else by the general graph.
 * Data lie on the device once; orders and rates are uploaded in blocks of steps, and a block is one submission or a few.
 */
import type { Device } from '../engine/device.js';
import { fitsInWorkgroup, stateCount } from '../kernels/train-network.js';
import { TooLarge } from '../kernels/writer.js';
import { GeneralTrainer } from './general.js';
import { parameterCount } from './network.js';
import { ResidentTrainer } from './resident.js';
import type { Trainer, TrainingTask } from './trainer.js';

export type { TrainingTask };

export interface TrainOptions {
  /** 'resident' and 'general' choose by force; default: resident where the network fits. */
  readonly path?: 'resident' | 'general';
  /** Steps after which the weights are kept besides the last. */
  readonly at?: readonly number[];
  /** Told after each block how many steps are done. */
  readonly onSteps?: (done: number, total: number) => void;
}

export interface Trained {
  /** [models, parameters] after the last step. */
  readonly weights: Float32Array;
  readonly snapshots: ReadonlyMap<number, Float32Array>;
}

/** Multiply-adds of a submission: what a small GPU, or two cores, compute in about 0.1 s (src/engine/run/program.ts). */
const SUBMIT = { software: 7e8, hardware: 2e10 };
/** Bytes of orders uploaded with a block at most. */
const ORDER_BYTES = 16 << 20;
/** Steps of the general graph in one submission at most: each is some twenty dispatches. */
const GRAPH_STEPS = 512;
/** Blocks handed over before the host waits: uploads wait in memory until the device has taken them. */
const AHEAD = 4;

/** Throws one sentence where the models' weights, or the data, pass the adapter's memory. */
export function checkRoom(device: Device, { network, models, x, orders }: Pick<TrainingTask, 'network' | 'models' | 'orders' | 'x'>): void {
  const weights = 4 * models * stateCount(network);
  const { maxBufferSize } = device.gpu.limits;
  for (const [what, bytes] of [[`${models} models of ${parameterCount(network)} weights`, weights], ['the data', x.byteLength]] as const) {
    if (bytes > maxBufferSize) {
      throw new TooLarge(
        `${what} take ${bytes} bytes, and the adapter's largest buffer is ${maxBufferSize}; give fewer models, or smaller ones`
      );
    }
  }
  if (models * parameterCount(network) > 2 ** 31 - 1) {
    throw new TooLarge(`${models} models of ${parameterCount(network)} weights pass what 32-bit indices reach; give fewer models`);
  }
  if (orders.values.byteLength > 2 ** 32) {
    throw new TooLarge(`orders of ${orders.values.byteLength} bytes pass memory; give fewer models or epochs`);
  }
}

/** The weights after all steps. Throws as `checkRoom`, and what the device says. */
export async function trainModels(device: Device, task: TrainingTask, { path, at = [], onSteps }: TrainOptions = {}): Promise<Trained> {
  checkRoom(device, task);
  const { network, models, orders } = task;
  const steps = orders.length / network.batch;
  const resident = path === undefined ? fitsInWorkgroup(network) : path === 'resident';
  if (resident && !fitsInWorkgroup(network)) {
    throw new Error(`a network of ${parameterCount(network)} weights does not fit in workgroup memory; leave the path open`);
  }
  const work = 8 * models * network.batch * (parameterCount(network) + 16);
  const budget = SUBMIT[device.adapter.software ? 'software' : 'hardware'];
  const uploaded = Math.floor(ORDER_BYTES / (4 * network.batch * (resident ? orders.rows : models)));
  const most = Math.max(1, Math.min(steps, Math.floor(budget / work), uploaded, resident ? Infinity : GRAPH_STEPS));
  const trainer: Trainer = resident ? await ResidentTrainer.open(device, task, most) : await GeneralTrainer.open(device, task, most);
  try {
    const snapshots = new Map<number, Float32Array>();
    const wanted = new Set(at.filter((t) => t >= 1 && t <= steps));
    for (let t = 0, since = 0; t < steps;) {
      const stop = Math.min(steps, t + most, ...[...wanted].filter((s) => s > t));
      trainer.block(t, stop - t, ratesOf(task, steps, t, stop - t));
      t = stop;
      if (wanted.has(t)) snapshots.set(t, await trainer.weights());
      else if (++since % AHEAD === 0) {
        await device.gpu.queue.onSubmittedWorkDone();
        device.check();
      }
      onSteps?.(t, steps);
    }
    return { weights: await trainer.weights(), snapshots };
  } finally {
    trainer.destroy();
  }
}

/** Rates of steps, rounded to float32 once: rate, or rate (1 - t / steps). */
export const ratesOf = ({ rate, schedule }: Pick<TrainingTask, 'rate' | 'schedule'>, steps: number, first: number,
  count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => (schedule === 'linear' ? rate * (1 - (first + k) / steps) : rate));
