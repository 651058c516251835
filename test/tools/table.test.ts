/** `misfire table`, and the columns of a run's own table, read by DuckDB. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { misfire as command, type Ended } from '../../reference/command.js';
import { root } from '../../reference/paths.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { SAMPLE_COLUMNS } from '../../src/report/sample-columns.js';
import { query } from '../support/duckdb.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-export-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const NAMES = ['cat', 'dog, "big"', 'red fox'];
const COUNT = 40;

interface Row {
  id: number;
  label: number;
  predicted: number;
  correct: boolean;
  profile: number[];
  standardized: number[];
}

const exports = suite('misfire table');

exports.before(async () => {
  writeTinyData(folder, COUNT);
  writeFileSync(at('classes.txt'), `${NAMES.join('\n')}\n`);
  await ok(misfire(...TINY, '--classes', 'classes.txt', '--out', 'run'));
});

exports("a run's own table has the names of classes, and whether the answer is right", async () => {
  const rows = await query(`select * from '${at('run')}/samples/*.parquet' order by id`);
  assert.equal(Object.keys(rows[0]), [...SAMPLE_COLUMNS, 'confidence', 'label_confidence', 'loss', 'profile']);
  assert.is(rows.length, COUNT);
  for (const { label, predicted, label_name, predicted_name, correct } of rows) {
    assert.equal([label_name, predicted_name, correct], [NAMES[label as number], NAMES[predicted as number], label === predicted]);
  }
});

exports('--standardized: equation 2, by the run of the statistics file', async () => {
  const { out } = await ok(misfire('table', 'run', '--out', 'all.parquet', '--profile', '--standardized'));
  assert.is(out, `all.parquet: ${COUNT} samples of run\n`);
  const rows = (await query(`select * from '${at('all.parquet')}' order by id`)) as unknown as Row[];
  const own = (await query(`select * from '${at('run')}/samples/*.parquet' order by id`)) as unknown as Row[];
  const { mean, std } = JSON.parse(readFileSync(at('run/stats.json'), 'utf8')) as Record<string, number[]>;
  assert.equal(rows.map(({ standardized: _, ...row }) => row), own);
  for (const { profile, standardized } of rows) {
    standardized.forEach((v, k) => assert.is(v, Math.fround((profile[k] - mean[k]) / std[k])));
  }
});

exports('--wrong-only as CSV, a column for each filter', async () => {
  await ok(misfire('table', 'run', '--out', 'wrong.csv', '--wrong-only', '--standardized', '--quiet'));
  const lines = parse(readFileSync(at('wrong.csv')), { columns: true }) as Record<string, string>[];
  const rows = (await query(`select * from '${at('all.parquet')}' where not correct order by id`)) as unknown as Row[];
  assert.equal(lines.map((l) => [Number(l.id), l.label_name, l.correct]), rows.map((r) => [r.id, NAMES[r.label], '0']));
  for (const [k, row] of rows.entries()) {
    row.standardized.forEach((v, f) => assert.ok(Math.abs(Number(lines[k][`standardized conv:${f}`]) - v) < 1e-6));
  }
});

exports('what cannot be written is said', async () => {
  await misused(misfire('table', 'run', '--out', 'table.txt'), /--out ends in \.parquet or \.csv/);
  await refused(misfire('table', 'none', '--out', 'table.csv'), /none is no run of misfire/);
  assert.equal(readdirSync(folder).filter((name) => name.startsWith('table')), []);
});

exports('docs/files.md names every column of a table, and none in another spelling', () => {
  const page = readFileSync(join(root, 'docs/files.md'), 'utf8');
  for (const name of [...SAMPLE_COLUMNS, 'label_confidence', 'standardized', 'correct_now']) assert.ok(page.includes(`\`${name}\``), name);
  assert.not.match(page.replace(/^.*earlier versions.*$/gm, ''), /`[a-z]+[A-Z]\w*`/);
});

exports.after(() => rmSync(folder, { recursive: true }));
exports.run();
