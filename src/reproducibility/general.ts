/** Training by the general graph: a step is a run of a plan, and many of them are one submission. */
import type { Device } from '../engine/device.js';
import { size } from '../engine/graph.js';
import { planGraph, type Plan } from '../engine/plan/plan.js';
import { Buffers } from '../engine/run/buffers.js';
import { dispatch, prepare, type PreparedDispatch } from '../engine/run/steps.js';
import { WeightStore } from '../engine/run/weights.js';
import { upload } from '../engine/transfer.js';
import { ADAGRAD, parameterCount } from '../kernels/train-network.js';
import { layersOf, partOf, stepGraph, STEP } from './network.js';
import type { Trainer, TrainingTask } from './trainer.js';

export class GeneralTrainer implements Trainer {
  private constructor(private readonly device: Device, private readonly task: TrainingTask, readonly most: number,
    private readonly plan: Plan, private readonly store: WeightStore, private readonly buffers: Buffers,
    private readonly steps: readonly PreparedDispatch[]) {}

  /** Plans a step, puts data and weights on the device. Throws OutOfMemory, or a sentence where a kernel does not compile. */
  static async open(device: Device, task: TrainingTask, most: number): Promise<GeneralTrainer> {
    const { network, models, x, y, initial } = task;
    const graph = stepGraph(network, models, y.length, most);
    const plan = planGraph({}, device.target, { updates: graph.updates });
    const store = new WeightStore(device);
    const buffers = new Buffers(device, store);
    try {
      const values = new Map<string, Float32Array>([[STEP.x, x], [STEP.y, y], [STEP.counter, new Float32Array(1)]]);
      for (const { name, shape, at } of layersOf(network)) {
        values.set(name, partOf(initial, models, parameterCount(network), at, size(shape)));
      }
      for (const { attrs, shape } of graph.sums) values.set(attrs.name, new Float32Array(size(shape)).fill(ADAGRAD.start));
      for (const [name, data] of values) store.set(name, data);
      return await device.guarded('training models', async () => {
        await store.settled();
        buffers.allocate(plan);
        const steps = await prepare(device, [...plan.prologue, ...plan.main], buffers);
        return new GeneralTrainer(device, task, most, plan, store, buffers, steps);
      });
    } catch (error) {
      buffers.destroy();
      store.destroy();
      throw error;
    }
  }

  block(first: number, steps: number, rates: Float32Array): void {
    const { device, most, plan } = this;
    const filled = new Float32Array(most);
    filled.set(rates);
    const given: Record<string, Float32Array> = { [STEP.orders]: this.ordersOf(first, steps), [STEP.rates]: filled };
    for (const { name, place } of plan.inputs) upload(device, this.buffers.at(place), given[name]);
    this.store.set(STEP.counter, new Float32Array(1));
    device.submit((encoder) => {
      for (let t = 0; t < steps; t++) {
        const pass = encoder.beginComputePass();
        for (const step of this.steps) dispatch(pass, step);
        pass.end();
        for (const { weight, output } of plan.updates) {
          encoder.copyBufferToBuffer(this.buffers.at(output.place), 0, this.store.buffer(weight), 0, 4 * size(output.shape));
        }
      }
    });
  }

  async weights(): Promise<Float32Array> {
    const { network, models } = this.task;
    const each = parameterCount(network);
    const out = new Float32Array(models * each);
    for (const { name, shape, at } of layersOf(network)) {
      const count = size(shape);
      const part = await this.store.get(name);
      for (let m = 0; m < models; m++) out.set(part.subarray(m * count, (m + 1) * count), m * each + at);
    }
    this.device.check();
    return out;
  }

  destroy(): void {
    this.buffers.destroy();
    this.store.destroy();
  }

  /** [most, models batch], as float32: the models side by side in each step. */
  private ordersOf(first: number, steps: number): Float32Array {
    const { orders: { values, rows, length }, network: { batch }, models } = this.task;
    const out = new Float32Array(this.most * models * batch);
    for (let t = 0; t < steps; t++) {
      for (let m = 0; m < models; m++) {
        const from = (rows === 1 ? 0 : m * length) + (first + t) * batch;
        for (let e = 0; e < batch; e++) out[(t * models + m) * batch + e] = values[from + e];
      }
    }
    return out;
  }
}
