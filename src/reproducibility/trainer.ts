/** What is trained, and what trains it a block of steps at a time. */
import type { TrainedNetwork } from '../kernels/train-network.js';
import type { Orders } from './order.js';

/** Models, their data, what they begin with and the rule by which they learn. */
export interface TrainingTask {
  readonly network: TrainedNetwork;
  readonly models: number;
  /** [rows, inputs] and [rows]: of several sets of data one after the other, of which the orders say which. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Of each model, length steps batch; or one row for all. */
  readonly orders: Orders;
  /** [models, parameters]. */
  readonly initial: Float32Array;
  readonly rate: number;
  readonly schedule: 'constant' | 'linear';
}

/** What trains a block of steps at a time; weights stay on the device between blocks. */
export interface Trainer {
  /** Steps of a block at most. */
  readonly most: number;
  /** Steps `first` to `first + steps - 1`; returns when they are handed to the device. */
  block(first: number, steps: number, rates: Float32Array): void;
  /** [models, parameters] as they are after what was handed over. */
  weights(): Promise<Float32Array>;
  destroy(): void;
}
