/**
 * Runs and experiments that were stopped on their way, to be damaged and gone on with by the command that began them: each has to end
 * as it would have, or with a sentence, after which the file that was damaged can be put back and it goes on.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type Ended } from '../../reference/command.js';
import { beginLike, bitsOf, stopAfter, TINY, writeTinyData } from '../../reference/profile-runs.js';
import type { Random } from '../../reference/random.js';
import { damaged } from './mutate.js';

/** Where every command works, in a lane of its own. */
const OUT = 'work';
/** Milliseconds after which a command counts as hung. */
const PATIENCE = 240_000;

export interface Stopped {
  readonly name: string;
  readonly args: readonly string[];
  /** The folder as it was stopped. */
  readonly folder: string;
  /** What it comes to, by what `answerOf` says of its files. */
  readonly right: Readonly<Record<string, string>>;
}

/** What is compared of a finished folder: bits, of a journal its lines in any order, since a damaged one is computed again at the end. */
function answerOf(folder: string): Record<string, string> {
  const bits = bitsOf(folder);
  for (const name of Object.keys(bits)) {
    if (name.endsWith('journal.jsonl')) bits[name] = readFileSync(join(folder, name), 'utf8').split('\n').sort().join('\n');
  }
  return bits;
}

async function call(args: readonly string[], cwd: string): Promise<Ended | null> {
  const { child, ended } = start(args, cwd, { MISFIRE_LEASE: '3' });
  const clock = new AbortController();
  const late = sleep(PATIENCE, null, { signal: clock.signal }).catch(() => null);
  const outcome = await Promise.race([ended, late]);
  clock.abort();
  if (!outcome) child.kill('SIGKILL');
  return outcome;
}

async function succeed(args: readonly string[], cwd: string): Promise<void> {
  const outcome = await call(args, cwd);
  if (outcome?.code !== 0) throw new Error(`${args.join(' ')} was to be damaged, and fails: ${outcome?.err}`);
}

/** Makes lanes, folders in which commands may work side by side, and in each of them what the commands need. */
export async function stoppedRuns(scratch: string, lanes: readonly string[]): Promise<Stopped[]> {
  const [home] = lanes;
  for (const lane of lanes) mkdirSync(lane, { recursive: true });
  writeTinyData(home, 60);
  const x = readFileSync(join(home, 'x.npy'));
  x.writeFloatLE(NaN, x.length - 4 * 192 * 57); // sample 3 is an error
  writeFileSync(join(home, 'x.npy'), x);
  const found: Stopped[] = [];
  const keep = (name: string, args: readonly string[], right: Record<string, string>): void => {
    const folder = join(scratch, `stopped ${name}`);
    cpSync(join(home, OUT), folder, { recursive: true });
    rmSync(join(home, OUT), { recursive: true });
    found.push({ name, args, folder, right });
  };

  const profile = [...TINY, '--batch', '2', '--out', OUT];
  await succeed([...TINY, '--batch', '2', '--out', 'run'], home);
  beginLike(join(home, 'run'), join(home, OUT), 3);
  await succeed(profile, home);
  const right = answerOf(join(home, OUT));
  rmSync(join(home, OUT), { recursive: true });
  beginLike(join(home, 'run'), join(home, OUT), 3);
  await stopAfter(home, profile, join(home, OUT), 3);
  keep('profile', profile, right);

  const common = ['run', '--limit', '8', '--quiet', '--out', OUT];
  const experiments: Record<string, string[]> = {
    prune: ['prune', ...common, '--damage', '3', '--resamples', '50'],
    finetune: ['finetune', ...common, '--resamples', '50', '--subset', '20'],
    mask: ['mask', ...common, '--top', '2', '--draws', '2', '--shares', '10'],
    study: ['study', 'run', '--limit', '3', '--quiet', '--out', OUT],
  };
  for (const [name, args] of Object.entries(experiments)) {
    await succeed(args, home);
    const whole = answerOf(join(home, OUT));
    const [first, later] = name === 'study' ? ['finetune', ['mask']] : ['', []];
    for (const folder of later) rmSync(join(home, OUT, folder), { recursive: true });
    const journal = join(home, OUT, first, 'journal.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n');
    // Half of the lines, and a part of the next one.
    const half = lines.length >> 1;
    writeFileSync(journal, `${lines.slice(0, half).join('\n')}\n${lines[half].slice(0, 40)}`);
    keep(name, args, whole);
  }
  for (const lane of lanes.slice(1)) cpSync(home, lane, { recursive: true });
  return found;
}

/** Damages a file of a copy, in one of the lanes, and goes on. Returns which file it was, and why the outcome is a defect or null. */
export async function goOn(stopped: Stopped, lane: string, draw: Random, sentence: (text: string) => string | null): Promise<{
  readonly file: string;
  readonly refused: boolean;
  readonly defect: string | null;
}> {
  const out = join(lane, OUT);
  rmSync(out, { recursive: true, force: true });
  cpSync(stopped.folder, out, { recursive: true });
  const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(out, name)).isFile()).sort();
  // Journals, states and descriptions as often as all parts and pages together.
  const telling = all.filter((name) => /journal|state|meta\.json|SHA256SUMS|list|errors/.test(name));
  const from = draw() < 0.7 ? telling : all;
  const file = from[Math.floor(draw() * from.length)];
  const other = all[Math.floor(draw() * all.length)];
  const how = draw();
  if (how < 0.1) rmSync(join(out, file));
  else if (how < 0.25 && other !== file) cpSync(join(out, other), join(out, file));
  else writeFileSync(join(out, file), damaged(readFileSync(join(out, file)), draw));
  const differs = (): string | null => {
    const now = answerOf(out);
    const names = [...new Set([...Object.keys(now), ...Object.keys(stopped.right)])];
    const name = names.find((n) => now[n] !== stopped.right[n]);
    return name === undefined ? null : `another ${name}, without a word`;
  };
  const outcome = await call(stopped.args, lane);
  if (!outcome) return { file, refused: false, defect: `no answer in ${PATIENCE / 1000} s` };
  const { code, err } = outcome;
  if (code === 0) return { file, refused: false, defect: differs() };
  const said = err.replace(/^misfire: /, '').trim();
  const why = code !== 1 ? `it ends with ${code}: ${said}` : sentence(said);
  if (why !== null) return { file, refused: true, defect: why };
  // Nothing is lost by the refusal: with that file as it was, it goes on.
  cpSync(join(stopped.folder, file), join(out, file));
  const again = await call(stopped.args, lane);
  return { file, refused: true, defect: again?.code === 0 ? differs() : `${said}; and with the file put back: ${again?.err}` };
}
