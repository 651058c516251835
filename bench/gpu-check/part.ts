/**
 * One part of gpu-check, in a process of its own: node dist/bench/gpu-check/part.js TASK. Tells its parent what it finds as
 * it goes (task.ts); what it told stands, however it ends.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackGolden } from '../../reference/golden.js';
import { classifier } from '../../src/classifier.js';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { FORMS, operandSizes, type Form } from '../forms.js';
import { randomWeights } from '../networks.js';
import { resnet50 } from '../shapes.js';
import { timeLowering } from '../timing.js';
import { checkAgreement } from './agreement.js';
import { measureCeilings } from './ceilings.js';
import { askAll, compareGolden } from './golden.js';
import { measureKernels } from './kernels.js';
import { measurePass, measurePasses } from './passes.js';
import { sizesOf, type Sizes } from './sizes.js';
import { boundsAreChecked, callsAreValidated, SWITCHES } from './switches.js';
import { GOLDEN_FILE, MODEL_FILE, type Finding, type Task } from './task.js';

const tell = (found: Finding): void => {
  process.stdout.write(`${JSON.stringify(found)}\n`);
};

async function golden(device: Device, files: string): Promise<void> {
  const numbers = unpackGolden(readFileSync(join(files, GOLDEN_FILE), 'utf8'), GOLDEN_FILE);
  const network = classifier(loadModel(readFileSync(join(files, MODEL_FILE)), { name: MODEL_FILE }));
  const [batched, single] = [16, 1].map((batch) => new Explainer(network, device, { batch }));
  for (const check of compareGolden(numbers, await askAll(numbers, batched, single))) {
    tell({ check: { ...check, schedule: device.target.schedule } });
  }
  batched.destroy();
  single.destroy();
}

/** The layers whose time the switches are measured by: a 3x3, a 1x1, and one with a stride. */
const SWITCHED_LAYERS = ['stage 2 3x3', 'stage 3 expand', 'stage 3 3x3/2'];

async function switches(device: Device, sizes: Sizes, which: number, deadline: number): Promise<void> {
  const { name, toggles } = SWITCHES[which];
  const wanted = { bounds: !toggles.includes('disable_robustness'), validation: !toggles.includes('skip_validation') };
  const found = { bounds: await boundsAreChecked(device), validation: await callsAreValidated(device) };
  if (found.bounds !== wanted.bounds) {
    const kept = found.bounds
      ? 'still kept inside it: the driver checks storage buffers by itself (those of workgroup memory are gone), or the toggle is ignored'
      : 'not kept inside it';
    tell({ note: `switches '${name}': reads beyond a binding are ${kept}` });
  }
  if (found.validation !== wanted.validation) {
    tell({ note: `switches '${name}': calls are ${found.validation ? 'still' : 'not'} validated` });
  }
  const [, batch] = sizes.batches;
  for (const layer of resnet50(batch).filter((l) => SWITCHED_LAYERS.includes(l.name))) {
    for (const form of Object.keys(FORMS) as Form[]) {
      if (performance.now() > deadline) {
        return tell({ note: `switches '${name}': ${layer.name} ${form} and what follows was not measured, no time was left` });
      }
      const seconds = await timeLowering(device, FORMS[form].lower(device.target, layer), operandSizes(layer, form), sizes.budget);
      tell({ switched: { switches: name, what: `${layer.name}, ${form}, batch ${batch}`, seconds } });
    }
  }
  const net = sizes.networks[0]();
  const weights = await randomWeights(device, net);
  for (const size of [1, batch]) {
    if (performance.now() > deadline) {
      return tell({ note: `switches '${name}': the profile at batch ${size} was not measured, no time was left` });
    }
    const { pass } = await measurePass(device, net, weights, 'profile', size, sizes.budget);
    tell({ switched: { switches: name, what: `${net.name}, profile, batch ${size}, one picture`, seconds: pass.secondsPerPicture } });
  }
  weights.destroy();
}

async function main(task: Task): Promise<void> {
  const deadline = performance.now() + 900 * task.limit;
  const sizes = sizesOf(task.quick);
  const device = await openDawnDevice({ schedule: task.schedule, toggles: task.part === 'switches' ? SWITCHES[task.which!].toggles : [] });
  try {
    if (task.part === 'golden') await golden(device, task.files!);
    if (task.part === 'agreement') {
      const other = await openDawnDevice({ schedule: device.target.schedule === 'tile' ? 'register' : 'tile' });
      const [tile, register] = device.target.schedule === 'tile' ? [device, other] : [other, device];
      await checkAgreement(tile, register, sizes.everyLayer, deadline, (check) => tell({ check }));
      other.check();
      other.destroy();
    }
    if (task.part === 'ceilings') await measureCeilings(device, sizes, (ceilings) => tell({ ceilings }));
    if (task.part === 'kernels') {
      const left = await measureKernels(device, sizes, { rate: task.rate!, bandwidth: task.bandwidth! }, deadline, (kernel) =>
        tell({ kernel }));
      if (left > 0) tell({ note: `${left} kernels were not measured, no time was left` });
    }
    if (task.part === 'passes') {
      const net = sizes.networks[task.which!]();
      const weights = await randomWeights(device, net);
      await measurePasses(device, net, weights, sizes.batches, 2 * sizes.budget, deadline, tell);
      weights.destroy();
    }
    if (task.part === 'switches') await switches(device, sizes, task.which!, deadline);
    device.check();
  } finally {
    device.destroy();
  }
}

await main(JSON.parse(process.argv[2]) as Task);
