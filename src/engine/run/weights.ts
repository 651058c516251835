/** Weights outlive plans: they lie on the device once, under their names, and training and fine-tuning write over them. */
import type { Device } from '../device.js';
import { Readback, upload } from '../transfer.js';

/** Named weights on a device, shared by all programs compiled with them. */
export class WeightStore {
  private readonly buffers = new Map<string, { buffer: GPUBuffer; elements: number }>();
  /** Counts changes; programs redo what depends on weights alone when it moves. */
  version = 0;
  /** What went wrong with weights that were created, in order; null where nothing did. */
  private created: Promise<Error | null> = Promise.resolve(null);

  constructor(readonly device: Device) {}

  /**
   * Creates the weight or overwrites it. Throws where its number of elements changes or passes the adapter's largest buffer;
   * whether the GPU has memory for it is known later (`settled`).
   */
  set(name: string, data: Float32Array): void {
    let slot = this.buffers.get(name);
    if (slot && slot.elements !== data.length) throw new Error(`weight '${name}' has ${slot.elements} elements, got ${data.length}`);
    if (!slot) {
      slot = this.create(name, data);
      this.buffers.set(name, slot);
    } else upload(this.device, slot.buffer, data);
    this.version++;
  }

  /**
   * Overwrites part of a weight: `values` from element `offset` on. Programs take it for a change as `set` is one.
   * Throws where the part does not lie within the weight.
   */
  patch(name: string, offset: number, values: Float32Array): void {
    const { buffer, elements } = this.slot(name);
    if (!Number.isInteger(offset) || offset < 0 || offset + values.length > elements) {
      throw new Error(`weight '${name}' has ${elements} elements; ${values.length} values from element ${offset} on do not lie within it`);
    }
    if (values.length === 0) return;
    upload(this.device, buffer, values, 4 * offset);
    this.version++;
  }

  /** Resolves when the GPU has taken every weight given so far. Throws OutOfMemory, or a sentence naming the weight, where it has not. */
  async settled(): Promise<void> {
    const error = await this.created;
    if (error) throw error;
  }

  has(name: string): boolean {
    return this.buffers.has(name);
  }

  /** Throws where the weight has not been set. */
  buffer(name: string): GPUBuffer {
    return this.slot(name).buffer;
  }

  /** Reads a weight back. Throws where it has not been set. */
  async get(name: string): Promise<Float32Array> {
    const { buffer, elements } = this.slot(name);
    await this.settled();
    const reader = new Readback(this.device, elements * 4);
    this.device.submit((encoder) => reader.copy(encoder, buffer, 0, elements * 4));
    const out = await reader.read();
    reader.destroy();
    return new Float32Array(out);
  }

  destroy(): void {
    for (const { buffer } of this.buffers.values()) buffer.destroy();
    this.buffers.clear();
  }

  private create(name: string, data: Float32Array): { buffer: GPUBuffer; elements: number } {
    const { maxBufferSize } = this.device.gpu.limits;
    const what = `weight '${name}' of ${data.byteLength} bytes`;
    if (data.byteLength > maxBufferSize) {
      throw new Error(`${what} passes the adapter's largest buffer, ${maxBufferSize} bytes; choose another with --adapter`);
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const [buffer, failed] = this.device.watched(what, () => {
      const made = this.device.gpu.createBuffer({ size: Math.max(4, data.byteLength), usage, label: name });
      upload(this.device, made, data);
      return made;
    });
    this.created = Promise.all([this.created, failed]).then(([before, now]) => before ?? now);
    return { buffer, elements: data.length };
  }

  private slot(name: string): { buffer: GPUBuffer; elements: number } {
    const slot = this.buffers.get(name);
    if (!slot) throw new Error(`weight '${name}' has not been set; call WeightStore.set first`);
    return slot;
  }
}
