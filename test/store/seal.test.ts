/** The seal of a finished run: whatever was changed since is refused in a sentence, by whoever reads the run. */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { misfire } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { openRun } from '../../src/store/stored-run.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-seal-'));
const run = join(folder, 'run'), damaged = join(folder, 'damaged');
const seal = suite('the seal of a run');

async function read(path: string): Promise<void> {
  const opened = await openRun(path);
  await opened.readStatistics();
  await opened.readErrors();
  await opened.readRows();
}

/** The sentence with which reading a copy ends, once `change` has been at it. */
async function refusal(change: () => void): Promise<string> {
  rmSync(damaged, { recursive: true, force: true });
  cpSync(run, damaged, { recursive: true });
  change();
  return read(damaged).then(() => 'read as if nothing were', (error: Error) => error.message);
}

seal.before(async () => {
  writeTinyData(folder, 12);
  assert.is((await misfire([...TINY, '--out', 'run'], folder)).code, 0);
});

seal('a run is read as it was written, and has the form of sha256sum', async () => {
  await read(run);
  const checked = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: run, encoding: 'utf8' });
  if (checked.error) console.log('SKIP sha256sum is not installed');
  else assert.is(checked.status, 0, checked.stderr);
});

seal('one bit of a profile', async () => {
  const path = join(damaged, 'samples/part-000000.parquet');
  const told = await refusal(() => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
  });
  assert.match(told, /part-000000\.parquet is damaged or was changed/);
});

for (const name of ['meta.json', 'stats.json', 'errors.jsonl']) {
  seal(`a blank more in ${name}`, async () => {
    assert.match(await refusal(() => appendFileSync(join(damaged, name), ' ')), new RegExp(`${name} is damaged or was changed`));
  });
}

seal('a part that is gone', async () => {
  assert.match(await refusal(() => rmSync(join(damaged, 'samples/part-000000.parquet'))), /samples is damaged: it has 0 part files of 1/);
});

seal('a seal that is damaged itself', async () => {
  assert.match(await refusal(() => writeFileSync(join(damaged, 'SHA256SUMS'), 'x')), /SHA256SUMS is damaged/);
});

seal('a run of a version without one', async () => {
  assert.is(await refusal(() => rmSync(join(damaged, 'SHA256SUMS'))), 'read as if nothing were');
});

seal.after(() => rmSync(folder, { recursive: true, force: true }));
seal.run();
