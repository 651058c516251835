/**
 * The same passes by onnxruntime, by WebGPU on the adapter that is there, and by PyTorch one picture at a time as the authors' script
 * goes, in turns; medians. Needs ../shared, onnxruntime-node and a Python with torch.
 *
 *     node dist/bench/backends.js [--threads 2] [--rounds 5] [--out FILE]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openDawnDevice } from '../src/dawn.js';
import { size } from '../src/engine/graph.js';
import { filterCount } from '../src/saliency/network.js';
import { Explainer } from '../src/saliency/explainer.js';
import type { Statistics } from '../src/saliency/standardize.js';
import { RuntimeBackend } from '../src/runtime/backend.js';
import type { Computer } from '../tools/shared/computer.js';
import { openClassifier } from '../reference/golden.js';
import { root } from '../reference/paths.js';

type Pass = 'profile' | 'map' | 'forward';

interface Race {
  /** As bench/peers/pytorch.py calls it. */
  readonly network: string;
  readonly model: string;
  readonly pass: Pass;
  /** Pictures a turn, of each. */
  readonly pictures: { readonly onnxruntime: number; readonly pytorch: number; readonly webgpu: number };
}

const RACES: readonly Race[] = [
  { network: 'ResNet-50', model: 'imagenet-resnet50.onnx', pass: 'profile', pictures: { onnxruntime: 16, pytorch: 8, webgpu: 2 } },
  { network: 'ResNet-50', model: 'imagenet-resnet50.onnx', pass: 'forward', pictures: { onnxruntime: 16, pytorch: 16, webgpu: 0 } },
  { network: 'ResNet-50', model: 'imagenet-resnet50.onnx', pass: 'map', pictures: { onnxruntime: 2, pytorch: 2, webgpu: 0 } },
  { network: 'ResNet-20', model: 'cifar10-resnet20.onnx', pass: 'profile', pictures: { onnxruntime: 256, pytorch: 64, webgpu: 64 } },
];

const { values: { threads, rounds, out } } = parseArgs({
  options: { threads: { type: 'string', default: '2' }, rounds: { type: 'string', default: '5' }, out: { type: 'string' } },
});

const peer = spawn(process.env.PYTHON ?? '/usr/bin/python3', [join(root, 'bench/peers/turns.py'), threads], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

async function pytorch({ network, pass }: Race, count: number): Promise<number> {
  peer.stdin.write(`${network} ${pass} ${count}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error(`the peer ended: ${JSON.stringify(await once(peer, 'close'))}`);
  return Number(value);
}

/** Seconds of so many pictures in one call. */
function turns(explainer: Explainer, { pass }: Race, count: number): () => Promise<number> {
  const { pictureShape, layers } = explainer.network as ReturnType<typeof openClassifier>;
  const each = size(pictureShape), filters = filterCount(layers);
  const pictures = Array.from({ length: count }, (_, n) => Float32Array.from({ length: each }, (_value, k) => Math.sin(12.9898 * (k + n))));
  const labels = pictures.map((_, k) => k % 10);
  const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: null, mean: new Float64Array(filters).fill(1e-4),
    std: new Float64Array(filters).fill(1e-4) };
  const boosted = pictures.map(() => Array.from({ length: 10 }, (_, k) => k * 7));
  const run = {
    profile: () => explainer.explain(pictures, labels),
    forward: () => explainer.logits(pictures),
    map: () => explainer.inputMaps(pictures, labels, boosted, stats),
  }[pass];
  return async () => {
    const began = performance.now();
    await run();
    return (performance.now() - began) / 1000;
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

const computers: Record<'onnxruntime' | 'webgpu', Computer> = { onnxruntime: await RuntimeBackend.open({ threads: Number(threads) }),
  webgpu: await openDawnDevice() };
const results: object[] = [];
for (const race of RACES) {
  const network = openClassifier(race.model);
  const explainers = Object.entries(computers).map(([name, computer]) => [name, new Explainer(network, computer)] as const);
  const runners: [string, number, () => Promise<number>][] = explainers.map(([name, explainer]) => {
    const count = race.pictures[name as keyof typeof computers];
    return [name, count, turns(explainer, race, count)];
  });
  runners.push(['pytorch', race.pictures.pytorch, () => pytorch(race, race.pictures.pytorch)]);
  const taken = runners.filter(([, count]) => count > 0);
  for (const [, , run] of taken) await run(); // compiles, opens, warms up
  const seconds = new Map<string, number[]>(taken.map(([name]) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, count, run] of taken) seconds.get(name)!.push((await run()) / count);
  }
  const each = Object.fromEntries([...seconds].map(([name, all]) => [name, { secondsPerPicture: median(all), all }]));
  results.push({ network: race.network, pass: race.pass, each });
  const ours = each.onnxruntime.secondsPerPicture;
  const others = Object.entries(each).map(([name, { secondsPerPicture: s }]) =>
    `${name} ${(1 / s).toFixed(2)} a second (x ${(s / ours).toFixed(2)})`
  );
  console.log(`${race.network}, ${race.pass}: ${others.join(', ')}`);
  for (const [, explainer] of explainers) explainer.destroy();
}
peer.stdin.end();
const about = { form: 'misfire-backends-1', made: new Date().toISOString(), processor: cpus()[0].model, threads: Number(threads),
  rounds: Number(rounds), backends: Object.values(computers).map(({ adapter }) => adapter.description) };
for (const computer of Object.values(computers)) computer.destroy();
if (out !== undefined) writeFileSync(out, `${JSON.stringify({ ...about, results }, null, 1)}\n`);
