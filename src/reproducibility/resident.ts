/** Training by the kernel that keeps a model in workgroup memory: a block of steps is one dispatch. */
import type { Device } from '../engine/device.js';
import { Readback, upload } from '../engine/transfer.js';
import type { Kernel } from '../kernels/kernel.js';
import { ADAGRAD, parameterCount, stateCount, trainKernel } from '../kernels/train-network.js';
import { partOf } from './network.js';
import type { Trainer, TrainingTask } from './trainer.js';

/** A kernel ready for a number of steps, from one half of the state to the other. */
interface Ready {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly [GPUBindGroup, GPUBindGroup];
}

export class ResidentTrainer implements Trainer {
  private readonly buffers: GPUBuffer[] = [];
  private readonly ready = new Map<number, Ready>();
  /** Which of the two buffers has the weights as they are. */
  private now = 0;

  private constructor(private readonly device: Device, private readonly task: TrainingTask, readonly most: number,
    private readonly pipeline: GPUComputePipeline) {}

  /** Puts data and weights on the device. Throws OutOfMemory, or a sentence where the kernel does not compile. */
  static open(device: Device, task: TrainingTask, most: number): Promise<ResidentTrainer> {
    return device.guarded('training models', async () => {
      const kernel = kernelFor(device, task, most);
      const trainer = new ResidentTrainer(device, task, most, await device.pipeline(kernel.name, kernel.wgsl, accesses(kernel)));
      trainer.fill();
      return trainer;
    });
  }

  block(first: number, steps: number, rates: Float32Array): void {
    const { pipeline, groups, kernel } = this.readyFor(steps);
    const [, , order, rate] = this.buffers;
    upload(this.device, order, this.ordersOf(first, steps));
    upload(this.device, rate, rates);
    this.device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, groups[this.now]);
      pass.dispatchWorkgroups(...kernel.grid);
      pass.end();
    });
    this.now = 1 - this.now;
  }

  async weights(): Promise<Float32Array> {
    const { network, models } = this.task;
    const bytes = 4 * models * stateCount(network);
    const reader = new Readback(this.device, bytes);
    this.device.submit((encoder) => reader.copy(encoder, this.buffers[4 + this.now], 0, bytes));
    const state = new Float32Array(await reader.read());
    reader.destroy();
    this.device.check();
    const count = parameterCount(network);
    return stateCount(network) === count ? state : partOf(state, models, stateCount(network), 0, count);
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }

  private fill(): void {
    const { network, models, x, y, orders, initial } = this.task;
    const each = stateCount(network), count = parameterCount(network);
    const state = new Float32Array(models * each).fill(ADAGRAD.start);
    for (let m = 0; m < models; m++) state.set(initial.subarray(m * count, (m + 1) * count), m * each);
    const sizes = [x.length, y.length, orders.rows * this.most * network.batch, this.most, state.length, state.length];
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    for (const size of sizes) this.buffers.push(this.device.gpu.createBuffer({ size: 4 * Math.max(1, size), usage }));
    for (const [k, values] of [[0, x], [1, y], [4, state]] as const) upload(this.device, this.buffers[k], values);
  }

  private readyFor(steps: number): Ready {
    let ready = this.ready.get(steps);
    if (!ready) this.ready.set(steps, ready = this.make(steps));
    return ready;
  }

  /** A kernel's text is that of any number of steps: only its parameters differ. */
  private make(steps: number): Ready {
    const { gpu } = this.device;
    const kernel = kernelFor(this.device, this.task, steps);
    const uniform = gpu.createBuffer({ size: kernel.params.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    gpu.queue.writeBuffer(uniform, 0, kernel.params as Uint32Array<ArrayBuffer>);
    this.buffers.push(uniform);
    const [x, y, order, rate, a, b] = this.buffers;
    const group = (weights: GPUBuffer, out: GPUBuffer): GPUBindGroup => {
      const of: Record<string, GPUBuffer> = { x, y, order, rate, weights, out };
      const bound = kernel.bindings.map(({ operand, offset, size }) => ({ buffer: of[operand], offset, size }));
      return gpu.createBindGroup({ layout: this.device.layout(accesses(kernel)).bind,
        entries: [{ buffer: uniform }, ...bound].map((resource, binding) => ({ binding, resource })) });
    };
    return { kernel, pipeline: this.pipeline, groups: [group(a, b), group(b, a)] };
  }

  /** [orders, steps batch], as float32. */
  private ordersOf(first: number, steps: number): Float32Array {
    const { orders: { values, rows, length }, network: { batch } } = this.task;
    const count = steps * batch;
    const out = new Float32Array(rows * count);
    for (let m = 0; m < rows; m++) {
      const from = m * length + first * batch;
      for (let k = 0; k < count; k++) out[m * count + k] = values[from + k];
    }
    return out;
  }
}

const accesses = (kernel: Kernel): ('read' | 'write')[] => kernel.bindings.map((b) => b.access);

const kernelFor = (device: Device, { network, models, y, orders }: TrainingTask, steps: number): Kernel =>
  trainKernel(device.target, network, { models, rows: y.length, steps, orders: orders.rows })!;
