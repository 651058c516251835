/**
 * Dawn's checks, and whether a toggle that takes one away does: a toggle that is ignored must not be reported as free.
 * Where the driver keeps reads inside a binding by itself (robustBufferAccess2), Dawn's text has no checks of storage buffers;
 * 'disable_robustness' then takes away those of workgroup memory, of which the tile schedule has one per load.
 */
import type { Device } from '../../src/engine/device.js';

export const SWITCHES: readonly { readonly name: string; readonly toggles: readonly string[] }[] = [
  { name: 'as shipped', toggles: [] },
  { name: 'no bounds checks', toggles: ['disable_robustness'] },
  { name: 'no validation', toggles: ['skip_validation'] },
  { name: 'neither', toggles: ['disable_robustness', 'skip_validation'] },
];

/** True where a read beyond a binding is kept inside it: element 64 of a buffer of 128 of which 16 are bound. */
export async function boundsAreChecked(device: Device): Promise<boolean> {
  const { gpu } = device;
  const from = gpu.createBuffer({ size: 512, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  const out = gpu.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const read = gpu.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  gpu.queue.writeBuffer(from, 0, Float32Array.from({ length: 128 }, (_, k) => (k < 16 ? 1 : 2)));
  const code = `@group(0) @binding(0) var<storage, read> x: array<f32>; @group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3u) { y[0] = x[n.x * 64u]; }`;
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto',
    compute: { module: gpu.createShaderModule({ code }), entryPoint: 'main' } });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: from, size: 64 } }, { binding: 1, resource: { buffer: out } }],
  }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(out, 0, read, 0, 4);
  gpu.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const [value] = new Float32Array(read.getMappedRange().slice(0));
  for (const buffer of [from, out, read]) buffer.destroy();
  return value !== 2;
}

/** True where a call that the specification forbids is refused: a buffer to be mapped for reading and for writing. */
export async function callsAreValidated(device: Device): Promise<boolean> {
  device.gpu.pushErrorScope('validation');
  const buffer = device.gpu.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
  const error = await device.gpu.popErrorScope();
  buffer.destroy();
  return error !== null;
}
