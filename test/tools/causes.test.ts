/** `misfire causes`: every mistake in one group, files that agree with each other, the trial against `prune`'s own way of asking. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-causes-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);

interface Cause {
  readonly members: readonly { readonly id: number; readonly label: number; readonly predicted: number }[];
  readonly confusions: readonly { readonly label: number; readonly predicted: number; readonly count: number }[];
  readonly trial: null | { readonly members: number; readonly asked: number;
    readonly outcomes: readonly { readonly choice: string; readonly corrected: number; readonly each: readonly boolean[];
      readonly broken: number }[] };
}

const causes = suite('misfire causes');
causes.before(async () => {
  writeTinyData(folder, 60);
  await ok(misfire(...TINY, '--out', 'run', '--batch', '16'));
});
causes.after(() => rmSync(folder, { recursive: true, force: true }));

causes('every mistake is in one group; JSON, tables, page and text agree; the same twice', async () => {
  const args = ['causes', 'run', '-k', '3', '--right', '5', '--quiet', '--json', '-'];
  const { out } = await ok(misfire(...args, '--out', 'found'));
  assert.is((await ok(misfire(...args))).out, out);
  const found = JSON.parse(out) as { mistakes: number; causes: Cause[] };
  const ids = found.causes.flatMap((c) => c.members.map((m) => m.id));
  assert.is(new Set(ids).size, found.mistakes);
  assert.is(ids.length, found.mistakes);
  assert.equal(readdirSync(at('found')).sort(), ['causes.html', 'filters.csv', 'groups.csv', 'members.csv']);
  const table = (name: string) => parse(readFileSync(at(`found/${name}`)), { columns: true }) as Record<string, string>[];
  assert.equal(table('members.csv').map((row) => [Number(row.group), Number(row.id)]),
    found.causes.flatMap((c, g) => c.members.map((m) => [g + 1, m.id])));
  assert.equal(table('groups.csv').map((row) => Number(row.mistakes)), found.causes.map((c) => c.members.length));
  for (const { members, confusions, trial } of found.causes) {
    assert.is(confusions.reduce((n, c) => n + c.count, 0), members.length);
    for (const c of confusions) {
      assert.is(members.filter((m) => m.label === c.label && m.predicted === c.predicted).length, c.count);
    }
    if (!trial) continue;
    assert.is(trial.members, members.length);
    for (const o of trial.outcomes) {
      assert.is(o.each.length, members.length);
      assert.is(o.each.filter(Boolean).length, o.corrected);
      assert.ok(o.broken >= 0 && o.broken <= trial.asked);
    }
  }
  assert.ok(found.causes.some((c) => c.trial), 'a group is tried');
  assert.match(readFileSync(at('found/causes.html'), 'utf8'), /What caused \d+ mistakes\?/);
});

causes('by layers, and by label and answer', async () => {
  const { out } = await ok(misfire('causes', 'run', '--pairs', '--try', '0', '--quiet', '--json', '-'));
  for (const { confusions } of (JSON.parse(out) as { causes: Cause[] }).causes) assert.is(confusions.length, 1);
  await ok(misfire('causes', 'run', '--map-layers', '--try', '0', '--quiet'));
});

causes('refuses in one sentence', async () => {
  await refused(misfire('causes', 'nowhere'), /nowhere is no run of misfire/);
  await misused(misfire('causes', 'run', '--pairs', '--map-layers'), /--map-layers groups by profiles of layers/);
  await misused(misfire('causes', 'run', '--resolution', '0'), /must be a number above 0/);
  await ok(misfire(...TINY, '--out', 'answers', '--forward-only'));
  await refused(misfire('causes', 'answers'), /answers has no profiles/);
});

causes.run();
