/**
 * Measurements of passes over data sets, each too long for the tests:
 *
 *     node dist/bench/datasets.js golden [resnet20|resnet50]   statistics of a real network against float32 PyTorch's
 *     node dist/bench/datasets.js resume [--kills 20]          a run killed again and again against one that was not
 *     node dist/bench/datasets.js rate MODEL.onnx DATA...      samples per second by batch, in forward passes, and memory
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { classifier } from '../src/classifier.js';
import { parseNpy } from '../src/data/npy.js';
import { openDawnDevice } from '../src/dawn.js';
import { loadModel } from '../src/onnx/model.js';
import { percent } from '../src/report/numbers.js';
import { Explainer } from '../src/saliency/explainer.js';
import { parseStatistics } from '../src/saliency/standardize.js';
import { misfire, start } from '../reference/command.js';
import { shared } from '../reference/paths.js';
import { beginLike, bitsOf, killAndResume, TINY, writeTinyData } from '../reference/profile-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-bench-'));

async function run(args: readonly string[]): Promise<Record<string, number>> {
  const { code, out, err } = await misfire([...args, '--json'], folder);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as Record<string, number>;
}

// ---------------------------------------------------------------- golden

const IMAGENET = `{"resize":null,"crop":CROP,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}`;
const SETS = {
  resnet20: { model: 'cifar10-resnet20', data: ['cifar10/test_1000.bin'], crop: 'null', tolerance: 1e-4, dead: 0 },
  resnet50: { model: 'imagenet-resnet50', data: ['imagenet/val650'], crop: '224', tolerance: 1e-3, dead: 1e-10 },
} as const;

async function golden(which: keyof typeof SETS, options: { adapter?: string; batch?: string }): Promise<void> {
  const { model, data, crop, tolerance, dead } = SETS[which];
  const how = join(folder, 'how.json');
  writeFileSync(how, IMAGENET.replace('CROP', crop));
  const more = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const summary = await run(['profile', ...data.map((d) => `${shared}data/${d}`), '--model', `${shared}data/models/${model}.onnx`,
    '--preprocess', how, '--out', 'run', ...more]);
  const stats = parseStatistics(readFileSync(join(folder, 'run/stats.json'), 'utf8'), 'stats.json');
  const read = (name: string) =>
    Float64Array.from(parseNpy(readFileSync(`${shared}golden/${model}/${name}.npy`)).data as Float64Array, Number);
  // Where eq. 2's rule has been applied to them, deviations of dead filters are exactly 1.
  const std = read('std');
  const living = std.map((s) => (s > dead && s !== 1 ? 1 : 0));
  const moving = stats.std.filter((s, k) => !living[k] && s > Math.max(dead, 1e-14)).length;
  console.log(`${living.filter((v) => v === 1).length} living filters; ${moving} of the dead ones vary here`);
  for (const name of ['mean', 'std'] as const) {
    const expected = read(name);
    const errors = Array.from(expected, (v, k) => (living[k] ? Math.abs(stats[name][k] - v) / v : 0));
    const worst = Math.max(...errors);
    console.log(
      `${name}: largest relative error ${worst.toExponential(2)} (filter ${errors.indexOf(worst)}), ` +
        `${errors.filter((e) => !(e <= tolerance)).length} of ${errors.length} filters above ${tolerance}`
    );
  }
  console.log(
    `accuracy ${percent(summary.accuracy, 2)}, ${summary.samplesPerSecond.toPrecision(3)} samples/s, batch ${summary.batch}`
  );
}

// ---------------------------------------------------------------- resume

async function resume({ kills }: { kills: string }): Promise<void> {
  writeTinyData(folder, 2003);
  await run([...TINY, '--batch', '4', '--out', 'begun']);
  for (const form of [[], ['--half'], ['--stats-only']]) {
    const name = form.join('') || 'float32';
    const args = (out: string) => [...TINY, '--batch', '4', '--out', out, ...form];
    if (form.length > 0) await run(args(`begun ${name}`));
    const from = join(folder, form.length > 0 ? `begun ${name}` : 'begun');
    for (const out of ['reference', 'killed']) beginLike(from, join(folder, `${out} ${name}`), 7);
    await run(args(`reference ${name}`));
    const progress = await killAndResume(folder, args(`killed ${name}`), join(folder, `killed ${name}`), Number(kills), name);
    const same = JSON.stringify(bitsOf(join(folder, `killed ${name}`))) === JSON.stringify(bitsOf(join(folder, `reference ${name}`)));
    console.log(`${name}: killed ${progress.length} times, ${same ? 'the same bits' : 'DIFFERENT'}`);
    if (!same) process.exitCode = 1;
  }
}

// ---------------------------------------------------------------- rate

async function rate(model: string, data: string[],
  options: { adapter?: string; batches: string; preprocess?: string; memory?: boolean }): Promise<void> {
  const device = await openDawnDevice({ adapter: options.adapter });
  const network = classifier(loadModel(readFileSync(model), { name: model }));
  const more = [...(options.adapter ? ['--adapter', options.adapter] : []),
    ...(options.preprocess ? ['--preprocess', options.preprocess] : [])];
  const size = network.pictureShape.reduce((n, d) => n * d, 1);
  for (const batch of options.batches.split(',').map(Number)) {
    const explainer = new Explainer(network, device, { batch });
    const pictures = Array.from({ length: batch }, (_, k) => Float32Array.from({ length: size }, (_, j) => Math.sin(k + j)));
    const seconds = async (work: () => Promise<unknown>): Promise<number> => {
      await work();
      const began = performance.now();
      let runs = 0;
      while (runs < 3 || performance.now() - began < 2000) {
        await work();
        runs++;
      }
      return (performance.now() - began) / 1000 / runs;
    };
    const forward = await seconds(() => explainer.logits(pictures));
    explainer.destroy();
    const { samplesPerSecond } = await run(['profile', ...data, '--model', model, '--batch', String(batch), '--out', `rate ${batch}`,
      ...more]);
    console.log(
      `batch ${batch}: ${samplesPerSecond.toPrecision(3)} samples/s, ` +
        `${(batch / samplesPerSecond / forward).toFixed(2)} forward passes of ${(forward * 1000).toPrecision(3)} ms`
    );
  }
  device.destroy();
  if (options.memory) await memory(['profile', ...data, '--model', model, '--out', 'memory', ...more]);
}

/** Resident memory of the process that works, as the run goes on. */
async function memory(args: readonly string[]): Promise<void> {
  const { child, ended } = start(args, folder);
  const lock = join(folder, 'memory/.lock');
  child.stderr!.on('data', (text: string) => {
    const done = /^(\d+) of \d+/m.exec(text)?.[1];
    if (!done || !existsSync(lock)) return;
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
    const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    console.log(`after ${done} samples: ${(kib / 1024).toFixed(0)} MiB`);
  });
  const { code, err } = await ended;
  if (code !== 0) throw new Error(err);
}

const program = new Command('datasets');
program.command('golden').argument('[set]', 'resnet20 or resnet50', 'resnet20').option('--adapter <which>').option('--batch <count>')
  .action(golden);
program.command('resume').option('--kills <count>', 'kills of each kind of run', '20').action(resume);
program.command('rate').argument('<model>').argument('<data...>').option('--adapter <which>').option('--batches <list>', 'batch sizes',
  '1,16,32')
  .option('--preprocess <how>').option('--memory', 'resident memory along one more run').action(rate);
try {
  await program.parseAsync();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
