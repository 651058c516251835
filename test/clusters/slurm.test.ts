/** examples/slurm on a real Slurm of one node: a task requeued midway, others preempted, a dependent merge, the bits of one run. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { misfire } from '../../reference/command.js';
import { root } from '../../reference/paths.js';
import { bitsOf, TINY, writeTinyData } from '../../reference/profile-runs.js';
import { ok } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const here = process.getuid?.() === 0 && ['slurmctld', 'slurmd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`));
const folder = mkdtempSync(join(tmpdir(), 'misfire-slurm-'));
const at = (name: string) => join(folder, name);
const env = {
  ...process.env,
  SLURM_CI: at('slurm'),
  SLURM_CONF: at('slurm/slurm.conf'),
  GRACE: '60',
  SHARDS: '4',
  MISFIRE: at('misfire'),
  DATA: 'x.npy,y.npy',
  MODEL: 'tiny.onnx',
  RUNS: folder,
  OPTIONS: '--batch 2',
};

function call(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  assert.is(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Fails with what the jobs said where it takes longer than so many seconds. */
async function until(what: string, seconds: number, there: () => boolean): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !there(); await sleep(100)) {
    const logs = () => readdirSync(folder).filter((name) => name.endsWith('.log')).map((name) => readFileSync(at(name), 'utf8')).join('');
    if (Date.now() > end) assert.unreachable(`${what}: not after ${seconds} s\n${call('squeue')}\n${logs()}`);
  }
}

const working = (k: number) => existsSync(at(`RUN.${k}/.lock`)) && readdirSync(at(`RUN.${k}`)).some((name) => name.startsWith('.journal'));
const slurm = suite('Slurm');

if (skipUnless(here, 'Slurm: slurmctld, slurmd and munged are not installed (apt-get install slurm-wlm munge), or this is not root')) {
  slurm('an array, a requeue, a preemption and a dependent merge: the same bits as one run', async () => {
    // Long enough that the scheduler, which looks every few seconds, finds tasks to preempt.
    writeTinyData(folder, 12_003);
    const cli = fileURLToPath(new URL('../../tools/cli.js', import.meta.url));
    writeFileSync(at('misfire'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
    for (const name of ['profile', 'merge']) cpSync(join(root, `examples/slurm/${name}.sbatch`), at(`${name}.sbatch`));
    for (const k of [0, 1, 2, 3]) await ok(misfire([...TINY, '--batch', '2', '--shard', `${k}/4`, '--out', `one${k}`], folder));
    await ok(misfire(['merge', 'one0', 'one1', 'one2', 'one3', '--out', 'one'], folder));

    call('bash', join(root, 'test/clusters/slurm.sh'), 'up');
    try {
      const job = call('sbatch', '--parsable', '--array=0-3', '--cpus-per-task=1', 'profile.sbatch');
      const merge = call('sbatch', '--parsable', `--dependency=afterok:${job}`, 'merge.sbatch');
      await until('task 0 works', 60, () => working(0));
      call('scontrol', 'requeue', `${job}_0`);
      await until('another task works', 60, () => [1, 2, 3].some(working));
      call('sbatch', '--partition=high', '--ntasks=2', '--output=high.log', '--wrap', 'sleep 2');
      await until('all have ended', 240, () => call('squeue', '-h', '-j', `${job},${merge}`, '-t', 'PD,R,CG,S,CF') === '');
      assert.ok(existsSync(at('RUN/stats.json')), `no merge: ${call('squeue', '-t', 'all')}`);
    } finally {
      call('bash', join(root, 'test/clusters/slurm.sh'), 'down');
    }
    const logs = [0, 1, 2, 3].map((k) =>
      readdirSync(folder).filter((name) => name.endsWith(`_${k}.log`)).map((name) => readFileSync(at(name), 'utf8')).join('')
    );
    assert.ok(logs.filter((text) => /going on after \d+ of/.test(text)).length >= 2, `a requeue and a preemption: ${logs.join('\n')}`);
    const apart = (run: string) => Object.entries(bitsOf(at(run))).filter(([name]) => name !== 'meta.json');
    assert.equal(apart('RUN'), apart('one'));
  });
  slurm.after(() => rmSync(folder, { recursive: true, force: true }));
}
slurm.run();
