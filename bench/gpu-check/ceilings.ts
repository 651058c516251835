/** The adapter's own limits: multiply-adds, copies, a large matrix product, and what a dispatch and a submit cost. */
import type { Device } from '../../src/engine/device.js';
import type { Kernel, Target } from '../../src/kernels/kernel.js';
import { matmul } from '../../src/kernels/matmul.js';
import { KernelWriter } from '../../src/kernels/writer.js';
import { dispatchPrepared, prepare } from '../dispatch.js';
import { copyRate, multiplyAddRate } from '../rate.js';
import { Clock, timeLowering } from '../timing.js';
import type { Ceilings } from './form.js';
import type { Sizes } from './sizes.js';

async function matmulRate(device: Device, side: number, budget: number): Promise<number> {
  const lowering = matmul(device.target, { batch: 1, M: side, N: side, K: side, transA: false, transB: false, strideA: 0, strideB: 0 });
  const seconds = await timeLowering(device, lowering, { a: side * side, b: side * side, out: side * side }, budget);
  return side ** 3 / seconds;
}

/** out[0] = out[0] + 1: as little as a dispatch can do, and each waits for the one before. */
function emptyKernel(target: Target): Kernel {
  const w = new KernelWriter(target, 'empty');
  const out = w.write('out', 1);
  return w.build([1, 1, 1], [1, 1, 1], `  ${out.set('0u', `${out.at('0u')} + 1.0`)}`);
}

/** Seconds of a dispatch in a chain, of a submit among many, and of a submit that is waited for. */
export async function launchCosts(device: Device,
  count: number): Promise<Required<Pick<Ceilings, 'dispatchSeconds' | 'submitSeconds' | 'roundTripSeconds'>>> {
  const { gpu } = device;
  const out = gpu.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE });
  const step = await prepare(device, emptyKernel(device.target), new Map([['out', out]]));
  const submit = (): void => {
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    dispatchPrepared(pass, step);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  };
  const wall = async (work: () => Promise<void>): Promise<number> => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1000;
  };
  const least = async (work: () => Promise<number>): Promise<number> => {
    await work();
    return Math.min(await work(), await work(), await work());
  };
  const clock = new Clock(device);
  try {
    const dispatchSeconds = await least(() =>
      clock.time((pass) => {
        for (let k = 0; k < count; k++) dispatchPrepared(pass, step);
      })
    ) / count;
    const submitSeconds = await least(() =>
      wall(async () => {
        for (let k = 0; k < count; k++) submit();
        await gpu.queue.onSubmittedWorkDone();
      })
    ) / count;
    const trips = Math.min(50, count);
    const roundTripSeconds = await least(() =>
      wall(async () => {
        for (let k = 0; k < trips; k++) {
          submit();
          await gpu.queue.onSubmittedWorkDone();
        }
      })
    ) / trips;
    device.check();
    return { dispatchSeconds, submitSeconds, roundTripSeconds };
  } finally {
    out.destroy();
    step.uniform.destroy();
    clock.destroy();
  }
}

export async function measureCeilings(device: Device, sizes: Sizes, tell: (c: Ceilings) => void): Promise<void> {
  tell({ multiplyAddsPerSecond: await multiplyAddRate(device, sizes.budget) });
  tell({ copyBytesPerSecond: await copyRate(device, sizes.copyElements, sizes.budget) });
  tell(await launchCosts(device, sizes.launches));
  tell({ matmulMultiplyAddsPerSecond: await matmulRate(device, sizes.matmul, sizes.budget) });
}
