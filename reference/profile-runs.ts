/** Runs of `misfire profile` on a tiny network, to be killed and compared. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ndarray } from '../src/data/ndarray.js';
import { writeNpy } from '../src/data/npy.js';
import { sumOf } from '../src/store/seal.js';
import { slowed, start } from './command.js';
import { random } from './random.js';
import { tinyModel, tinyWeights } from './tiny-model.js';

/** Writes tiny.onnx, x.npy and y.npy: so many prepared samples. */
export function writeTinyData(folder: string, samples: number): void {
  const draw = random('profile data');
  writeFileSync(join(folder, 'tiny.onnx'), tinyModel(tinyWeights()));
  writeFileSync(join(folder, 'x.npy'),
    writeNpy(ndarray(Float32Array.from({ length: samples * 192 }, () => 2 * draw() - 1), [samples, 3, 8, 8])));
  writeFileSync(join(folder, 'y.npy'), writeNpy(ndarray(Int32Array.from({ length: samples }, () => Math.floor(3 * draw())), [samples])));
}

export const TINY = ['profile', 'x.npy,y.npy', '--model', 'tiny.onnx', '--quiet'];

/** SHA-256 of each file of a run, all that another reads. */
export function bitsOf(run: string): Record<string, string> {
  return Object.fromEntries(readdirSync(run, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    .map((
      e
    ) => [join(e.parentPath, e.name).slice(run.length + 1),
      createHash('sha256').update(readFileSync(join(e.parentPath, e.name))).digest('hex')]
    ).sort());
}

/** A run just begun, as `from` was, but with parts of so few batches that a short run has many. */
export function beginLike(from: string, run: string, partBatches: number): void {
  mkdirSync(run);
  cpSync(join(from, 'list.jsonl'), join(run, 'list.jsonl'));
  const meta = JSON.parse(readFileSync(join(from, 'meta.json'), 'utf8'));
  const text = `${JSON.stringify({ ...meta, partBatches }, null, 1)}\n`;
  writeFileSync(join(run, 'meta.json'), text);
  writeFileSync(join(run, 'SHA256SUMS'), `${sumOf(text)}  meta.json\n${meta.data.sha256}  list.jsonl\n`);
}

/** Goes on with a run that was begun and kills it once so many parts are in place, and the first batch of the next one in its journal. */
export async function stopAfter(folder: string, args: readonly string[], run: string, parts: number): Promise<void> {
  const { child, ended } = start(args, folder, slowed(folder, 500));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const last = join(run, `samples/part-${String(parts - 1).padStart(6, '0')}.parquet`), next = join(run, `.journal-${parts}`);
  while (!over && !(existsSync(last) && (statSync(next, { throwIfNoEntry: false })?.size ?? 0) > 0)) await sleep(5);
  killHolder(run);
  const { code, err } = await ended;
  if (child.exitCode === 0) throw new Error(`a run was to be killed on its way, but ended with ${code}: ${err}`);
}

/**
 * Starts the run again and again and kills it, the outer process or the inner one, at a random moment of its work, until
 * it has been killed so often; then lets it end. Returns how many batches or parts each killed run had added.
 */
export async function killAndResume(folder: string, args: readonly string[], run: string, kills: number, seed: string): Promise<number[]> {
  const draw = random(seed);
  const progress: number[] = [];
  // The run goes on meanwhile: a journal that was listed may be gone, its part in place.
  const there = () =>
    readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)(part-\d+\.parquet|\.journal-\d+)$/.test(name))
      .reduce((n, name) => n + (name.endsWith('.parquet') ? 1 : (statSync(join(run, name), { throwIfNoEntry: false })?.size ?? 0) / 1e9),
        0);
  while (progress.length < kills && !existsSync(join(run, 'stats.json'))) {
    const before = there();
    const { child, ended } = start(args, folder);
    let over = false;
    void ended.then(() => {
      over = true;
    });
    // Work has begun when a journal or a part appears or grows; the moment of the kill is random from there.
    while (!over && there() === before) await sleep(5);
    await sleep(Math.floor(draw() * 60));
    if (!over) {
      if (progress.length % 2 === 0) child.kill('SIGKILL');
      else killHolder(run);
      progress.push(there() - before);
    }
    await ended;
  }
  const last = await start(args, folder).ended;
  if (last.code !== 0) throw new Error(`the run that was killed ${progress.length} times does not go on: ${last.err}`);
  return progress;
}

/** Kills the process that does the work, which the lock names, and leaves the outer one to notice. */
function killHolder(run: string): void {
  try {
    process.kill((JSON.parse(readFileSync(join(run, '.lock'), 'utf8')) as { pid: number }).pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
