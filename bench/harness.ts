/** Times kernels by themselves on a device: buffers of noise, a warm-up, the least of repeated submits (other work on the machine only adds). */
import type { Device } from '../src/engine/device.js';
import type { Kernel, Lowering } from '../src/kernels/kernel.js';

export interface Measurement {
  readonly seconds: number;
  readonly runs: number;
}

/** Least wall time of one execution of the kernels, repeated for about `budget` seconds after one warm-up. */
export async function timeKernels(device: Device, lowering: Lowering, operands: Readonly<Record<string, number>>,
  budget = 0.6): Promise<Measurement> {
  const { gpu } = device;
  const buffers = new Map<string, GPUBuffer>();
  const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const sizes = { ...operands, ...Object.fromEntries(lowering.scratch.map((s) => [s.operand, s.elements])) };
  for (const [name, elements] of Object.entries(sizes)) {
    const buffer = gpu.createBuffer({ size: Math.max(4, elements * 4), usage: storage });
    gpu.queue.writeBuffer(buffer, 0, noise(elements));
    buffers.set(name, buffer);
  }
  const steps = await Promise.all(lowering.kernels.map(async (kernel) => prepare(device, kernel, buffers)));
  const once = async (): Promise<number> => {
    const start = performance.now();
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, group, grid } of steps) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    }
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  await once();
  const times: number[] = [];
  for (let total = 0; total < budget || times.length < 3; total += times[times.length - 1]) times.push(await once());
  device.check();
  for (const b of buffers.values()) b.destroy();
  for (const s of steps) s.uniform.destroy();
  return { seconds: Math.min(...times), runs: times.length };
}

/** A kernel ready to be dispatched, with parameters of its own. */
export interface Prepared {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
  readonly uniform: GPUBuffer;
}

export async function prepare(device: Device, kernel: Kernel, buffers: ReadonlyMap<string, GPUBuffer>): Promise<Prepared> {
  const access = kernel.bindings.map((b) => b.access);
  const pipeline = await device.pipeline(kernel.name, kernel.wgsl, access);
  const uniform = device.gpu.createBuffer({ size: kernel.params.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  device.gpu.queue.writeBuffer(uniform, 0, kernel.params as Uint32Array<ArrayBuffer>);
  const group = device.gpu.createBindGroup({
    layout: device.layout(access).bind,
    entries: [
      { binding: 0, resource: { buffer: uniform } },
      ...kernel.bindings.map((b, k) => ({ binding: k + 1, resource: { buffer: buffers.get(b.operand)!, offset: b.offset, size: b.size } })),
    ],
  });
  return { pipeline, group, grid: kernel.grid, uniform };
}

function noise(elements: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(elements);
  let s = 12345;
  for (let k = 0; k < elements; k++) {
    s = (s * 16807) % 2147483647;
    out[k] = s / 2147483647 - 0.5;
  }
  return out;
}
