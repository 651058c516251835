/**
 * Each form of ResNet-50's convolutions in both schedules on the same numbers: they share no text, so that they agree is a
 * check of either, on shapes no float64 loop on the processor would end with. What is written to is filled with NaN before,
 * and every kernel runs again: a value that is left out, or that a race decides, shows. And what a picture's profile and map
 * are alone against what they are among several: the same bits, whatever the driver contracts.
 */
import type { Device } from '../../src/engine/device.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program } from '../../src/engine/run/program.js';
import type { Lowering } from '../../src/kernels/kernel.js';
import { changedValues, relativeError } from '../../reference/errors.js';
import { sumOf } from '../../reference/tolerances.js';
import { questionGraph } from '../../src/saliency/questions.js';
import { bufferSizes, dispatchPrepared, prepare } from '../dispatch.js';
import { FORMS, operandSizes, type Form } from '../forms.js';
import { randomWeights, type RandomNetwork } from '../networks.js';
import { fillWithNoise } from '../noise.js';
import { resnet50, type Layer } from '../shapes.js';
import type { Check } from './form.js';
import { feedsOf } from './passes.js';
import { judge } from './verdict.js';

const BATCH = 2;
const RERUNS = 3;

/** 'out' after each of `times` runs, on operands of noise that are the same on every device. */
async function results(device: Device, lowering: Lowering, operands: Readonly<Record<string, number>>,
  times: number): Promise<Float32Array[]> {
  const { gpu } = device;
  const sizes = bufferSizes(lowering, operands);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = new Map(Object.entries(sizes).map(([name, elements]) => [name, gpu.createBuffer({ size: 4 * elements, usage })]));
  const read = gpu.createBuffer({ size: 4 * operands.out, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const inputs = Object.keys(operands).filter((name) => name !== 'out');
  for (const [k, name] of inputs.entries()) await fillWithNoise(device, buffers.get(name)!, operands[name], 1, k + 1);
  const steps = await Promise.all(lowering.kernels.map((kernel) => prepare(device, kernel, buffers)));
  const found: Float32Array[] = [];
  for (let n = 0; n < times; n++) {
    for (const [name, elements] of Object.entries(sizes)) {
      if (!inputs.includes(name)) gpu.queue.writeBuffer(buffers.get(name)!, 0, new Float32Array(elements).fill(NaN));
    }
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const step of steps) dispatchPrepared(pass, step);
    pass.end();
    encoder.copyBufferToBuffer(buffers.get('out')!, 0, read, 0, 4 * operands.out);
    gpu.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    found.push(new Float32Array(read.getMappedRange().slice(0)));
    read.unmap();
  }
  device.check();
  for (const b of [...buffers.values(), read, ...steps.map((s) => s.uniform)]) b.destroy();
  return found;
}

/** Terms of each sum of a form. */
function termsOf({ shape: s }: Layer, form: Form): number {
  return { forward: s.C * s.R * s.S, inputGrad: s.K * s.R * s.S, weightGrad: s.N * s.OH * s.OW, saliency: s.OH * s.OW }[form];
}

/** Tells, for each form, the largest difference as a multiple of what rounding explains, and the values that reruns change. */
export async function checkAgreement(tile: Device, register: Device, everyLayer: number, deadline: number,
  tell: (check: Check) => void): Promise<void> {
  const layers = resnet50(BATCH).filter((_, k) => k % everyLayer === 0);
  for (const form of Object.keys(FORMS) as Form[]) {
    let worst = -Infinity;
    let where = '';
    const changed = { tile: 0, register: 0 };
    for (const layer of layers) {
      if (performance.now() > deadline) {
        return tell({ name: `kernels: ${form} from ${layer.name} on`, outcome: 'not run', note: 'no time was left' });
      }
      const operands = operandSizes(layer, form);
      const both = { tile: [] as Float32Array[], register: [] as Float32Array[] };
      for (const [name, device] of [['tile', tile], ['register', register]] as const) {
        both[name] = await results(device, FORMS[form].lower(device.target, layer), operands, RERUNS);
        changed[name] += both[name].slice(1).reduce((n, again) => n + changedValues(both[name][0], again), 0);
      }
      // Each schedule is allowed what the tests allow it against float64.
      const error = relativeError(both.tile[0], both.register[0]) / (2 * sumOf(termsOf(layer, form)));
      if (!(error <= worst) && !Number.isNaN(worst)) [worst, where] = [error, layer.name];
    }
    tell(judge(`kernels: ${form}, schedules against each other, in units of rounding`, worst, 1, `largest at ${where}`));
    for (const schedule of ['tile', 'register'] as const) {
      tell({ ...judge(`kernels: ${form}, values that ${RERUNS - 1} reruns change`, changed[schedule], 0), schedule });
    }
  }
}

const SEVERAL = 3;

/** Tells, for profile and map, how many values of a picture's answer are others in a batch of SEVERAL than alone. */
export async function checkBatches(device: Device, network: RandomNetwork, deadline: number, tell: (check: Check) => void): Promise<void> {
  const { schedule } = device.target;
  const weights = await randomWeights(device, network);
  const compile = (question: 'profile' | 'map', pictures: number): Promise<Program> =>
    Program.compile(planGraph(questionGraph(question, network, pictures, 'mean-abs').outputs, device.target), device, weights);
  for (const question of ['profile', 'map'] as const) {
    const name = `${network.name}, ${question}: values that differ between a picture alone and among ${SEVERAL}`;
    if (performance.now() > deadline) {
      tell({ name, outcome: 'not run', note: 'no time was left', schedule });
      continue;
    }
    const [one, several] = [await compile(question, 1), await compile(question, SEVERAL)];
    const feeds = feedsOf(several.plan.inputs);
    const row = (values: Float32Array, n: number): Float32Array => {
      const each = values.length / SEVERAL;
      return values.slice(n * each, (n + 1) * each);
    };
    const all = await several.run(feeds);
    let changed = 0;
    for (let n = 0; n < SEVERAL; n++) {
      const alone = await one.run(Object.fromEntries(Object.entries(feeds).map(([input, values]) => [input, row(values, n)])));
      for (const [output, values] of Object.entries(alone)) changed += changedValues(values, row(all[output], n));
    }
    if (!Object.values(all).every((values) => values.every(Number.isFinite))) changed = NaN;
    tell({ ...judge(name, changed, 0), schedule });
    one.destroy();
    several.destroy();
  }
  weights.destroy();
}
