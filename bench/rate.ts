/**
 * The adapter's own multiply-add rate: independent chains of a * b + c in registers, no memory. The ceiling that every
 * kernel's share is stated against.
 */
import type { Kernel, Target } from '../src/kernels/kernel.js';
import { KernelWriter } from '../src/kernels/writer.js';

const CHAINS = 12;
/** Rounds per turn of the loop: a CPU adapter's loop costs as much as some of them. */
const UNROLL = 16;
const WORKGROUP = 64;

/** `rounds` times UNROLL rounds of CHAINS multiply-adds by each of `groups` workgroups; the sums are written so that none is dropped. */
export function rateKernel(target: Target, groups: number, rounds: number): Kernel {
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
export const rateWork = (groups: number, rounds: number): number => groups * WORKGROUP * rounds * CHAINS * UNROLL;

/** out = x + 1 over `elements` floats as vec4: bytes read and written are the adapter's copy bandwidth. */
export function copyKernel(target: Target, elements: number): Kernel {
  const writer = new KernelWriter(target, 'copy');
  const x = writer.read('x', elements / 4, 'vec4<f32>');
  const out = writer.write('out', elements / 4, 'vec4<f32>');
  const groups = elements / 4 / WORKGROUP;
  const width = Math.min(groups, 32768);
  return writer.build([WORKGROUP, 1, 1], [width, groups / width, 1], `
  let i = (wid.x + wid.y * nwg.x) * ${WORKGROUP}u + li;
  ${out.set('i', `${x.at('i')} + 1.0`)}`);
}
