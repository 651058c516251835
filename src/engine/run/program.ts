/**
 * Plans on a device. Everything a run needs (buffers, pipelines, bind groups) is made once; a run writes its inputs,
 * submits the dispatches and reads back the outputs it was asked for.
 */
import type { Device } from '../device.js';
import { size } from '../graph.js';
import type { Plan, PlannedTensor } from '../plan/plan.js';
import { Buffers } from './buffers.js';
import { prepare, submit, type PreparedDispatch } from './steps.js';
import { Readback, upload } from '../transfer.js';
import { WeightStore } from './weights.js';

export { WeightStore };

/** `read`: outputs to read back; all of them if absent. */
export type RunOptions = { readonly read?: readonly string[] };

export interface ProgramOptions {
  /**
   * Multiply-adds (Kernel.work) of a submit at most, a longer dispatch apart: one giant submit starves all other work of the
   * GPU, and drivers end it. Default: about 0.1 s.
   */
  readonly submitWork?: number;
  /** Runs that may be under way at once, each with a buffer of its own for its results; the GPU takes them in order. Default: 1. */
  readonly runs?: number;
}

/** A plan on a device, ready to run. */
export class Program {
  private weightsSeen = -1;
  private readonly idle: Readback[];

  private constructor(
    readonly plan: Plan,
    private readonly device: Device,
    private readonly weights: WeightStore,
    private readonly buffers: Buffers,
    private readonly prologue: readonly PreparedDispatch[],
    /** What a run dispatches, in order. */
    readonly main: readonly PreparedDispatch[],
    private readonly readbacks: readonly Readback[],
    private readonly submitWork?: number
  ) {
    this.idle = [...readbacks];
  }

  /** Allocates and compiles. Throws OutOfMemory, or a sentence naming the kernel that does not compile. */
  static async compile(plan: Plan, device: Device, weights: WeightStore, { runs = 1, submitWork }: ProgramOptions = {}): Promise<Program> {
    const buffers = new Buffers(device, weights);
    try {
      return await device.guarded('planning a network', async () => {
        await weights.settled();
        buffers.allocate(plan);
        const steps = await prepare(device, [...plan.prologue, ...plan.main], buffers);
        const results = plan.outputs.reduce((n, t) => n + bytesOf(t), 0);
        const readbacks = Array.from({ length: runs }, () => new Readback(device, results));
        const n = plan.prologue.length;
        return new Program(plan, device, weights, buffers, steps.slice(0, n), steps.slice(n), readbacks, submitWork);
      });
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  /**
   * Runs the plan once. `data` names inputs; one left out keeps what it held. Returns the outputs asked for.
   * Throws where an input is unknown or of the wrong size, and where the device has failed.
   */
  async run(data: Readonly<Record<string, Float32Array>>, options: RunOptions = {}): Promise<Record<string, Float32Array>> {
    const readback = this.idle.pop();
    if (!readback) throw new Error('this program is already running; wait for its result before the next run');
    try {
      this.device.check();
      const { outputs } = this.plan;
      const wanted = options.read ? [...new Set(options.read)].map((name) => find(outputs, name, 'output')) : outputs;
      for (const [name, values] of Object.entries(data)) this.write(name, values);
      submit(this.device, [...this.prologueDue(), ...this.main], this.submitWork);
      const parts = this.copyOut(wanted, readback);
      this.update(); // after the copies: outputs are of the weights the run began with
      const whole = await readback.read();
      this.device.check();
      return Object.fromEntries(parts.map(({ name, bytes, at }) => [name, new Float32Array(whole.slice(at, at + bytes))]));
    } finally {
      this.idle.push(readback);
    }
  }

  get inputs(): readonly PlannedTensor[] {
    return this.plan.inputs;
  }

  get outputs(): readonly PlannedTensor[] {
    return this.plan.outputs;
  }

  destroy(): void {
    this.buffers.destroy();
    for (const r of this.readbacks) r.destroy();
  }

  private write(name: string, values: Float32Array): void {
    const { shape, place } = find(this.plan.inputs, name, 'input');
    if (values.length !== size(shape)) {
      throw new Error(`input '${name}' has shape [${shape}] (${size(shape)} values), got ${values.length}`);
    }
    upload(this.device, this.buffers.at(place), values);
  }

  private prologueDue(): readonly PreparedDispatch[] {
    if (this.weightsSeen === this.weights.version) return [];
    this.weightsSeen = this.weights.version;
    return this.prologue;
  }

  private copyOut(tensors: readonly PlannedTensor[], readback: Readback): { name: string; bytes: number; at: number }[] {
    return this.device.submit((encoder) =>
      tensors.map((tensor) => {
        const bytes = bytesOf(tensor);
        return { name: tensor.name, bytes, at: readback.copy(encoder, this.buffers.at(tensor.place), 0, bytes) };
      })
    );
  }

  private update(): void {
    if (this.plan.updates.length === 0) return;
    this.device.submit((encoder) => {
      for (const { weight, output } of this.plan.updates) {
        encoder.copyBufferToBuffer(this.buffers.at(output.place), 0, this.weights.buffer(weight), 0, bytesOf(output));
      }
    });
    this.weights.version++;
  }
}

const bytesOf = ({ shape }: PlannedTensor): number => 4 * size(shape);

function find(tensors: readonly PlannedTensor[], name: string, what: string): PlannedTensor {
  const found = tensors.find((t) => t.name === name);
  if (!found) throw new Error(`there is no ${what} '${name}'; the plan has ${tensors.map((t) => `'${t.name}'`).join(', ') || 'none'}`);
  return found;
}
