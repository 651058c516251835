/** Kernels by themselves on a device: buffers for their operands, pipelines, dispatches. */
import type { Device } from '../src/engine/device.js';
import type { Kernel, Lowering } from '../src/kernels/kernel.js';

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

export function dispatchPrepared(pass: GPUComputePassEncoder, { pipeline, group, grid }: Prepared): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(...grid);
}

/** Elements of every buffer that the kernels bind: those of the operands, and what they keep in between. */
export const bufferSizes = (lowering: Lowering, operands: Readonly<Record<string, number>>): Record<string, number> => ({
  ...operands,
  ...Object.fromEntries(lowering.scratch.map((s) => [s.operand, s.elements])),
});
