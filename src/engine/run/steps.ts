/** Dispatches made ready on a device: pipeline, bind group, parameters. */
import type { Device } from '../device.js';
import type { Dispatch } from '../plan/plan.js';
import type { Kernel } from '../../kernels/kernel.js';
import type { Buffers } from './buffers.js';

const UNIFORM_ALIGNMENT = 256;

export interface PreparedDispatch extends Pick<Kernel, 'name' | 'grid' | 'work'>, Pick<Dispatch, 'op'> {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

/** Compiles every dispatch's kernel and binds its tensors. Throws a sentence naming the kernel that does not compile. */
export function prepare(device: Device, dispatches: readonly Dispatch[], buffers: Buffers): Promise<PreparedDispatch[]> {
  const uniforms = uniformBuffer(device, dispatches, buffers);
  return Promise.all(dispatches.map(async ({ kernel, places, op }, k): Promise<PreparedDispatch> => {
    const { name, wgsl, bindings, grid, work, params } = kernel;
    const access = bindings.map((b) => b.access);
    const pipeline = await device.pipeline(name, wgsl, access);
    const group = device.gpu.createBindGroup({
      layout: device.layout(access).bind,
      entries: [
        { binding: 0, resource: { buffer: uniforms.buffer, offset: uniforms.offsets[k], size: params.byteLength } },
        ...bindings.map(({ offset, size }, j) => ({ binding: j + 1, resource: { buffer: buffers.at(places[j]), offset, size } })),
      ],
    });
    return { pipeline, group, grid, work, name, op };
  }));
}

export function dispatch(pass: GPUComputePassEncoder, s: PreparedDispatch): void {
  pass.setPipeline(s.pipeline);
  pass.setBindGroup(0, s.group);
  pass.dispatchWorkgroups(s.grid[0], s.grid[1], s.grid[2]);
}

/** What two cores, and a small GPU, compute in about 0.1 s; a large one in milliseconds, beside which a submit costs microseconds. */
const SUBMIT_WORK = { software: 7e8, hardware: 2e10 };

/** Dispatches in order, in submits of at most so much work, a longer dispatch apart (`ProgramOptions.submitWork`). */
export function submit(device: Device, steps: readonly PreparedDispatch[],
  most = SUBMIT_WORK[device.adapter.software ? 'software' : 'hardware']): void {
  for (let k = 0, work = 0; k < steps.length; work = 0) {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      do {
        dispatch(pass, steps[k]);
        work += steps[k++].work;
      } while (k < steps.length && work + steps[k].work <= most);
      pass.end();
    });
  }
}

/** All kernels' parameters in one uniform buffer, each at an aligned offset; written once. */
function uniformBuffer(device: Device, all: readonly Dispatch[], buffers: Buffers): { buffer: GPUBuffer; offsets: number[] } {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { kernel } of all) {
    offsets.push(bytes);
    bytes += Math.ceil(kernel.params.byteLength / UNIFORM_ALIGNMENT) * UNIFORM_ALIGNMENT;
  }
  const words = new Uint32Array(Math.max(UNIFORM_ALIGNMENT, bytes) / 4);
  all.forEach(({ kernel }, k) => words.set(kernel.params, offsets[k] / 4));
  const buffer = buffers.create(words.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  device.gpu.queue.writeBuffer(buffer, 0, words);
  return { buffer, offsets };
}
