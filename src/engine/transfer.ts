/** Numbers to the device and back. */
import type { Device } from './device.js';

/** Uploads go in pieces of this many bytes: one writeBuffer of a whole large weight would be staged whole. */
const UPLOAD = 64 << 20;

/** Writes `data` into the buffer, from byte `start` on. */
export function upload(device: Device, buffer: GPUBuffer, data: Float32Array, start = 0): void {
  for (let at = 0; at < data.byteLength; at += UPLOAD) {
    const bytes = Math.min(UPLOAD, data.byteLength - at);
    device.gpu.queue.writeBuffer(buffer, start + at, data.buffer as ArrayBuffer, data.byteOffset + at, bytes);
  }
}

/** One mappable buffer into which results are packed before they are read. */
export class Readback {
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

  /** What was copied. Throws what the device has reported, or a sentence, where the GPU gives nothing back. */
  async read(): Promise<ArrayBuffer> {
    const bytes = this.used;
    this.used = 0;
    if (bytes === 0) {
      await this.device.gpu.queue.onSubmittedWorkDone();
      return new ArrayBuffer(0);
    }
    try {
      await this.buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    } catch (error) {
      await new Promise((done) => setTimeout(done)); // the device says why it was lost after it has refused
      this.device.check();
      throw new Error(`the GPU gave no results back (${(error as Error).message}); run again, with a smaller --batch if it recurs`);
    }
    const copy = this.buffer.getMappedRange(0, bytes).slice(0);
    this.buffer.unmap();
    return copy;
  }

  destroy(): void {
    this.buffer.destroy();
  }
}
