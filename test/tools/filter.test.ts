/** `misfire filter`: activations against the definition, saliency against the rows of the run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { describeFilter } from '../../src/saliency/responses.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { tinyWeights } from '../../reference/tiny-model.js';
import { query } from '../support/duckdb.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-filter-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SAMPLES = 40, CHANNEL = 2;

const filters = suite('misfire filter');

filters.before(async () => {
  writeTinyData(folder, SAMPLES);
  await ok(misfire(...TINY, '--out', 'run', '--batch', '8'));
});

/** Of the filter in sample k: relu(convolution + bias) over 8 x 8 places. */
function activations(x: Float32Array, k: number): number[] {
  const { conv, bias } = tinyWeights();
  return Array.from({ length: 64 }, (_, place) => {
    let sum = bias[CHANNEL];
    for (let t = 0; t < 27; t++) {
      const [c, i, j] = [Math.floor(t / 9), Math.floor(place / 8) + (Math.floor(t / 3) % 3) - 1, (place % 8) + (t % 3) - 1];
      if (i >= 0 && i < 8 && j >= 0 && j < 8) sum += conv[CHANNEL * 27 + t] * x[k * 192 + (c * 8 + i) * 8 + j];
    }
    return Math.max(0, sum);
  });
}

filters('activations, places, saliency and means against the definition and the table', async () => {
  const { out } = await ok(misfire('filter', 'run', `conv:${CHANNEL}`, '--json', '-', '--out', 'found', '--quiet'));
  const { pictures, response, filter } = JSON.parse(out);
  assert.equal(filter, { index: CHANNEL, layer: 'conv', channel: CHANNEL });
  const x = new Float32Array(readFileSync(at('x.npy')).buffer.slice(-SAMPLES * 192 * 4));
  const rows = await query(
    `select id::integer as id, label, predicted, profile[${CHANNEL + 1}]::double as raw from '${at('run')}/samples/*.parquet' order by id`
  );
  const { mean, std } = JSON.parse(readFileSync(at('run/stats.json'), 'utf8'));
  assert.is(pictures.length, SAMPLES);
  for (const [k, p] of pictures.entries()) {
    const map = activations(x, k);
    const most = Math.max(...map);
    assert.ok(Math.abs(p.activation - most) < 1e-5, `${k}: ${p.activation} is not ${most}`);
    const place = map.indexOf(most);
    const [row, column] = [Math.floor(place / 8), place % 8];
    assert.equal(p.patch, { top: Math.max(0, row - 1), bottom: Math.min(7, row + 1), left: Math.max(0, column - 1),
      right: Math.min(7, column + 1) });
    assert.equal([p.id, p.label, p.predicted], [rows[k].id, rows[k].label, rows[k].predicted]);
    assert.ok(Math.abs(p.raw - Number(rows[k].raw)) < 1e-9);
    assert.ok(Math.abs(p.standardized - (p.raw - mean[CHANNEL]) / std[CHANNEL]) < 1e-6);
  }
  assert.equal(response.exciting, [...pictures.keys()].sort((a, b) => pictures[b].activation - pictures[a].activation || a - b));
  const of = (label: number) => pictures.filter((p: { label: number }) => p.label === label);
  for (const c of response.classes) {
    assert.is(c.samples, of(c.label).length);
    const average = of(c.label).reduce((sum: number, p: { standardized: number }) => sum + p.standardized, 0) / c.samples;
    assert.ok(Math.abs(c.standardized - average) < 1e-9);
  }
  const order = response.classes.map((c: { standardized: number }) => c.standardized);
  assert.equal(order, [...order].sort((a: number, b: number) => b - a));
  assert.is(response.confusions.reduce((n: number, c: { samples: number }) => n + c.samples, 0),
    rows.filter((r) => r.label !== r.predicted).length);

  assert.equal(readdirSync(at('found')).sort(), ['classes.csv', 'filter.html', 'pictures.csv']);
  const csv: Record<string, string>[] = parse(readFileSync(at('found/pictures.csv')), { columns: true });
  assert.equal(csv.map((r) => Number(r.id)), pictures.map((p: { id: number }) => p.id));
  const page = readFileSync(at('found/filter.html'), 'utf8');
  assert.is(page.match(/<img src="data:image/g)!.length, 2 * 24, 'a picture and its part for each of the first 24');
  assert.not(page.includes(folder));
});

filters('a layer by weight or index; some pictures only; a run without profiles', async () => {
  const { out } = await ok(misfire('filter', 'run', `conv.weight:${CHANNEL}`, '--pictures', '7'));
  assert.match(out, /^conv:2 \(filter 2\) is above 0 somewhere in \d+\.\d % of 7 of 40 pictures, drawn at random/);
  assert.ok(out.split('\n').every((line) => line.length <= 110), out);
  await ok(misfire(...TINY, '--out', 'bare', '--batch', '8', '--forward-only'));
  const bare = await ok(misfire('filter', 'bare', `0:${CHANNEL}`));
  assert.match(bare.err, /bare stores no profiles, so the saliency of the filter is left out/);
  assert.match(bare.out, /classes that excite it most, on average/);
});

filters('a report shows what its first filters respond to, as the command finds it', async () => {
  const x = new Float32Array(readFileSync(at('x.npy')).buffer.slice(-SAMPLES * 192 * 4));
  writeFileSync(at('one.npy'), writeNpy(ndarray(x.slice(0, 192), [1, 3, 8, 8])));
  const explain = ['explain', 'one.npy', '--model', 'tiny.onnx', '--label', '1', '--run', 'run', '--report', 'one.html', '--json',
    'one.json'];
  await ok(misfire(...explain));
  const { report } = JSON.parse(readFileSync(at('one.json'), 'utf8')).samples[0];
  assert.equal(report.responses.map((r: { index: number }) => r.index), report.top.slice(0, 3).map((t: { index: number }) => t.index));
  const [{ index, found, looked, of }] = report.responses;
  const { response } = JSON.parse((await ok(misfire('filter', 'run', `conv:${index}`, '--json', '-', '--quiet'))).out);
  assert.equal([looked, of, found.map((f: { id: number }) => f.id)], [SAMPLES, SAMPLES, response.exciting.slice(0, 6)]);
  const page = readFileSync(at('one.html'), 'utf8');
  assert.match(page, /What the blamed filters respond to/);
  assert.is(page.match(/alt="the part of/g)!.length, 3 * 6);
  await ok(misfire(...explain, '--responses', '0'));
  assert.not.match(readFileSync(at('one.html'), 'utf8'), /What the blamed filters respond to/);
});

filters('what is no filter, and a model that is gone', async () => {
  await refused(misfire('filter', 'run', 'none:1'), /there is no layer none; the model has 0 \(conv\)/);
  await refused(misfire('filter', 'run', 'conv:4'), /layer conv has 4 filters, 0 to 3; there is no 4/);
  await misused(misfire('filter', 'run', 'conv'), /the filter takes LAYER:CHANNEL/);
  await misused(misfire('filter', 'run', 'conv:1,conv:2'), /one filter at a time, got 2/);
  renameSync(at('tiny.onnx'), at('moved.onnx'));
  await refused(misfire('filter', 'run', 'conv:1'), /which is no longer there; say with --model where it is/);
  await ok(misfire('filter', 'run', 'conv:1', '--model', 'moved.onnx', '--pictures', '2', '--quiet'));
});

filters('what cannot be described', () => {
  assert.throws(() => describeFilter([]), /no picture that the filter could respond to/);
  const one = describeFilter([{ label: 0, predicted: 1, activation: 2, raw: 3, standardized: null }]);
  assert.equal([one.activation.std, one.activation.quantiles[3], one.raw!.mean, one.standardized, one.confusions.length], [0, 2, 3, null,
    1]);
});

filters.after(() => rmSync(folder, { recursive: true }));

filters.run();
