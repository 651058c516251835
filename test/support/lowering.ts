/** Runs what a kernel family made of an op, on host arrays. */
import type { Device } from '../../src/engine/device.js';
import type { Lowering } from '../../src/kernels/kernel.js';

/**
 * Uploads the operands, runs the lowering's kernels in order and reads 'out' back. 'out' is filled with NaN before, so
 * that an element no kernel writes is seen, unless the operands have what stands in it.
 */
export async function execute(device: Device, lowering: Lowering, operands: Readonly<Record<string, Float32Array>>,
  outElements: number): Promise<Float32Array> {
  const { gpu } = device;
  const buffers = new Map<string, GPUBuffer>();
  const make = (elements: number): GPUBuffer =>
    gpu.createBuffer({
      size: Math.max(1, elements) * 4,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
  const upload = (name: string, values: Float32Array): void => {
    const buffer = make(values.length);
    gpu.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    buffers.set(name, buffer);
  };
  for (const [name, values] of Object.entries(operands)) upload(name, values);
  if (!operands.out) upload('out', new Float32Array(outElements).fill(NaN));
  for (const { operand, elements } of lowering.scratch) buffers.set(operand, make(elements));

  const uniforms: GPUBuffer[] = [];
  const encoder = gpu.createCommandEncoder();
  for (const kernel of lowering.kernels) {
    const access = kernel.bindings.map((b) => b.access);
    const pipeline = await device.pipeline(kernel.name, kernel.wgsl, access);
    const uniform = gpu.createBuffer({ size: kernel.params.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    gpu.queue.writeBuffer(uniform, 0, kernel.params as Uint32Array<ArrayBuffer>);
    uniforms.push(uniform);
    const bindings = kernel.bindings.map((b) => {
      const buffer = buffers.get(b.operand);
      if (!buffer) throw new Error(`kernel '${kernel.name}' binds '${b.operand}', which the test does not give`);
      return { buffer, offset: b.offset, size: b.size };
    });
    const group = gpu.createBindGroup({
      layout: device.layout(access).bind,
      entries: [{ buffer: uniform }, ...bindings].map((resource, binding) => ({ binding, resource })),
    });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...kernel.grid);
    pass.end();
  }
  const result = gpu.createBuffer({ size: outElements * 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  encoder.copyBufferToBuffer(buffers.get('out')!, 0, result, 0, outElements * 4);
  gpu.queue.submit([encoder.finish()]);
  await result.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(result.getMappedRange().slice(0));
  for (const buffer of [...buffers.values(), ...uniforms, result]) buffer.destroy();
  device.check();
  return values;
}
