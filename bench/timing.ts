/**
 * Times kernels by the GPU's own clock where the adapter has timestamps, by the wall clock otherwise: a chain of
 * repetitions in one submit, long enough that what a submit costs does not count; the least of several such chains.
 */
import type { Device } from '../src/engine/device.js';
import type { Lowering } from '../src/kernels/kernel.js';
import { bufferSizes, dispatchPrepared, prepare, type Prepared } from './dispatch.js';
import { fillWithNoise } from './noise.js';

/** A chain is at least so long (seconds), and has at most so many dispatches. */
const CHAIN = { timestamps: 0.002, wall: 0.05 };
const MOST = 2000;

/** Seconds of one execution of the kernels on operands of the given numbers of elements, measured for about `budget` seconds. */
export async function timeLowering(device: Device, lowering: Lowering, operands: Readonly<Record<string, number>>,
  budget: number): Promise<number> {
  const buffers = new Map<string, GPUBuffer>();
  const steps: Prepared[] = [];
  const clock = new Clock(device);
  try {
    await device.guarded('a timing', async () => {
      for (const [k, [name, elements]] of Object.entries(bufferSizes(lowering, operands)).entries()) {
        const buffer = device.gpu.createBuffer({ size: Math.max(4, elements * 4), usage: GPUBufferUsage.STORAGE });
        buffers.set(name, buffer);
        await fillWithNoise(device, buffer, elements, 1, k + 1);
      }
      steps.push(...await Promise.all(lowering.kernels.map((kernel) => prepare(device, kernel, buffers))));
    });
    const run = (repetitions: number): Promise<number> =>
      clock.time((pass) => {
        for (let r = 0; r < repetitions; r++) for (const step of steps) dispatchPrepared(pass, step);
      });
    await run(1);
    const once = await run(1);
    const wanted = clock.stamps ? CHAIN.timestamps : CHAIN.wall;
    const repetitions = Math.max(1,
      Math.min(Math.floor(MOST / steps.length), Math.ceil(Math.min(wanted, budget / 3) / Math.max(once, 1e-7))));
    const times: number[] = [];
    const began = performance.now();
    while (times.length < 3 || performance.now() - began < 1000 * budget) times.push(await run(repetitions) / repetitions);
    device.check();
    return Math.min(...times);
  } finally {
    for (const b of buffers.values()) b.destroy();
    for (const s of steps) s.uniform.destroy();
    clock.destroy();
  }
}

/** Seconds of one compute pass. */
export class Clock {
  readonly stamps: { query: GPUQuerySet; resolved: GPUBuffer; read: GPUBuffer } | null;

  constructor(private readonly device: Device) {
    const { gpu } = device;
    this.stamps = !gpu.features.has('timestamp-query') ? null : {
      query: gpu.createQuerySet({ type: 'timestamp', count: 2 }),
      resolved: gpu.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC }),
      read: gpu.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
    };
  }

  async time(record: (pass: GPUComputePassEncoder) => void): Promise<number> {
    const { gpu } = this.device;
    const { stamps } = this;
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass(
      stamps ? { timestampWrites: { querySet: stamps.query, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } } : {}
    );
    record(pass);
    pass.end();
    if (!stamps) {
      const began = performance.now();
      gpu.queue.submit([encoder.finish()]);
      await gpu.queue.onSubmittedWorkDone();
      return (performance.now() - began) / 1000;
    }
    encoder.resolveQuerySet(stamps.query, 0, 2, stamps.resolved, 0);
    encoder.copyBufferToBuffer(stamps.resolved, 0, stamps.read, 0, 16);
    gpu.queue.submit([encoder.finish()]);
    await stamps.read.mapAsync(GPUMapMode.READ);
    const [begin, end] = new BigUint64Array(stamps.read.getMappedRange().slice(0));
    stamps.read.unmap();
    return Number(end - begin) / 1e9;
  }

  destroy(): void {
    this.stamps?.query.destroy();
    this.stamps?.resolved.destroy();
    this.stamps?.read.destroy();
  }
}
