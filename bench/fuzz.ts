/**
 * Damaged models, pictures, folders of runs, and folders of runs and experiments that were stopped on their way and go on: each must
 * give a sentence or the right answer, and none may hang.
 *
 *     node dist/bench/fuzz.js [--models 2000] [--pictures 500] [--runs 500] [--stopped 500] [--seed 1] [--keep FOLDER]
 *
 * Originals are the demo's network, tiny ones made here and, where it is there, the small files of ../shared. An input that
 * was answered badly is kept, in FOLDER, with what came of it. Ends with 1 where there was one.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { misfire } from '../reference/command.js';
import { root, shared } from '../reference/paths.js';
import { TINY, writeTinyData } from '../reference/profile-runs.js';
import { random, type Random } from '../reference/random.js';
import { damaged } from './fuzz/mutate.js';
import { goOn, stoppedRuns } from './fuzz/stopped.js';
import type { Attempt, Result, Subject } from './fuzz/worker.js';

/** Milliseconds after which an attempt counts as hung. */
const PATIENCE = 20_000;
/** Larger originals would be all weights and no structure. */
const LARGEST = 2 << 20;
/** Commands that go on with stopped runs side by side. */
const LANES = [0, 1, 2];
/** An error of the language and not a sentence for a person. */
const RAW = new RegExp(
  ['undefined', '\\bnull\\b', 'is not (a function|iterable)', 'Cannot (read|set) properties', 'Cannot (convert|mix)',
    'Invalid (array|typed)', 'out of bounds', 'call stack', '\\[object', 'Unexpected (token|end)'].join('|')
);

function filesUnder(folder: string, pattern: RegExp): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries.filter((e) => e.isFile() && pattern.test(e.name)).map((e) => join(e.parentPath, e.name))
    .filter((path) => statSync(path).size <= LARGEST).sort();
}

class Opener {
  private worker: Worker | null = null;

