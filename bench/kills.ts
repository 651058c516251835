/**
 * Kills at random points over profile, merge and the experiments, half of them resumed under another host's name: the same bits as
 * without. Longer than the tests have time for:
 *
 *     node dist/bench/kills.js [--kills 100]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { misfire } from '../reference/command.js';
import { killAnywhere } from '../reference/kills.js';
import { beginLike, bitsOf, TINY, writeTinyData } from '../reference/profile-runs.js';
import { random } from '../reference/random.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-kills-'));
const at = (name: string) => join(folder, name);

async function run(...args: string[]): Promise<void> {
  const { code, err } = await misfire(args, folder);
  if (code !== 0) throw new Error(err);
}

async function kills({ kills: wanted }: { kills: string }): Promise<void> {
  const draw = random('kills');
  writeTinyData(folder, 1203);
  await run(...TINY, '--batch', '4', '--out', 'begun');
  beginLike(at('begun'), at('reference profile'), 7);
  await run(...TINY, '--batch', '4', '--out', 'reference profile');
  for (const k of [0, 1, 2]) await run(...TINY, '--batch', '4', '--shard', `${k}/3`, '--out', `shard${k}`);
  const experiment = ['begun', '--limit', '12', '--quiet'];
  const tasks: Record<string, (out: string) => string[]> = {
    profile: (out) => [...TINY, '--batch', '4', '--out', out],
    merge: (out) => ['merge', 'shard0', 'shard1', 'shard2', '--out', out],
    prune: (out) => ['prune', ...experiment, '--damage', '3', '--resamples', '50', '--out', out],
    finetune: (out) => ['finetune', ...experiment, '--resamples', '50', '--subset', '20', '--out', out],
    mask: (out) => ['mask', ...experiment, '--top', '2', '--out', out],
  };
  for (const [name, args] of Object.entries(tasks)) if (name !== 'profile') await run(...args(`reference ${name}`));
  let all = 0, elsewhere = 0, different = 0, round = 0;
  while (all < Number(wanted)) {
    for (const [name, args] of Object.entries(tasks)) {
      const out = `${name} ${round}`;
      if (name === 'profile') beginLike(at('begun'), at(out), 7);
      const lock = name === 'merge' ? `.${out}.tmp/.lock` : `${out}/.lock`;
      const killed = await killAnywhere(args(out), folder, lock, Math.min(4, Number(wanted) - all), name === 'merge' ? 60 : 1500, draw);
      const same = JSON.stringify(bitsOf(at(out))) === JSON.stringify(bitsOf(at(`reference ${name}`)));
      all += killed.kills;
      elsewhere += killed.elsewhere;
      if (!same) different++;
      console.log(
        `${out}: killed ${killed.kills} times, ${same ? 'the same bits' : 'DIFFERENT'}; ${all} kills so far, ${elsewhere} starts elsewhere`
      );
      rmSync(at(out), { recursive: true });
    }
    round++;
  }
  if (different > 0) process.exitCode = 1;
}

try {
  await new Command('kills').option('--kills <count>', 'how many', '100').action(kills).parseAsync();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
