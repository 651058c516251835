/**
 * Plans on a device. Everything a run needs (buffers, pipelines, bind groups) is made once; a run writes its inputs,
 * submits the dispatches and reads back the outputs it was asked for.
 */
import { size, type Shape } from './graph.js';
import { OutOfMemory, type Device } from './device.js';
import type { Dispatch, Place, Plan, PlannedTensor } from './plan.js';

/** Data given to the engine: float32, row-major. An `ndarray` of packed float32 fits. */
export interface HostTensor { readonly data: Float32Array; readonly shape: readonly number[] }

/** Uploads go in pieces of this many bytes: one writeBuffer of a whole large weight would be staged whole. */
const UPLOAD = 64 << 20;
const UNIFORM_ALIGNMENT = 256;

/** Named weights on a device, shared by all programs compiled with them. */
export class WeightStore {
  private readonly buffers = new Map<string, { buffer: GPUBuffer; elements: number }>();
  /** Counts changes; programs redo what depends on weights alone when it moves. */
  version = 0;

  constructor(readonly device: Device) {}

  /** Creates the weight or overwrites it. Throws where its number of elements changes. */
  set(name: string, data: Float32Array): void {
    let slot = this.buffers.get(name);
    if (slot && slot.elements !== data.length) throw new Error(`weight '${name}' has ${slot.elements} elements, got ${data.length}`);
    if (!slot) {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
      slot = { buffer: this.device.gpu.createBuffer({ size: Math.max(4, data.byteLength), usage, label: name }), elements: data.length };
      this.buffers.set(name, slot);
    }
    upload(this.device, slot.buffer, data);
    this.version++;
  }

  has(name: string): boolean {
    return this.buffers.has(name);
  }

  buffer(name: string): GPUBuffer {
    const slot = this.buffers.get(name);
    if (!slot) throw new Error(`weight '${name}' has not been set; call WeightStore.set first`);
    return slot.buffer;
  }

  /** Reads a weight back. */
  async get(name: string): Promise<Float32Array> {
    const { buffer, elements } = this.buffers.get(name) ?? { buffer: this.buffer(name), elements: 0 };
    const reader = new Readback(this.device, elements * 4);
    const encoder = this.device.gpu.createCommandEncoder();
    reader.copy(encoder, buffer, 0, elements * 4);
    this.device.gpu.queue.submit([encoder.finish()]);
    const out = await reader.read();
    reader.destroy();
    return new Float32Array(out);
  }

  destroy(): void {
    for (const { buffer } of this.buffers.values()) buffer.destroy();
    this.buffers.clear();
  }
}

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

interface Step { readonly pipeline: GPUComputePipeline; readonly group: GPUBindGroup; readonly grid: readonly [number, number, number]; readonly name: string; readonly op: string }

/** Nanoseconds of one dispatch, as the GPU's own clock gives them. */
export interface Timing { readonly name: string; readonly op: string; readonly nanoseconds: number }

export class Program {
  private weightsSeen = -1;
  private readonly idle: Readback[];

  private constructor(
    readonly plan: Plan, private readonly device: Device, private readonly weights: WeightStore,
    private readonly prologue: readonly Step[], private readonly main: readonly Step[],
    private readonly inputs: ReadonlyMap<string, { buffer: GPUBuffer; shape: Shape }>, private readonly outputs: ReadonlyMap<string, { buffer: GPUBuffer; tensor: PlannedTensor }>,
    private readonly owned: readonly GPUBuffer[], private readonly readbacks: readonly Readback[], private readonly perSubmit: number) {
    this.idle = [...readbacks];
  }

  /** Allocates and compiles. Throws OutOfMemory, or a sentence naming the kernel that does not compile. */
  static async compile(plan: Plan, device: Device, weights: WeightStore, options: ProgramOptions = {}): Promise<Program> {
    const owned: GPUBuffer[] = [];
    try {
      return await device.guarded('planning a network', async () => {
        const buffer = (bytes: number, usage: number): GPUBuffer => {
          if (bytes > device.gpu.limits.maxBufferSize) {
            throw new OutOfMemory(`a tensor of ${bytes} bytes passes the adapter's largest buffer, ${device.gpu.limits.maxBufferSize} bytes; use a smaller --batch`);
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
              ...d.kernel.bindings.map((b, j) => ({ binding: j + 1, resource: { buffer: at(d.places[j]), offset: b.offset, size: b.size } })),
            ],
          });
          return { pipeline, group, grid: d.kernel.grid, name: d.kernel.name, op: d.op };
        }));
        const outputs = new Map(plan.outputs.map((t) => [t.name, { buffer: at(t.place), tensor: t }]));
        const results = plan.outputs.reduce((n, t) => n + 4 * size(t.shape), 0);
        const readbacks = Array.from({ length: options.runs ?? 1 }, () => new Readback(device, results));
        const n = plan.prologue.length;
        return new Program(plan, device, weights, steps.slice(0, n), steps.slice(n), inputs, outputs, owned, readbacks, options.dispatchesPerSubmit ?? Infinity);
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
      if (missing !== undefined) throw new Error(`there is no output '${missing}'; the plan has ${[...this.outputs.keys()].map((k) => `'${k}'`).join(', ')}`);
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

