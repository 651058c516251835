/**
 * One part of gpu-check, in a process of its own: node dist/bench/gpu-check/part.js JSON. Tells its parent what it finds,
 * a line of JSON each (form.ts); what it told stands, however it ends.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifier } from '../../src/classifier.js';
import { openDawnDevice } from '../../src/dawn.js';
import type { Device } from '../../src/engine/device.js';
import { WeightStore } from '../../src/engine/run/program.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { FORMS, operandSizes, type Form } from '../forms.js';
import { randomWeights, type RandomNetwork } from '../networks.js';
import { resnet50 } from '../shapes.js';
import { checkAgreement } from './agreement.js';
import { GOLDEN_FILE, MODEL_FILE, type Asked } from './asked.js';
import { measureCeilings } from './ceilings.js';
import { timeLowering } from './clock.js';
import type { Told } from './form.js';
import { askAll, compareGolden, readGolden } from './golden.js';
import { measureKernels } from './kernels.js';
import { measurePass, measurePasses } from './passes.js';
import { sizesOf, type Sizes } from './sizes.js';
import { boundsAreChecked, callsAreValidated, SWITCHES } from './switches.js';

const tell = (told: Told): void => {
  process.stdout.write(`${JSON.stringify(told)}\n`);
};

async function golden(device: Device, files: string): Promise<void> {
  const numbers = readGolden(join(files, GOLDEN_FILE));
  const network = classifier(loadModel(readFileSync(join(files, MODEL_FILE)), { name: MODEL_FILE }));
  const [batched, single] = [16, 1].map((batch) => new Explainer(network, device, { batch }));
  for (const check of compareGolden(numbers, await askAll(numbers, batched, single))) {
    tell({ check: { ...check, schedule: device.target.schedule } });
  }
  batched.destroy();
  single.destroy();
}

/** A network of sizes.ts; ResNet-20 with the weights of its file where that is at hand. */
async function open(device: Device, net: RandomNetwork,
  files: string | undefined): Promise<{ network: Parameters<typeof measurePass>[2]; weights: WeightStore }> {
  const path = join(files ?? '', MODEL_FILE);
  if (net.name !== 'ResNet-20' || files === undefined || !existsSync(path)) {
    return { network: net, weights: await randomWeights(device, net) };
  }
  const network = classifier(loadModel(readFileSync(path), { name: MODEL_FILE }));
  const weights = new WeightStore(device);
  for (const [name, data] of network.weights) weights.set(name, data);
  return { network, weights };
}

/** The layers whose time the switches are measured by: a 3x3, a 1x1, and one with a stride. */
const SWITCHED_LAYERS = ['stage 2 3x3', 'stage 3 expand', 'stage 3 3x3/2'];

async function switches(device: Device, sizes: Sizes, which: number, deadline: number): Promise<void> {
  const { name, toggles } = SWITCHES[which];
  const wanted = { bounds: !toggles.includes('disable_robustness'), validation: !toggles.includes('skip_validation') };
  const found = { bounds: await boundsAreChecked(device), validation: await callsAreValidated(device) };
  if (found.bounds !== wanted.bounds) {
    tell({ note: `switches '${name}': reads beyond a binding are ${
      found.bounds
        ? 'still kept inside it: the driver checks storage buffers by itself (those of workgroup memory are gone), or the toggle is ignored'
        : 'not kept inside it'
    }` });
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
      const { seconds } = await timeLowering(device, FORMS[form].lower(device.target, layer), operandSizes(layer, form), sizes.budget);
      tell({ switched: { switches: name, what: `${layer.name}, ${form}, batch ${batch}`, seconds } });
    }
  }
  const net = sizes.networks[0]();
  const weights = await randomWeights(device, net);
  for (const size of [1, batch]) {
    if (performance.now() > deadline) {
      return tell({ note: `switches '${name}': the profile at batch ${size} was not measured, no time was left` });
    }
    const { pass } = await measurePass(device, net.name, net, weights, 'profile', size, sizes.budget);
    tell({ switched: { switches: name, what: `${net.name}, profile, batch ${size}, one picture`, seconds: pass.secondsPerPicture } });
  }
  weights.destroy();
}

async function main(asked: Asked): Promise<void> {
  const deadline = performance.now() + 900 * asked.limit;
  const sizes = sizesOf(asked.quick);
  const device = await openDawnDevice({ schedule: asked.schedule,
    toggles: asked.part === 'switches' ? SWITCHES[asked.which!].toggles : [] });
  try {
    if (asked.part === 'golden') await golden(device, asked.files!);
    if (asked.part === 'agreement') {
      const other = await openDawnDevice({ schedule: device.target.schedule === 'tile' ? 'register' : 'tile' });
      const [tile, register] = device.target.schedule === 'tile' ? [device, other] : [other, device];
      await checkAgreement(tile, register, sizes.everyLayer, deadline, (check) => tell({ check }));
      other.check();
      other.destroy();
    }
    if (asked.part === 'ceilings') await measureCeilings(device, sizes, (ceilings) => tell({ ceilings }));
    if (asked.part === 'kernels') {
      const left = await measureKernels(device, sizes, { rate: asked.rate!, bandwidth: asked.bandwidth! }, deadline, (kernel) =>
        tell({ kernel }));
      if (left > 0) tell({ note: `${left} kernels were not measured, no time was left` });
    }
    if (asked.part === 'passes') {
      const net = sizes.networks[asked.which!]();
      const { network, weights } = await open(device, net, asked.files);
      await measurePasses(device, net.name, network, weights, sizes.batches, 2 * sizes.budget, deadline, tell);
      weights.destroy();
    }
    if (asked.part === 'switches') await switches(device, sizes, asked.which!, deadline);
    device.check();
  } finally {
    device.destroy();
  }
}

await main(JSON.parse(process.argv[2]) as Asked);
