/** Dispatches made ready: pipeline, bind group, parameters; and what each takes by the GPU's own clock. */
import type { Device } from '../device.js';
import type { Dispatch } from '../plan/plan.js';
import { Readback } from './transfer.js';

const UNIFORM_ALIGNMENT = 256;

export interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
  readonly name: string;
  readonly op: string;
}

/** Nanoseconds of one dispatch, as the GPU's own clock gives them. */
export interface Timing {
  readonly name: string;
  readonly op: string;
  readonly nanoseconds: number;
}

/** All kernels' parameters in one uniform buffer, each at an aligned offset; written once. */
export function uniformBuffer(device: Device, all: readonly Dispatch[],
  make: (bytes: number) => GPUBuffer): { buffer: GPUBuffer; offsets: number[] } {
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

export function dispatch(pass: GPUComputePassEncoder, s: Step): void {
  pass.setPipeline(s.pipeline);
  pass.setBindGroup(0, s.group);
  pass.dispatchWorkgroups(s.grid[0], s.grid[1], s.grid[2]);
}

/** WebGPU's limit is 4,096 timestamps in a set, two of which are around each step. */
const TIMED_AT_ONCE = 2048;

/** Runs the steps once, with a timestamp around each. Throws where the adapter has none. */
export async function timeSteps(device: Device, steps: readonly Step[], atOnce = TIMED_AT_ONCE): Promise<Timing[]> {
  const { gpu } = device;
  if (!gpu.features.has('timestamp-query')) throw new Error(`the adapter '${device.adapter.description}' has no timestamps`);
  const timings: Timing[] = [];
  for (let first = 0; first < steps.length; first += atOnce) timings.push(...await timeSome(device, steps.slice(first, first + atOnce)));
  return timings;
}

async function timeSome(device: Device, steps: readonly Step[]): Promise<Timing[]> {
  const { gpu } = device;
  const query = gpu.createQuerySet({ type: 'timestamp', count: steps.length * 2 });
  const resolved = gpu.createBuffer({ size: steps.length * 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const reader = new Readback(device, steps.length * 16);
  const encoder = gpu.createCommandEncoder();
  steps.forEach((s, k) => {
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet: query, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 },
    });
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
