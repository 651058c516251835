/**
 * Plans on a device. Everything a run needs (buffers, pipelines, bind groups) is made once; a run writes its inputs,
 * submits the dispatches and reads back the outputs it was asked for.
 */
import { size, type Shape } from '../graph.js';
import { OutOfMemory, type Device } from '../device.js';
import type { Place, Plan, PlannedTensor } from '../plan/plan.js';
import { dispatch, timeSteps, uniformBuffer, type Step, type Timing } from './steps.js';
import { Readback, upload } from './transfer.js';
import { WeightStore } from './weights.js';

export { WeightStore };

export interface RunOptions {
  /** Outputs to read back; all of them if absent. */
  readonly read?: readonly string[];
}

export interface ProgramOptions {
  /** Dispatches per submit: browsers starve other work on one giant submit. Default: all at once. */
  readonly dispatchesPerSubmit?: number;
  /** Runs that may be under way at once, each with a buffer of its own for its results; the GPU takes them in order. Default: 1. */
  readonly runs?: number;
}

export class Program {
  private weightsSeen = -1;
  private readonly idle: Readback[];

  private constructor(
    readonly plan: Plan,
    private readonly device: Device,
    private readonly weights: WeightStore,
    private readonly prologue: readonly Step[],
    private readonly main: readonly Step[],
    private readonly inputs: ReadonlyMap<string, { buffer: GPUBuffer; shape: Shape }>,
    private readonly outputs: ReadonlyMap<string, { buffer: GPUBuffer; tensor: PlannedTensor }>,
    private readonly owned: readonly GPUBuffer[],
    private readonly readbacks: readonly Readback[],
    private readonly perSubmit: number
  ) {
    this.idle = [...readbacks];
  }

  /** Allocates and compiles. Throws OutOfMemory, or a sentence naming the kernel that does not compile. */
  static async compile(plan: Plan, device: Device, weights: WeightStore, options: ProgramOptions = {}): Promise<Program> {
    const owned: GPUBuffer[] = [];
    try {
      return await device.guarded('planning a network', async () => {
        const buffer = (bytes: number, usage: number): GPUBuffer => {
          if (bytes > device.gpu.limits.maxBufferSize) {
            throw new OutOfMemory(
              `a tensor of ${bytes} bytes passes the adapter's largest buffer, ${device.gpu.limits.maxBufferSize} bytes; use a smaller --batch`
            );
          }
          const made = device.gpu.createBuffer({ size: Math.ceil(Math.max(4, bytes) / 4) * 4, usage });
          owned.push(made);
          return made;
        };
        const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
        const shared = plan.buffers.map((bytes) => buffer(bytes, storage));
        const inputs = new Map(plan.inputs.map((t) => [t.name, { buffer: buffer(4 * size(t.shape), storage), shape: t.shape }]));
        const literals = new Map<Float32Array, GPUBuffer>();
        const at = (place: Place): GPUBuffer => {
          if (place.kind === 'buffer') return shared[place.index];
          if (place.kind === 'weight') return weights.buffer(place.name);
          if (place.kind === 'data') return inputs.get(place.name)!.buffer;
          if (place.kind !== 'literal') throw new Error('a tensor has no place');
          let made = literals.get(place.values);
          if (!made) {
            literals.set(place.values, made = buffer(place.values.byteLength, storage));
            upload(device, made, place.values);
          }
          return made;
        };
        const all = [...plan.prologue, ...plan.main];
        const uniforms = uniformBuffer(device, all, (bytes) => buffer(bytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST));
        const steps = await Promise.all(all.map(async (d, k): Promise<Step> => {
          const access = d.kernel.bindings.map((b) => b.access);
          const pipeline = await device.pipeline(d.kernel.name, d.kernel.wgsl, access);
          const group = device.gpu.createBindGroup({
            layout: device.layout(access).bind,
            entries: [
              { binding: 0, resource: { buffer: uniforms.buffer, offset: uniforms.offsets[k], size: d.kernel.params.byteLength } },
              ...d.kernel.bindings.map((b, j) => ({ binding: j + 1,
                resource: { buffer: at(d.places[j]), offset: b.offset, size: b.size } })
              ),
            ],
          });
          return { pipeline, group, grid: d.kernel.grid, name: d.kernel.name, op: d.op };
        }));
        const outputs = new Map(plan.outputs.map((t) => [t.name, { buffer: at(t.place), tensor: t }]));
        const results = plan.outputs.reduce((n, t) => n + 4 * size(t.shape), 0);
        const readbacks = Array.from({ length: options.runs ?? 1 }, () => new Readback(device, results));
        const n = plan.prologue.length;
        return new Program(plan, device, weights, steps.slice(0, n), steps.slice(n), inputs, outputs, owned, readbacks,
          options.dispatchesPerSubmit ?? Infinity);
      });
    } catch (error) {
      for (const b of owned) b.destroy();
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
      const wanted = options.read ?? [...this.outputs.keys()];
      const missing = wanted.find((name) => !this.outputs.has(name));
      if (missing !== undefined) {
        throw new Error(`there is no output '${missing}'; the plan has ${[...this.outputs.keys()].map((k) => `'${k}'`).join(', ')}`);
      }
      for (const [name, values] of Object.entries(data)) this.write(name, values);
      this.submit([...this.prologueDue(), ...this.main]);
      const parts = this.copyOut([...new Set(wanted)], readback);
      this.update(); // after the copies: outputs are of the weights the run began with
      const whole = await readback.read();
      this.device.check();
      return Object.fromEntries(parts.map(({ name, bytes, at }) => [name, new Float32Array(whole.slice(at, at + bytes))]));
    } finally {
      this.idle.push(readback);
    }
  }