  /** Runs once with a timestamp around every dispatch. Throws where the adapter has no timestamps. */
  async time(data: Readonly<Record<string, Float32Array>>): Promise<Timing[]> {
    for (const [name, values] of Object.entries(data)) this.write(name, values);
    this.submit(this.prologueDue());
    return timeSteps(this.device, this.main);
  }

  destroy(): void {
    for (const b of this.owned) b.destroy();
    for (const r of this.readbacks) r.destroy();
  }

  private write(name: string, values: Float32Array): void {
    const slot = this.inputs.get(name);
    if (!slot) throw new Error(`there is no input '${name}'; the plan has ${[...this.inputs.keys()].map((k) => `'${k}'`).join(', ') || 'none'}`);
    if (values.length !== size(slot.shape)) throw new Error(`input '${name}' has shape [${slot.shape}] (${size(slot.shape)} values), got ${values.length}`);
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

/** One mappable buffer into which results are packed before they are read. */
class Readback {
  private readonly buffer: GPUBuffer;
  private used = 0;

  constructor(private readonly device: Device, bytes: number) {
    this.buffer = device.gpu.createBuffer({ size: Math.max(4, bytes), usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** Encodes a copy into the buffer and returns where it will lie. */
  copy(encoder: GPUCommandEncoder, from: GPUBuffer, offset: number, bytes: number): number {
    const at = this.used;
    encoder.copyBufferToBuffer(from, offset, this.buffer, at, bytes);
    this.used += bytes;
    return at;
  }

  async read(): Promise<ArrayBuffer> {
    const bytes = this.used;
    this.used = 0;
    if (bytes === 0) {
      await this.device.gpu.queue.onSubmittedWorkDone();
      return new ArrayBuffer(0);
    }
    await this.buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    const copy = this.buffer.getMappedRange(0, bytes).slice(0);
    this.buffer.unmap();
    return copy;
  }

  destroy(): void {
    this.buffer.destroy();
  }
}

function upload(device: Device, buffer: GPUBuffer, data: Float32Array): void {
  for (let at = 0; at < data.byteLength; at += UPLOAD) {
    const bytes = Math.min(UPLOAD, data.byteLength - at);
    device.gpu.queue.writeBuffer(buffer, at, data.buffer as ArrayBuffer, data.byteOffset + at, bytes);
  }
}

/** All kernels' parameters in one uniform buffer, each at an aligned offset; written once. */
function uniformBuffer(device: Device, all: readonly Dispatch[], make: (bytes: number) => GPUBuffer): { buffer: GPUBuffer; offsets: number[] } {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { kernel } of all) {
    offsets.push(bytes);
    bytes += Math.ceil(kernel.params.byteLength / UNIFORM_ALIGNMENT) * UNIFORM_ALIGNMENT;
  }
  const words = new Uint32Array(Math.max(UNIFORM_ALIGNMENT, bytes) / 4);
  all.forEach(({ kernel }, k) => words.set(kernel.params, offsets[k] / 4));
  const buffer = make(words.byteLength);
  device.gpu.queue.writeBuffer(buffer, 0, words);
  return { buffer, offsets };
}

function dispatch(pass: GPUComputePassEncoder, s: Step): void {
  pass.setPipeline(s.pipeline);
  pass.setBindGroup(0, s.group);
  pass.dispatchWorkgroups(s.grid[0], s.grid[1], s.grid[2]);
}

async function timeSteps(device: Device, steps: readonly Step[]): Promise<Timing[]> {
  const { gpu } = device;
  if (!gpu.features.has('timestamp-query')) throw new Error(`the adapter '${device.adapter.description}' has no timestamps`);
  const query = gpu.createQuerySet({ type: 'timestamp', count: steps.length * 2 });
  const resolved = gpu.createBuffer({ size: steps.length * 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const reader = new Readback(device, steps.length * 16);
  const encoder = gpu.createCommandEncoder();
  steps.forEach((s, k) => {
    const pass = encoder.beginComputePass({ timestampWrites: { querySet: query, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 } });
    dispatch(pass, s);
    pass.end();
  });
  encoder.resolveQuerySet(query, 0, steps.length * 2, resolved, 0);
  reader.copy(encoder, resolved, 0, steps.length * 16);
  gpu.queue.submit([encoder.finish()]);
  const stamps = new BigUint64Array(await reader.read());
  query.destroy();
  resolved.destroy();
  reader.destroy();
  return steps.map(({ name, op }, k) => ({ name, op, nanoseconds: Number(stamps[2 * k + 1] - stamps[2 * k]) }));
}
