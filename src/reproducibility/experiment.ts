/** One setting, or several that differ in their seed alone, trained on a device and measured. */
import type { Device } from '../engine/device.js';
import { TooLarge } from '../kernels/writer.js';
import { measuresOf, type Measures } from './measures.js';
import type { TrainedNetwork } from './network.js';
import { ordersOf, type Orders } from './order.js';
import { Predictor } from './predictor.js';
import { inputsOf, stepsOf, type Setting } from './setting.js';
import { bytesOfData, initialWeights, parametersOf, taskData, type TaskData } from './task.js';
import { trainModels, type TrainOptions } from './train.js';

export interface Result {
  readonly setting: Setting;
  readonly data: TaskData;
  readonly orders: Orders;
  /** [models, parameters], as training begins. */
  readonly initial: Float32Array;
  /** Weights after the steps that were asked for. */
  readonly snapshots: ReadonlyMap<number, Float32Array>;
  readonly weights: Float32Array;
  /** [models, held-out points]. */
  readonly logits: Float32Array;
  readonly measures: Measures;
  /** Models whose weights or predictions are not finite any more; where there are some, every measure is NaN. */
  readonly diverged: readonly number[];
}

/** The network of a setting and its rule, as kernels and graphs take it. */
export const networkOf = (s: Setting): TrainedNetwork => ({ inputs: inputsOf(s), width: s.width, depth: s.depth, activation: s.activation,
  beta: s.beta, optimizer: s.optimizer, batch: s.batch });

/** A setting at work. Throws one sentence where it passes the adapter's memory. */
export const runSetting = async (device: Device, setting: Setting, options: TrainOptions = {}): Promise<Result> =>
  (await runReplicates(device, setting, [setting.seed], options))[0];

/**
 * The setting once for each seed, with other data, orders and models: all are trained at once, on one upload of their data. Throws one
 * sentence where they pass the adapter's memory.
 */
export async function runReplicates(device: Device, setting: Setting, seeds: readonly number[],
  options: TrainOptions = {}): Promise<Result[]> {
  checkSizes(device, setting, seeds.length);
  const each = seeds.map((seed) => begin({ ...setting, seed }));
  const network = networkOf(setting), { models, rate, schedule } = setting;
  const { weights, snapshots } = await trainModels(device, {
    network,
    models: models * seeds.length,
    x: joined(each.map(({ data }) => data.x)),
    y: joined(each.map(({ data }) => data.y)),
    orders: joinedOrders(each.map(({ orders }) => orders), models, setting.train),
    initial: joined(each.map(({ initial }) => initial)),
    rate,
    schedule,
  }, options);
  const parameters = parametersOf(setting), share = models * parameters;
  const out: Result[] = [];
  const predictor = new Predictor(device, network);
  try {
    for (const [k, begun] of each.entries()) {
      const own = weights.subarray(k * share, (k + 1) * share);
      const logits = await predictor.logits(own, models, begun.data.xHeld);
      const points = begun.data.pHeld.length;
      const diverged = Array.from({ length: models }, (_, m) => m).filter((m) =>
        !finite(own.subarray(m * parameters, (m + 1) * parameters)) || !finite(logits.subarray(m * points, (m + 1) * points))
      );
      out.push({ ...begun, weights: own, logits, diverged,
        snapshots: new Map([...snapshots].map(([t, w]) => [t, w.subarray(k * share, (k + 1) * share)])),
        measures: measuresOf(logits, models, { y: begun.data.yHeld, p: begun.data.pHeld }) });
    }
  } finally {
    predictor.destroy();
  }
  return out;
}

const begin = (setting: Setting) => ({ setting, data: taskData(setting), orders: ordersOf(setting), initial: initialWeights(setting) });

const finite = (values: Float32Array): boolean => values.every(Number.isFinite);

/** Before anything is made for it on the host. */
function checkSizes(device: Device, setting: Setting, replicates: number): void {
  const { models } = setting, parameters = parametersOf(setting);
  const state = 4 * models * replicates * parameters * (setting.optimizer === 'adagrad' ? 2 : 1);
  const orders = 4 * models * replicates * stepsOf(setting) * setting.batch, { maxBufferSize } = device.gpu.limits;
  const most = Math.min(maxBufferSize, 2 ** 31);
  if (state > most) {
    throw new TooLarge(
      `${models} models of ${parameters} weights take ${state} bytes, and ${most} can be had; give fewer models, or smaller ones`
    );
  }
  if (orders > 2 ** 32) throw new TooLarge(`the orders of ${models} models take ${orders} bytes, past memory; give fewer models or epochs`);
  const data = bytesOfData(setting) * replicates;
  if (data > most) throw new TooLarge(`the examples take ${data} bytes, and ${most} can be had; give fewer examples or inputs`);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const out = new Float32Array(parts.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The orders of several replicates, each on its own part of the data. */
function joinedOrders(all: readonly Orders[], models: number, train: number): Orders {
  if (all.length === 1) return all[0];
  const { length } = all[0];
  const values = new Uint32Array(all.length * models * length);
  all.forEach((orders, k) => {
    for (let m = 0; m < models; m++) {
      const from = orders.rows === 1 ? 0 : m * length, to = (k * models + m) * length;
      for (let t = 0; t < length; t++) values[to + t] = orders.values[from + t] + k * train;
    }
  });
  return { values, rows: all.length * models, length };
}
