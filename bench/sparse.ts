/**
 * `node dist/bench/sparse.js --rows 1000000 --features 512 --classes 100 --lambdas 4 --epsilon 0.3 --kills 10 [--memory BYTES]
 * [--keep FOLDER]`: a made problem written row by row into a .npy file, fitted by `misfire sparse` once undisturbed and once killed
 * so often, each time at a moment of its own; prints the passes, seconds, greatest memory of the processes, and whether both ended with
 * the same bits.
 */
import { parseArgs } from 'node:util';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../reference/command.js';
import { bitsOf } from '../reference/profile-runs.js';
import { random } from '../reference/random.js';
import { npyHead } from '../src/data/npy.js';

const { values } = parseArgs({ options: {
  rows: { type: 'string', default: '1000000' },
  features: { type: 'string', default: '512' },
  classes: { type: 'string', default: '100' },
  lambdas: { type: 'string', default: '4' },
  epsilon: { type: 'string', default: '0.3' },
  kills: { type: 'string', default: '10' },
  memory: { type: 'string', default: '1' },
  adapter: { type: 'string' },
  keep: { type: 'string' },
} });
const [rows, p, classes, kills] = [values.rows, values.features, values.classes, values.kills].map(Number);
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'misfire-bench-sparse-'));
mkdirSync(folder, { recursive: true });

/** Uniform noise; each class raises eight features of its own, which classes share. */
async function write(name: string, count: number): Promise<string> {
  const files = [join(folder, `${name}-x.npy`), join(folder, `${name}-y.npy`)];
  if (files.every((f) => existsSync(f))) return files.join(',');
  const draw = random(`bench sparse ${name}`), [x, y] = await Promise.all(files.map((f) => open(f, 'w')));
  await x.writeFile(npyHead('<f4', [count, p]));
  await y.writeFile(npyHead('<i4', [count]));
  for (let at = 0; at < count; at += 4096) {
    const some = Math.min(4096, count - at), values = new Float32Array(some * p), labels = new Int32Array(some);
    for (let k = 0; k < some; k++) {
      const c = labels[k] = Math.floor(classes * draw());
      for (let j = 0; j < p; j++) values[k * p + j] = 2 * draw() - 1;
      for (let q = 1; q <= 8; q++) values[k * p + (c * 7 + q * q * 13) % p] += 0.9;
    }
    await x.writeFile(new Uint8Array(values.buffer));
    await y.writeFile(new Uint8Array(labels.buffer));
  }
  await Promise.all([x.close(), y.close()]);
  return files.join(',');
}

/** Greatest memory so far of a process and those it started, in MiB; Linux alone says. */
function peak(pid: number): number {
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return own + children.reduce((s, c) => s + peak(Number(c)), 0);
  } catch {
    return 0;
  }
}

let most = 0;
/** Runs the command; killed after `wait` milliseconds of work beyond its start, where one is given. */
async function run(out: string, train: string, held: string, wait?: number): Promise<number | null> {
  const { child, ended } = start(['sparse', train, '--held', held, '--out', out, '--lambdas', values.lambdas, '--epsilon', values.epsilon,
    '--memory', values.memory, '--quiet', ...(values.adapter ? ['--adapter', values.adapter] : [])], folder);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const began = performance.now();
  while (!over) {
    most = Math.max(most, peak(child.pid!));
    if (wait !== undefined && performance.now() - began > wait) child.kill('SIGKILL');
    await sleep(100);
  }
  const { code, err } = await ended;
  if (wait === undefined && code !== 0) throw new Error(err);
  return code;
}

const train = await write('train', rows), held = await write('held', Math.max(classes * 4, Math.floor(rows / 100)));
console.log(
  `${rows} rows x ${p} features x ${classes} classes, ${Math.round(statSync(train.split(',')[0]).size / 2 ** 20)} MiB, in ${folder}`
);
for (const out of ['whole', 'torn']) rmSync(join(folder, out), { recursive: true, force: true });
const began = performance.now();
await run('whole', train, held);
const seconds = (performance.now() - began) / 1000;
const { path } = JSON.parse(readFileSync(join(folder, 'whole/result.json'), 'utf8')) as {
  path: { passes: number; kktRelative: number; nonzeros: number[] }[];
};
const passes = path.reduce((n, q) => n + q.passes, 0);
console.log(
  `undisturbed: ${seconds.toFixed(0)} s, ${passes} passes, greatest KKT/(lambda alpha) ${
    Math.max(...path.map((q) => q.kktRelative)).toExponential(1)
  }, weights ${path.map((q) => q.nonzeros.reduce((s, v) => s + v, 0)).join(' ')}`
);
let killed = 0;
for (let k = 0; k < kills; k++) {
  // Somewhat longer than a layer takes, so that most lives finish one.
  const code = await run('torn', train, held, 1000 * (seconds / path.length) * (0.6 + 1.2 * ((k * 7) % 10) / 10) + 500);
  if (code !== 0) killed++;
  console.log(
    `life ${k + 1}: ${code === 0 ? 'ended' : 'killed'}, ${
      existsSync(join(folder, 'torn/layers')) ? readdirSync(join(folder, 'torn/layers')).filter((f) => !f.startsWith('.')).length : 0
    } layers`
  );
}
await run('torn', train, held);
const [a, b] = ['whole', 'torn'].map((out) => Object.entries(bitsOf(join(folder, out))).filter(([f]) => f !== 'journal.jsonl'));
const same = JSON.stringify(a) === JSON.stringify(b);
if (!same) console.log([...a, ...b].filter(([f, sum]) => ![a, b].every((all) => all.some((e) => e[0] === f && e[1] === sum))));
console.log(`killed ${killed} times: ${same ? 'the same bits' : 'OTHER BITS'}; greatest memory ${most.toFixed(0)} MiB`);
if (values.keep === undefined) rmSync(folder, { recursive: true });
if (!same) process.exitCode = 1;
