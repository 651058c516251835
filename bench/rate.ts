/**
 * The adapter's own multiply-add rate, independent chains of a * b + c in registers, no memory: the ceiling that every
 * kernel's share is stated against. And what a plain copy reaches.
 */
import type { Device } from '../src/engine/device.js';
import type { Kernel, Target } from '../src/kernels/kernel.js';
import { KernelWriter } from '../src/kernels/writer.js';
import { timeLowering } from './timing.js';

const CHAINS = 12;
/** Rounds per turn of the loop: a CPU adapter's loop costs as much as some of them. */
const UNROLL = 16;
const WORKGROUP = 64;

/** `rounds` times UNROLL rounds of CHAINS multiply-adds by each of `groups` workgroups; the sums are written so that none is dropped. */
function rateKernel(target: Target, groups: number, rounds: number): Kernel {
  const writer = new KernelWriter(target, 'multiply-add rate');
  const out = writer.write('out', groups * WORKGROUP);
  const n = writer.param('rounds', rounds);
  const factor = writer.param('factor', 0.999, 'f32');
  const chains = Array.from({ length: CHAINS }, (_, k) => k);
  return writer.build([WORKGROUP, 1, 1], [groups, 1, 1], `
  let i = wid.x * ${WORKGROUP}u + li;
  let x = f32(i) * 0.001;
  let f = ${factor}; let end = ${n};
  ${chains.map((k) => `var c${k} = x + ${k}.0;`).join(' ')}
  for (var r = 0u; r < end; r = r + 1u) {
    ${Array.from({ length: UNROLL }, () => chains.map((k) => `c${k} = c${k} * f + x;`).join(' ')).join('\n    ')}
  }
  ${out.set('i', chains.map((k) => `c${k}`).join(' + '))}`);
}

/** Multiply-adds the kernel makes. */
const rateWork = (groups: number, rounds: number): number => groups * WORKGROUP * rounds * CHAINS * UNROLL;

/** out = x + 1 over `elements` floats as vec4: bytes read and written are the adapter's copy bandwidth. */
function copyKernel(target: Target, elements: number): Kernel {
  const writer = new KernelWriter(target, 'copy');
  const x = writer.read('x', elements / 4, 'vec4<f32>');
  const out = writer.write('out', elements / 4, 'vec4<f32>');
  const groups = elements / 4 / WORKGROUP;
  const width = Math.min(groups, 32768);
  return writer.build([WORKGROUP, 1, 1], [width, groups / width, 1], `
  let i = (wid.x + wid.y * nwg.x) * ${WORKGROUP}u + li;
  ${out.set('i', `${x.at('i')} + 1.0`)}`);
}

/** Multiply-adds per second, measured for about `budget` seconds. */
export async function multiplyAddRate(device: Device, budget: number): Promise<number> {
  const groups = device.adapter.software ? 64 : 8192;
  const measure = (rounds: number, seconds: number): Promise<number> =>
    timeLowering(device, { kernels: [rateKernel(device.target, groups, rounds)], scratch: [] }, { out: groups * 64 }, seconds);
  for (let rounds = 16;; rounds *= 4) {
    if (await measure(rounds, 0) < 0.01 && rounds < 1 << 20) continue;
    return rateWork(groups, rounds) / await measure(rounds, budget);
  }
}

/** Bytes per second, read and written, of a copy of `elements` floats. */
export async function copyRate(device: Device, elements: number, budget: number): Promise<number> {
  const lowering = { kernels: [copyKernel(device.target, elements)], scratch: [] };
  return (8 * elements) / await timeLowering(device, lowering, { x: elements, out: elements }, budget);
}
