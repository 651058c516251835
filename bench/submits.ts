/**
 * What bounding a submit costs and gives: how long each submit of a profile occupies the adapter, and a pass whole against the
 * same pass in one submit, alternating in one run. `node dist/bench/submits.js [--model resnet50|resnet20|vgg19] [--batch N]`.
 */
import { Command } from 'commander';
import * as b from '../src/engine/builder.js';
import { openDawnDevice } from '../src/dawn.js';
import { size } from '../src/engine/graph.js';
import { planGraph } from '../src/engine/plan/plan.js';
import { Program } from '../src/engine/run/program.js';
import { profileNodes } from '../src/saliency/profile.js';
import * as networks from './networks.js';

const options = new Command('submits')
  .option('--adapter <name>', "hardware, software, or part of an adapter's name")
  .option('--model <name>', 'resnet50, resnet20 or vgg19', 'resnet50')
  .option('--batch <n>', 'samples of a pass', '4')
  .option('--runs <n>', 'passes of each kind', '7')
  .parse().opts<{ adapter?: string; model: 'resnet50' | 'resnet20' | 'vgg19'; batch: string; runs: string }>();

const batch = Number(options.batch);
const device = await openDawnDevice({ adapter: options.adapter });
const net = networks[options.model]();
const weights = await networks.randomWeights(device, net);
const { input, logits, convs } = net.build(batch);
const labels = b.input('[labels]', [batch]);
const plan = planGraph({ ...profileNodes(logits, labels, convs) }, device.target);
const feed = {
  [input.attrs.name]: Float32Array.from({ length: size(input.shape) }, (_, k) => Math.sin(k)),
  '[labels]': new Float32Array(batch),
};
const split = await Program.compile(plan, device, weights);
const whole = await Program.compile(plan, device, weights, { submitWork: Infinity });

const timed = async (program: Program): Promise<number> => {
  const start = performance.now();
  await program.run(feed);
  return performance.now() - start;
};
const median = (values: readonly number[]): number => [...values].sort((x, y) => x - y)[values.length >> 1];

await timed(split);
await timed(whole);
const passes: { split: number; whole: number }[] = [];
for (let k = 0; k < Number(options.runs); k++) passes.push({ split: await timed(split), whole: await timed(whole) });

// Each submit waited for, so that its time is its own.
const queue = device.gpu.queue;
const submit = queue.submit.bind(queue);
const waits: Promise<unknown>[] = [];
const ends: number[] = [];
queue.submit = (buffers) => {
  submit(buffers);
  waits.push(queue.onSubmittedWorkDone().then(() => ends.push(performance.now())));
};
const began = performance.now();
await split.run(feed);
await Promise.all(waits);
const took = ends.map((end, k) => end - (ends[k - 1] ?? began));

console.log(JSON.stringify({
  adapter: device.adapter.description,
  model: net.name,
  batch,
  dispatches: plan.main.length,
  submits: took.length,
  submitMilliseconds: { median: median(took), largest: Math.max(...took) },
  passMilliseconds: { split: median(passes.map((p) => p.split)), oneSubmit: median(passes.map((p) => p.whole)) },
  slowdown: median(passes.map((p) => p.split / p.whole)) - 1,
}, undefined, 2));
device.destroy();
