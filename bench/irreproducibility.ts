/**
 * Small models trained side by side: what a step costs for 1, 32 and 1,000 of them, by both ways, and how many models a second that is,
 * beside numpy and a loop of single models in PyTorch on the same cores, by turns in one run.
 *
 *     node dist/bench/irreproducibility.js [OUT.json]
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDawnDevice } from '../src/dawn.js';
import type { Device } from '../src/engine/device.js';
import { table } from '../src/report/text-table.js';
import { networkOf } from '../src/reproducibility/experiment.js';
import { ordersOf } from '../src/reproducibility/order.js';
import { completeSetting, stepsOf, type Setting } from '../src/reproducibility/setting.js';
import { initialWeights, taskData } from '../src/reproducibility/task.js';
import { trainModels } from '../src/reproducibility/train.js';

/** Networks that are measured: one unit, and one of the widths at which relu and smelu are compared. */
const NETWORKS = [{ width: 1, depth: 1 }, { width: 16, depth: 2 }];
const MODELS = [1, 32, 1000];
/** A whole training: so many steps of one example. */
const STEPS = 4096;
/** Turns; the least of them counts, since other work on the machine only adds. */
const TURNS = 3;
const PEER_STEPS = 512;

interface Line {
  readonly network: string;
  readonly what: string;
  readonly microsecondsPerStep: number;
  readonly modelsPerSecond: number;
}

const peers = fileURLToPath(new URL('../../bench/peers/irreproducibility.py', import.meta.url));

async function ours(device: Device, setting: Setting, path: 'resident' | 'general'): Promise<number> {
  const { x, y } = taskData(setting);
  const task = { network: networkOf(setting), models: setting.models, x, y, orders: ordersOf(setting), initial: initialWeights(setting),
    rate: setting.rate, schedule: setting.schedule };
  const began = performance.now();
  await trainModels(device, task, { path });
  return (performance.now() - began) / 1000 / stepsOf(setting);
}

async function elsewhere(width: number, depth: number): Promise<Record<string, number>> {
  try {
    const { stdout } = await promisify(execFile)(process.env.PYTHON ?? 'python3', [peers, String(width), String(depth),
      String(PEER_STEPS)]);
    return JSON.parse(stdout) as Record<string, number>;
  } catch (error) {
    console.error(`no peers: ${(error as Error).message.split('\n')[0]}`);
    return {};
  }
}

const device = await openDawnDevice();
const lines: Line[] = [];
const loads: number[] = [];
for (const { width, depth } of NETWORKS) {
  const network = `${width} x ${depth}`;
  const least = new Map<string, { step: number; models: number }>();
  const keep = (what: string, step: number, models: number): void => {
    if (!(least.get(what)?.step! <= step)) least.set(what, { step, models });
  };
  for (let turn = 0; turn < TURNS; turn++) {
    loads.push(loadavg()[0]);
    for (const models of MODELS) {
      const setting = completeSetting({ width, depth, models, train: STEPS, activation: 'relu' });
      keep(`workgroup memory, ${models} models`, await ours(device, setting, 'resident'), models);
      // The general graph costs a score of dispatches a step: an eighth of the steps tells as much.
      keep(`general graph, ${models} models`, await ours(device, { ...setting, train: STEPS / 8 }, 'general'), models);
    }
    for (const [what, step] of Object.entries(await elsewhere(width, depth))) keep(what, step, 1);
  }
  for (const [what, { step, models }] of least) {
    lines.push({ network, what, microsecondsPerStep: 1e6 * step, modelsPerSecond: models / (step * STEPS) });
  }
}
const loop = (network: string): number => lines.find((l) => l.network === network && l.what.startsWith('PyTorch'))?.modelsPerSecond ?? NaN;
const rows = lines.map((
  l
) => [l.network, l.what, l.microsecondsPerStep.toFixed(1), l.modelsPerSecond.toPrecision(3),
  Number.isNaN(loop(l.network)) ? '' : (l.modelsPerSecond / loop(l.network)).toPrecision(3)]
);
console.log(
  `${device.adapter.description}; ${STEPS} steps of one example; load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`
);
console.log(table([['network', 'trained by', 'us a step', 'models/s', "times PyTorch's loop"], ...rows], [2, 3, 4]).join('\n'));
const [out] = process.argv.slice(2);
if (out) writeFileSync(out, `${JSON.stringify({ adapter: device.adapter.description, steps: STEPS, loads, lines }, null, 1)}\n`);
device.destroy();