  async open(attempt: Attempt): Promise<Result> {
    this.worker ??= new Worker(new URL('./fuzz/worker.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 3000 } });
    const { worker } = this;
    const result = await new Promise<Result>((done) => {
      const timer = setTimeout(() => done({ error: `no answer in ${PATIENCE / 1000} s`, kind: 'hung' }), PATIENCE);
      const end = (outcome: Result): void => {
        clearTimeout(timer);
        worker.off('message', end).off('error', died);
        done(outcome);
      };
      const died = (error: unknown): void => end({ error: (error as Error).message, kind: 'died' });
      worker.once('message', end).once('error', died);
      worker.postMessage(attempt);
    });
    if ('kind' in result && (result.kind === 'hung' || result.kind === 'died')) await this.close();
    return result;
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = null;
  }
}

/** Why a result is a defect, or null. `right` is the answer before the damage, where another one would be wrong. */
function defect(result: Result, right: string | null): string | null {
  if ('answer' in result) return right !== null && result.answer !== right ? 'another answer, without a word' : null;
  const { kind, error } = result;
  return kind === 'Error' ? noSentence(error) : `${kind}: ${error}`;
}

const noSentence = (text: string): string | null => (text.length > 700 || RAW.test(text) ? `no sentence: ${text}` : null);

interface Options {
  models: string;
  pictures: string;
  runs: string;
  stopped: string;
  seed: string;
  keep?: string;
}

async function fuzz(options: Options): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'misfire-fuzz-'));
  const keep = options.keep ?? join(scratch, 'kept');
  mkdirSync(keep, { recursive: true });
  const opener = new Opener();
  let bad = 0;
  const report = (subject: Subject | 'stopped run', k: number, source: string, why: string, save: (path: string) => void): void => {
    bad++;
    const path = join(keep, `${subject}-${options.seed}-${k}`.replace(' ', '-'));
    save(path);
    console.log(`${subject} ${k}, from ${source}: ${why.slice(0, 300)}\n  kept as ${path}`);
  };
  const summary = (subject: Subject | 'stopped run', tried: number, answered: number): void =>
    console.log(`${subject}s: ${tried} damaged, ${answered} opened all the same, ${tried - answered} refused`);

  const files = async (subject: 'model' | 'picture', count: number, originals: readonly string[]): Promise<void> => {
    let answered = 0;
    for (let k = 0; k < count; k++) {
      const draw: Random = random(`${subject} ${options.seed} ${k}`);
      const source = originals[Math.floor(draw() * originals.length)];
      const bytes = damaged(readFileSync(source), draw);
      const result = await opener.open({ subject, bytes, name: 'damaged' });
      if ('answer' in result) answered++;
      const why = defect(result, null);
      if (why) report(subject, k, source, why, (path) => writeFileSync(path, bytes));
    }
    summary(subject, count, answered);
  };

  try {
    await files('model', Number(options.models), [join(root, 'demo/model.onnx'), ...filesUnder(shared, /\.onnx$/)]);
    const pictures = [join(root, 'docs/images/report.png'), ...filesUnder(join(shared, 'data/imagenet'), /\.jpe?g$/i),
      ...filesUnder(join(shared, 'cases'), /\.(png|jpg)$/)];
    await files('picture', Number(options.pictures), pictures);

    writeTinyData(scratch, 40);
    const made = await misfire([...TINY, '--batch', '5', '--out', 'run'], scratch);
    if (made.code !== 0) throw new Error(`the run to be damaged was not made: ${made.err}`);
    const original = join(scratch, 'run');
    const right = await opener.open({ subject: 'run', bytes: new Uint8Array(), name: original });
    if (!('answer' in right)) throw new Error(`the run to be damaged does not open: ${right.error}`);
    let answered = 0;
    for (let k = 0; k < Number(options.runs); k++) {
      const draw = random(`run ${options.seed} ${k}`);
      const folder = join(scratch, 'damaged');
      rmSync(folder, { recursive: true, force: true });
      cpSync(original, folder, { recursive: true });
      const all = filesUnder(folder, /^[^.]/);
      const [path, other] = [all[Math.floor(draw() * all.length)], all[Math.floor(draw() * all.length)]];
      const how = draw();
      if (how < 0.1) rmSync(path);
      else if (how < 0.25 && other !== path) cpSync(other, path);
      else writeFileSync(path, damaged(readFileSync(path), draw));
      const result = await opener.open({ subject: 'run', bytes: new Uint8Array(), name: folder });
      if ('answer' in result) answered++;
      const why = defect(result, right.answer);
      if (why) report('run', k, path.slice(folder.length + 1), why, (to) => cpSync(folder, to, { recursive: true }));
    }
    summary('run', Number(options.runs), answered);

    const lanes = LANES.map((k) => join(scratch, `lane${k}`));
    const stopped = Number(options.stopped) > 0 ? await stoppedRuns(scratch, lanes) : [];
    let next = 0, wentOn = 0;
    await Promise.all(lanes.map(async (lane) => {
      while (next < Number(options.stopped)) {
        const k = next++;
        const draw = random(`stopped ${options.seed} ${k}`);
        const run = stopped[[0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4][Math.floor(draw() * 14)]];
        const { file, refused, defect: why } = await goOn(run, lane, draw, noSentence);
        if (!refused) wentOn++;
        if ((k + 1) % 50 === 0) console.log(`${k + 1} stopped runs damaged`);
        if (why) report('stopped run', k, `${run.name}'s ${file}`, why, (to) => cpSync(join(lane, 'work'), to, { recursive: true }));
      }
    }));
    summary('stopped run', Number(options.stopped), wentOn);
  } finally {
    await opener.close();
    if (bad === 0 || options.keep !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
  console.log(bad === 0 ? 'nothing hung, and every refusal is a sentence' : `${bad} answered badly`);
  process.exitCode = bad === 0 ? 0 : 1;
}

await new Command('fuzz')
  .option('--models <count>', 'damaged ONNX files', '2000')
  .option('--pictures <count>', 'damaged pictures', '500')
  .option('--runs <count>', 'damaged folders of runs', '500')
  .option('--stopped <count>', 'damaged folders of runs and experiments that go on', '500')
  .option('--seed <number>', 'of the damage', '1')
  .option('--keep <folder>', 'where inputs that were answered badly are kept')
  .action(fuzz)
  .parseAsync();
