/** `misfire summary`: tables against the rows of the run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused } from '../support/outcomes.js';
import { parse } from 'csv-parse/sync';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { misfire as command, type Ended } from '../../reference/command.js';
import { query } from '../support/duckdb.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-summary-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SAMPLES = 60;

const csv = (path: string): Record<string, string>[] => parse(readFileSync(at(path)), { columns: true });

const summaries = suite('misfire summary');

summaries.before(async () => {
  writeTinyData(folder, SAMPLES);
  writeFileSync(at('classes.txt'), 'a <b> & "c"\nred, round\nn01440764 tench, Tinca tinca\n');
  await ok(misfire(...TINY, '--out', 'run', '--batch', '8'));
});

summaries('tables against the rows and the statistics', async () => {
  const { out } = await ok(misfire('summary', 'run', '--out', 'found', '--classes', 'classes.txt', '--top', '2'));
  assert.equal(readdirSync(at('found')).sort(), ['confusions.csv', 'figure1.svg', 'figure2.svg', 'layers.csv', 'layers.svg', 'profile.csv',
    'suspects.csv']);
  const rows = await query(
    `select label, predicted, count(*)::integer as n from '${at('run')}/samples/*.parquet' group by all order by n desc, label, predicted`
  );
  const mistakes = rows.filter((r) => r.label !== r.predicted);
  const names = ['a <b> & "c"', 'red, round', 'tench'];
  assert.equal(csv('found/confusions.csv').map((r) => [r.label_name, r.predicted_name, Number(r.count)]),
    mistakes.map((r) => [names[r.label as number], names[r.predicted as number], r.n]));
  const wrong = mistakes.reduce((n, r) => n + (r.n as number), 0);
  assert.match(out, new RegExp(`^run: ${SAMPLES} samples, ${SAMPLES - wrong} named rightly`));
  assert.ok(out.includes(names[mistakes[0].label as number]));
  assert.equal(csv('found/layers.csv').map(({ node, count, share, chance }) => ({ node, count, share, chance })), [{ node: 'conv',
    count: String(2 * wrong), share: '1', chance: '1' }]);

  const profile = csv('found/profile.csv');
  assert.is(profile.length, 3 * 4);
  for (const [group, where] of [['all', 'true'], ['right', 'label = predicted'], ['wrong', 'label <> predicted']]) {
    for (const row of profile.filter((r) => r.group === group)) {
      const saliency = `profile[${Number(row.index) + 1}]::double`;
      const samples = `'${at('run')}/samples/*.parquet'`;
      const [found] = await query(
        `with every as (select avg(${saliency}) as mu, stddev_samp(${saliency}) as sigma from ${samples})
        select avg(${saliency}) as mean, avg((${saliency} - mu) / sigma) as z, quantile_disc(${saliency}, 0.9) as high
        from ${samples}, every where ${where}`
      );
      assert.ok(Math.abs(Number(row.mean_raw) - Number(found.mean)) <= 1e-8 * Number(found.mean),
        `${group}: ${row.mean_raw} is not ${found.mean}`);
      assert.ok(Math.abs(Number(row.mean_standardized) - Number(found.z)) <= 1e-7, `${group}: ${row.mean_standardized} is not ${found.z}`);
      assert.ok(Math.abs(Number(row.p90_raw) - Number(found.high)) <= Number(found.high) / 8,
        `${group}: ${row.p90_raw} is not ${found.high}`);
    }
  }
});

summaries('figures are pictures with their captions', async () => {
  for (const [name, title] of [['figure1', 'Filter saliency, averaged'], ['figure2', 'Standardized filter saliency'], ['layers',
    'Layers of the 2 most salient']]) {
    const svg = readFileSync(at(`found/${name}.svg`), 'utf8');
    for (const text of [title, 'tiny.onnx', 'layer', '>conv<']) assert.ok(svg.includes(text), `${name} without ${text}`);
    assert.not(svg.includes('NaN'), name);
    assert.not(svg.includes('undefined'), name);
    const { channels } = await sharp(Buffer.from(svg)).stats(); // which refuses what is no SVG
    assert.ok(channels.some(({ stdev }) => stdev > 5), `${name} is empty`);
  }
});

summaries('names are shown as they are, whatever they hold', async () => {
  cpSync(at('run'), at('odd'), { recursive: true });
  const meta = JSON.parse(readFileSync(at('odd/meta.json'), 'utf8'));
  const node = 'a"\\<b>\' & datum';
  Object.assign(meta.model.layers[0], { name: node, node });
  meta.model.file = '<script>.onnx';
  writeFileSync(at('odd/meta.json'), JSON.stringify(meta));
  rmSync(at('odd/SHA256SUMS'));
  await ok(misfire('summary', 'odd', '--out', 'odd found'));
  for (const name of ['figure1', 'figure2', 'layers']) {
    const svg = readFileSync(at(`odd found/${name}.svg`), 'utf8');
    assert.not(svg.includes('<script>'));
    assert.ok(svg.includes('&lt;script&gt;.onnx'));
    assert.match(svg, />a(&quot;|")\\&lt;b&gt;(&#39;|&apos;|') &amp; datum</);
    await sharp(Buffer.from(svg)).stats();
  }
  assert.is(csv('odd found/layers.csv')[0].node, node);
});

summaries('JSON', async () => {
  const { out } = await ok(misfire('summary', 'run', '--json', '-'));
  const found = JSON.parse(out);
  assert.equal([found.samples, found.right + found.wrong, found.errors, found.top], [SAMPLES, SAMPLES, 0, 10]);
  assert.is(found.layers[0].count, 4 * found.wrong);
  assert.is(found.confusions[0].labelName, `class ${found.confusions[0].label}`);
  const toFile = await ok(misfire('summary', 'run', '--json', 'found.json', '--quiet'));
  assert.is(toFile.out, '');
  assert.is(readFileSync(at('found.json'), 'utf8'), out);
});

summaries('a run without profiles has no band and no layers', async () => {
  await ok(misfire(...TINY, '--out', 'bare', '--batch', '8', '--stats-only'));
  mkdirSync(at('bare found'));
  for (const stale of ['layers.svg', 'layers.csv']) writeFileSync(at(`bare found/${stale}`), 'of an earlier run');
  const { err } = await ok(misfire('summary', 'bare', '--out', 'bare found'));
  assert.match(err, /bare stores no profiles, so layers.svg and layers.csv are left out/);
  assert.equal(readdirSync(at('bare found')).sort(), ['confusions.csv', 'figure1.svg', 'figure2.svg', 'profile.csv']);
  assert.equal(csv('bare found/profile.csv').map((r) => [r.mean_raw, r.p10_raw]), csv('found/profile.csv').map((r) => [r.mean_raw, '']));
});

summaries('what cannot be summed up is refused, and nothing is left behind', async () => {
  mkdirSync(at('empty'));
  await refused(misfire('summary', 'empty', '--out', 'none'), /empty is no run of misfire/);
  cpSync(at('run'), at('begun'), { recursive: true });
  rmSync(at('begun/stats.json'));
  await refused(misfire('summary', 'begun', '--out', 'none'), /begun is not complete/);
  cpSync(at('run'), at('damaged'), { recursive: true });
  const part = join(at('damaged/samples'), readdirSync(at('damaged/samples'))[0]);
  writeFileSync(part, readFileSync(part).subarray(0, 100));
  await refused(misfire('summary', 'damaged', '--out', 'none'), /part-000000.parquet is damaged/);
  rmSync(part);
  await refused(misfire('summary', 'damaged', '--out', 'none'), /samples is damaged: it has 0 part files of 1/);
  rmSync(at('damaged/SHA256SUMS')); // as a run of a version without it
  await refused(misfire('summary', 'damaged', '--out', 'none'), /damaged holds 0 samples, but its statistics are of 60/);
  await refused(misfire('summary', 'run', '--out', 'x.npy'), /x.npy: it is a file, not a folder/);
  await refused(misfire('summary', 'run', '--out', 'no/such/none'), /does not exist/);
  writeFileSync(at('two.txt'), 'a\nb\n');
  await refused(misfire('summary', 'run', '--out', 'none', '--classes', 'two.txt'), /two.txt names 2 classes, but the run's model has 3/);
  assert.not(existsSync(at('none')));
});

summaries.after(() => rmSync(folder, { recursive: true }));

summaries.run();
