/**
 * Numbers made on the device: the weights of a network of some shape, and operands for timings. Never zeros, on which
 * hardware can be faster.
 */
import type { Device } from '../src/engine/device.js';
import { FLAT_WORKGROUP, flatGrid } from '../src/kernels/grid.js';
import type { Kernel, Target } from '../src/kernels/kernel.js';
import { KernelWriter } from '../src/kernels/writer.js';
import { dispatchPrepared, prepare } from './dispatch.js';

const WORKGROUP = 64;

/** out[i] = scale * uniform(-1, 1), from a hash of i and the seed (Wellons' lowbias32). */
export function noiseKernel(target: Target, elements: number, scale: number, seed: number): Kernel {
  const w = new KernelWriter(target, 'noise');
  const out = w.write('out', elements);
  const total = w.param('total', elements);
  const s = w.param('seed', (seed * 0x9e3779b1) >>> 0);
  const factor = w.param('factor', scale * 2 ** -31, 'f32');
  return w.build([WORKGROUP, 1, 1], flatGrid(Math.ceil(elements / WORKGROUP), target), `
  let i = ${FLAT_WORKGROUP} * ${WORKGROUP}u + li;
  if (i >= ${total}) { return; }
  var h = i ^ ${s};
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  h = h ^ (h >> 16u);
  ${out.set('i', `f32(bitcast<i32>(h)) * ${factor}`)}`);
}

/** Fills a buffer of `elements` floats. */
export async function fillWithNoise(device: Device, buffer: GPUBuffer, elements: number, scale: number, seed: number): Promise<void> {
  const step = await prepare(device, noiseKernel(device.target, elements, scale, seed), new Map([['out', buffer]]));
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  dispatchPrepared(pass, step);
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
  step.uniform.destroy(); // after the submit: what has been submitted keeps it
}
