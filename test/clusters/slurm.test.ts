/** examples/slurm on a real Slurm of one node: a task requeued midway, others preempted, a dependent merge, the bits of one run. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { misfire, slowed } from '../../reference/command.js';
import { root } from '../../reference/paths.js';
import { bitsOf, TINY, writeTinyData } from '../../reference/profile-runs.js';
import { ok } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const here = process.getuid?.() === 0 && ['slurmctld', 'slurmd', 'munged'].every((name) => existsSync(`/usr/sbin/${name}`));
const folder = mkdtempSync(join(tmpdir(), 'misfire-slurm-'));
const at = (name: string) => join(folder, name);
const script = join(root, 'test/clusters/slurm.sh');
const env: Record<string, string | undefined> = {
  ...process.env,
  SLURM_CI: at('slurm'),
  SLURM_CONF: at('slurm/slurm.conf'),
  GRACE: '120',
  SHARDS: '4',
  MISFIRE: at('misfire'),
  DATA: 'x.npy,y.npy',
  MODEL: 'tiny.onnx',
  RUNS: folder,
  OPTIONS: '--batch 2',
};

function call(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  assert.is(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}\n${logs()}`);
  return stdout.trim();
}

const logOf = (name: string) => existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '';
const logs = () => readdirSync(folder).filter((name) => name.endsWith('.log')).map((name) => `${name}: ${logOf(name)}`).join('\n');

/** Fails with what the jobs said where it takes longer than so many seconds. */
async function until(what: string, seconds: number, there: () => boolean): Promise<void> {
  for (const end = Date.now() + 1000 * seconds; !there(); await sleep(100)) {
    if (Date.now() > end) assert.unreachable(`${what}: not after ${seconds} s\n${call('squeue', '-t', 'all')}\n${logs()}`);
  }
}

/** A port that is free now, twice. */
async function freePorts(): Promise<string> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) await once(server.close(), 'close');
  return ports.join(' ');
}

/** Whether the task has finished a batch, and is at work on the next ones. */
const working = (k: number) => existsSync(at(`RUN.${k}/.lock`)) && finished(k) > 0;
const finished = (k: number) => statSync(at(`RUN.${k}/.journal-0`), { throwIfNoEntry: false })?.size ?? 0;
const slurm = suite('Slurm');

if (skipUnless(here, 'Slurm: slurmctld, slurmd and munged are not installed (apt-get install slurm-wlm munge), or this is not root')) {
  slurm('an array, a requeue, a preemption and a dependent merge: the same bits as one run', async () => {
    chmodSync(folder, 0o755); // munged wants its socket to be reached by all
    writeTinyData(folder, 2403);
    const cli = fileURLToPath(new URL('../../tools/cli.js', import.meta.url));
    // Held up while the file `slow` is there, so that tasks are at work when they are to be.
    const exports = Object.entries(slowed(at('slow'))).map(([name, value]) => `export ${name}='${value}'\n`).join('');
    writeFileSync(at('misfire'), `#!/bin/sh\n${exports}exec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
    for (const name of ['profile', 'merge']) cpSync(join(root, `examples/slurm/${name}.sbatch`), at(`${name}.sbatch`));
    for (const k of [0, 1, 2, 3]) await ok(misfire([...TINY, '--batch', '2', '--shard', `${k}/4`, '--out', `one${k}`], folder));
    await ok(misfire(['merge', 'one0', 'one1', 'one2', 'one3', '--out', 'one'], folder));

    writeFileSync(at('slow'), '');
    env.SLURM_PORTS = await freePorts();
    let job = '', preempted: number[] = [];
    try {
      call('bash', script, 'up');
      job = call('sbatch', '--parsable', '--array=0-3', '--cpus-per-task=1', 'profile.sbatch');
      const merge = call('sbatch', '--parsable', `--dependency=afterok:${job}`, 'merge.sbatch');
      await until('task 0 works', 120, () => working(0));
      call('scontrol', 'requeue', `${job}_0`);
      await until('two other tasks work', 120, () => (preempted = [1, 2, 3].filter(working)).length === 2);
      const high = call('sbatch', '--parsable', '--partition=high', '--ntasks=2', '--output=high.log', '--wrap', 'sleep 2');
      const stateOf = (id: string) => call('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T');
      await until('they are preempted', 120, () => stateOf(high) === 'COMPLETED');
      rmSync(at('slow'));
      await until('the merge has ended', 240, () => !['PENDING', 'RUNNING', 'COMPLETING'].includes(stateOf(merge)));
      assert.is(stateOf(merge), 'COMPLETED', logs());
    } finally {
      call('bash', script, 'down');
    }
    for (const k of [0, ...preempted]) {
      assert.match(logOf(`${job}_${k}.log`), /going on after \d+ of/, `task ${k} was stopped and went on`);
    }
    const apart = (run: string) => Object.entries(bitsOf(at(run))).filter(([name]) => name !== 'meta.json');
    assert.equal(apart('RUN'), apart('one'));
  });
  slurm.after(() => rmSync(folder, { recursive: true, force: true }));
}
slurm.run();
