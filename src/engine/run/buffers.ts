/** The buffers of one plan on a device: those it computes in, its inputs and its literals; weights are the store's. */
import { OutOfMemory, type Device } from '../device.js';
import { size } from '../graph.js';
import type { Place, Plan } from '../plan/plan.js';
import { upload } from '../transfer.js';
import type { WeightStore } from './weights.js';

export class Buffers {
  private readonly created: GPUBuffer[] = [];
  private shared: readonly GPUBuffer[] = [];
  private readonly inputs = new Map<string, GPUBuffer>();
  private readonly literals = new Map<Float32Array, GPUBuffer>();

  constructor(private readonly device: Device, private readonly weights: WeightStore) {}

  /** Throws OutOfMemory where a tensor passes the adapter's largest buffer, or a sentence where an output is a weight that was not set. */
  allocate(plan: Plan): void {
    this.shared = plan.buffers.map((bytes) => this.create(bytes));
    for (const { name, shape } of plan.inputs) this.inputs.set(name, this.create(4 * size(shape)));
    for (const { place } of plan.outputs) this.at(place); // which may be read by no kernel
  }

  /** The buffer of a tensor; a literal is uploaded when it is first asked for. Throws where the tensor is a weight that was not set. */
  at(place: Place): GPUBuffer {
    if (place.kind === 'buffer') return this.shared[place.index];
    if (place.kind === 'data') return this.inputs.get(place.name)!;
    if (place.kind === 'weight') return this.weights.buffer(place.name);
    let literal = this.literals.get(place.values);
    if (!literal) {
      this.literals.set(place.values, literal = this.create(place.values.byteLength));
      upload(this.device, literal, place.values);
    }
    return literal;
  }

  /** A further buffer, by default one that kernels read and write. */
  create(bytes: number, usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST): GPUBuffer {
    const { maxBufferSize } = this.device.gpu.limits;
    if (bytes > maxBufferSize) {
      throw new OutOfMemory(
        `a tensor of ${bytes} bytes passes the adapter's largest buffer, ${maxBufferSize} bytes; use a smaller --batch`
      );
    }
    const buffer = this.device.gpu.createBuffer({ size: Math.ceil(Math.max(4, bytes) / 4) * 4, usage });
    this.created.push(buffer);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.created) buffer.destroy();
  }
}
