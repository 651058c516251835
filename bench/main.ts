/**
 * `npm run bench`: the adapter's multiply-add rate and copy bandwidth, each matrix kernel's share of the rate on
 * ResNet-50's shapes, and whole models. Prints tables, ratios first, and writes bench/results/ADAPTER.json.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { classifier } from '../src/classifier.js';
import { openDawnDevice } from '../src/dawn.js';
import type { Target } from '../src/kernels/kernel.js';
import { loadModel } from '../src/onnx/model.js';
import { percent } from '../src/report/numbers.js';
import { FORMS, operandSizes, type Form } from './forms.js';
import { benchModel, type ModelResult } from './models.js';
import { copyRate, multiplyAddRate } from './rate.js';
import { resnet50 } from './shapes.js';
import { timeLowering } from './timing.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SHARED = ['cifar10-resnet20', 'imagenet-resnet18', 'imagenet-resnet50'].map((name) =>
  join(root, '../shared/data/models', `${name}.onnx`)
);

interface KernelResult {
  readonly layer: string;
  readonly form: Form;
  readonly batch: number;
  readonly seconds: number;
  readonly share: number;
}

async function main(): Promise<void> {
  const options = new Command('bench')
    .option('--adapter <name>', "hardware, software, or part of an adapter's name")
    .option('--schedule <name>', "register or tile: the other schedule than the adapter's own")
    .option('--batch <list>', 'batch sizes of the kernels and models', '1,8')
    .option('--model <file...>', "ONNX classifiers; default: those beside the project, else the demo's")
    .option('--budget <seconds>', 'time for each measurement', '0.5')
    .option('--skip-kernels', 'whole models alone')
    .option('--out <file>', 'where the JSON goes; default bench/results/ADAPTER.json')
    .parse().opts<
    { adapter?: string; schedule?: Target['schedule']; batch: string; model?: string[]; budget: string; skipKernels?: boolean;
      out?: string }
  >();
  const budget = Number(options.budget);
  const device = await openDawnDevice({ adapter: options.adapter, schedule: options.schedule });
  const rate = await multiplyAddRate(device, budget);
  const copyBytesPerSecond = await copyRate(device, 1 << 24, budget);
  console.log(
    `${device.adapter.description}, schedule '${device.target.schedule}': ${(rate / 1e9).toFixed(1)} G multiply-adds per second, ` +
      `copies ${(copyBytesPerSecond / 1e9).toFixed(1)} GB/s`
  );

  const kernels: KernelResult[] = [];
  const batches = options.batch.split(',').map(Number);
  for (const batch of options.skipKernels ? [] : batches) {
    console.log(`\nshare of the multiply-add rate, ResNet-50's convolutions, batch ${batch}`);
    console.log(`${'layer'.padEnd(28)}${Object.keys(FORMS).map((f) => f.padStart(12)).join('')}`);
    const totals = Object.fromEntries(Object.keys(FORMS).map((f) => [f, { seconds: 0, work: 0 }])) as Record<Form,
      { seconds: number; work: number }>;
    for (const layer of resnet50(batch)) {
      const row: string[] = [];
      for (const form of Object.keys(FORMS) as Form[]) {
        const seconds = await timeLowering(device, FORMS[form].lower(device.target, layer), operandSizes(layer, form), budget / 4);
        const share = layer.multiplyAdds / seconds / rate;
        kernels.push({ layer: layer.name, form, batch, seconds, share });
        totals[form].seconds += layer.count * seconds;
        totals[form].work += layer.count * layer.multiplyAdds;
        row.push(percent(share, 0).padStart(12));
      }
      console.log(`${layer.name.padEnd(28)}${row.join('')}`);
    }
    const shares = (Object.keys(FORMS) as Form[]).map((f) => percent(totals[f].work / totals[f].seconds / rate, 0).padStart(12));
    console.log(`${'all 53'.padEnd(28)}${shares.join('')}`);
  }

  const found = options.model ?? SHARED.filter(existsSync);
  const files = found.length > 0 ? found : [join(root, 'demo/model.onnx')];
  const models: ModelResult[] = [];
  for (const file of files) {
    const net = classifier(loadModel(await readFile(file), { name: basename(file) }));
    for (const batch of batches) {
      const result = await benchModel(device, net, batch, rate, budget);
      models.push(result);
      const { forward, backward, profile } = result.passes;
      console.log(
        `${result.model}, batch ${batch}: profile ${profile.timesForward.toFixed(2)} x forward, ` +
          `backward ${backward.timesForward.toFixed(2)} x; forward at ${percent(result.forwardShare, 0)} of the rate; ` +
          `${forward.samplesPerSecond.toFixed(2)}, ${backward.samplesPerSecond.toFixed(2)}, ` +
          `${profile.samplesPerSecond.toFixed(2)} samples per second; ${profile.megabytes.toFixed(0)} MiB`
      );
    }
  }
  const name = device.adapter.description.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40);
  const out = options.out ?? join(root, 'bench/results', `${name}-${device.target.schedule}.json`);
  await mkdir(join(out, '..'), { recursive: true });
  const result = { adapter: device.adapter, target: device.target, multiplyAddsPerSecond: rate, copyBytesPerSecond, kernels, models };
  await writeFile(out, `${JSON.stringify(result, null, 1)}\n`);
  console.log(`\nwritten to ${out}`);
  device.destroy();
}

await main();