  /** Runs once with a timestamp around every dispatch, by default as many in a submit as a set of them holds. Throws where the adapter has no timestamps. */
  async time(data: Readonly<Record<string, Float32Array>>, atOnce?: number): Promise<Timing[]> {
    for (const [name, values] of Object.entries(data)) this.write(name, values);
    this.submit(this.prologueDue());
    return timeSteps(this.device, this.main, atOnce);
  }

  destroy(): void {
    for (const b of this.owned) b.destroy();
    for (const r of this.readbacks) r.destroy();
  }

  private write(name: string, values: Float32Array): void {
    const slot = this.inputs.get(name);
    if (!slot) {
      throw new Error(`there is no input '${name}'; the plan has ${[...this.inputs.keys()].map((k) => `'${k}'`).join(', ') || 'none'}`);
    }
    if (values.length !== size(slot.shape)) {
      throw new Error(`input '${name}' has shape [${slot.shape}] (${size(slot.shape)} values), got ${values.length}`);
    }
    upload(this.device, slot.buffer, values);
  }

  private prologueDue(): readonly Step[] {
    if (this.weightsSeen === this.weights.version) return [];
    this.weightsSeen = this.weights.version;
    return this.prologue;
  }

  private submit(steps: readonly Step[]): void {
    for (let k = 0; k < steps.length; k += Math.min(this.perSubmit, steps.length)) {
      const encoder = this.device.gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const s of steps.slice(k, k + this.perSubmit)) dispatch(pass, s);
      pass.end();
      this.device.gpu.queue.submit([encoder.finish()]);
    }
  }

  private copyOut(names: readonly string[], readback: Readback): { name: string; bytes: number; at: number }[] {
    const encoder = this.device.gpu.createCommandEncoder();
    const parts = names.map((name) => {
      const { buffer, tensor } = this.outputs.get(name)!;
      const bytes = 4 * size(tensor.shape);
      return { name, bytes, at: readback.copy(encoder, buffer, 0, bytes) };
    });
    this.device.gpu.queue.submit([encoder.finish()]);
    return parts;
  }

  private update(): void {
    if (this.plan.updates.length === 0) return;
    const encoder = this.device.gpu.createCommandEncoder();
    for (const { weight, output } of this.plan.updates) {
      if (output.place.kind !== 'buffer') throw new Error(`the new value of weight '${weight}' is not computed by the plan`);
      // owned begins with the plan's buffers, in order
      encoder.copyBufferToBuffer(this.owned[output.place.index], 0, this.weights.buffer(weight), 0, 4 * size(output.shape));
    }
    this.device.gpu.queue.submit([encoder.finish()]);
    this.weights.version++;
  }
}
