/** `misfire neighbors`: every mistake against a plain computation. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, misused, refused } from '../support/outcomes.js';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { ndarray } from '../../src/data/ndarray.js';
import { parseNpy, writeNpy } from '../../src/data/npy.js';
import type { Meta, Row } from '../../src/store/format.js';
import { openDawnDevice } from '../../src/dawn.js';
import { livingFilters } from '../../src/saliency/neighbors.js';
import { parseStatistics } from '../../src/saliency/standardize.js';
import { selectLayers } from '../../tools/neighbors/options.js';
import { openProfiles } from '../../src/store/stored-run.js';
import { pairShares } from '../../tools/neighbors/pairs.js';
import { findNeighbors } from '../../src/store/neighbors.js';
import { caption } from '../../tools/neighbors/sheet.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { query } from '../support/duckdb.js';
import { shared } from '../../reference/paths.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-neighbors-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);

interface Sample {
  id: number;
  path: string;
  label: number;
  predicted: number;
  confidence: number;
  profile: number[];
}
interface Answer {
  id: number;
  neighbors: { id: number; label: number; predicted: number; similarity: number }[];
}

const samplesOf = async (run: string) => (await query(`select * from '${at(run)}/samples/*.parquet' order by id`)) as unknown as Sample[];
const metaOf = (run: string) => JSON.parse(readFileSync(at(`${run}/meta.json`), 'utf8')) as Meta;

/**
 * Checks an answer against the definition in float64, from what another reader finds in the files: the candidates given,
 * the filters from `first` up to `end`, and dead ones at 0.
 */
async function checkAnswer(answer: { queries: Answer[] }, run: string, candidates: readonly Sample[], k: number, own: boolean, first = 0,
  end = Infinity): Promise<void> {
  const { mean, std } = parseStatistics(readFileSync(at(`${run}/stats.json`), 'utf8'), run);
  const rowOf = ({ profile }: Sample) =>
    Float64Array.from(profile, (s, f) => (f < first || f >= end || !(std[f] > 1e-14) ? 0 : (s - mean[f]) / std[f]));
  const inner = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, f) => sum + v * y[f], 0);
  const rows = candidates.map((c) => ({ id: c.id, row: rowOf(c) }));
  const byId = new Map((await samplesOf(run)).map((s) => [s.id, s]));
  for (const { id, neighbors } of answer.queries) {
    const x = rowOf(byId.get(id)!);
    const want = rows.filter((c) => !own || c.id !== id).map((c) => ({ id: c.id,
      similarity: inner(x, c.row) / Math.sqrt(inner(x, x) * inner(c.row, c.row)) })
    )
      .sort((a, b) => b.similarity - a.similarity || a.id - b.id);
    assert.is(neighbors.length, Math.min(k, want.length));
    neighbors.forEach((n, rank) => {
      assert.ok(Math.abs(n.similarity - want[rank].similarity) < 1e-6,
        `query ${id}, rank ${rank}: ${n.similarity} is not ${want[rank].similarity}`);
      assert.ok(want.some((w) => w.id === n.id && Math.abs(w.similarity - n.similarity) < 1e-6),
        `query ${id}: ${n.id} is not at ${n.similarity}`);
    });
    assert.is(new Set(neighbors.map((n) => n.id)).size, neighbors.length);
  }
}

const tool = suite('misfire neighbors');

tool.before(async () => {
  writeTinyData(folder, 90);
  const draw = random('another set');
  writeFileSync(at('x2.npy'), writeNpy(ndarray(Float32Array.from({ length: 40 * 192 }, () => 2 * draw() - 1), [40, 3, 8, 8])));
  writeFileSync(at('y2.npy'), writeNpy(ndarray(Int32Array.from({ length: 40 }, () => Math.floor(3 * draw())), [40])));
  await ok(misfire(...TINY, '--out', 'run', '--batch', '16'));
  await ok(misfire('profile', 'x2.npy,y2.npy', '--model', 'tiny.onnx', '--quiet', '--out', 'other', '--batch', '16'));
});
tool.after(() => rmSync(folder, { recursive: true, force: true }));

tool('every mistake against a plain computation; JSON, CSV and text agree', async () => {
  const { out } = await ok(misfire('neighbors', 'run', '-k', '4', '--json', '-', '--csv', 'n.csv'));
  const answer = JSON.parse(out);
  const all = await samplesOf('run');
  assert.equal(answer.queries.map((q: Answer) => q.id), all.filter((s) => s.label !== s.predicted).map((s) => s.id));
  await checkAnswer(answer, 'run', all, 4, true);
  const lines = parse(readFileSync(at('n.csv')), { columns: true }) as Record<string, string>[];
  const flat = (answer.queries as Answer[]).flatMap((q) => q.neighbors.map((n, k) => [q.id, k + 1, n.id, n.similarity]));
  assert.equal(lines.map((l) => [l.query_id, l.rank, l.id, l.similarity].map(Number)), flat);
  const sure = (answer.queries as (Answer & { blank: boolean })[]).flatMap((q) => q.neighbors.map(() => Number(q.blank)));
  assert.equal(lines.map((l) => Number(l.query_sure)), sure);
  const { out: text } = await ok(misfire('neighbors', 'run', '-k', '1', '--query', String(answer.queries[0].id)));
  assert.match(text, new RegExp(`${answer.queries[0].neighbors[0].similarity.toFixed(4)} +${answer.queries[0].neighbors[0].id}  x\\.npy`));
});

tool('--wrong-only, --query and more neighbours than there are', async () => {
  const all = await samplesOf('run');
  const right = all.find((s) => s.label === s.predicted)!.id;
  const { out } = await ok(misfire('neighbors', 'run', '--wrong-only', '-k', '500', '--query', String(right), '3,5', '--json', '-'));
  const answer = JSON.parse(out);
  assert.equal(answer.queries.map((q: Answer) => q.id), [...new Set([right, 3, 5])]);
  await checkAnswer(answer, 'run', all.filter((s) => s.label !== s.predicted), 500, true);
});

tool('--against another set uses the statistics of the first; of the same list, no sample is its own neighbour', async () => {
  await checkAnswer(JSON.parse((await ok(misfire('neighbors', 'run', '--against', 'other', '-k', '5', '--json', '-'))).out), 'run',
    await samplesOf('other'), 5, false);
  const { out } = await ok(misfire('neighbors', 'run', '--against', 'run', '-k', '5', '--json', '-'));
  await checkAnswer(JSON.parse(out), 'run', await samplesOf('run'), 5, true);
});

tool('a picture under another name is no neighbour of itself, also not in float16; another label is another sample', async () => {
  const [x, y] = [parseNpy(readFileSync(at('x.npy'))), parseNpy(readFileSync(at('y.npy')))];
  const ids = [4, 9, 30];
  const labels = ids.map((id) => Number(y.data[id]));
  const rows = [...ids, 30].flatMap((id) => Array.from(x.data.slice(192 * id, 192 * (id + 1)), Number));
  writeFileSync(at('copied.npy'), writeNpy(ndarray(Float32Array.from(rows), [4, 3, 8, 8])));
  writeFileSync(at('copied-y.npy'), writeNpy(ndarray(Int32Array.from([...labels, (labels[2] + 1) % 3]), [4])));
  for (const [out, form] of [['copied', []], ['copied16', ['--half']]] as const) {
    await ok(misfire('profile', 'copied.npy,copied-y.npy', '--model', 'tiny.onnx', '--quiet', '--out', out, ...form));
    const { queries } = JSON.parse(
      (await ok(misfire('neighbors', out, '--against', 'run', '-k', '90', '--query', '0,1,2,3', '--json', '-'))).out
    );
    assert.equal(queries.map((q: { same: { id: number }[] }) => q.same.map(({ id }) => id)), [[4], [9], [30], []], out);
    assert.equal(queries.map((q: Answer) => q.neighbors.length), [89, 89, 89, 90], out);
    assert.equal(queries.map((q: { blank: boolean }) => q.blank), [false, false, false, false]);
  }
  const { out } = await ok(misfire('neighbors', 'copied', '--against', 'run', '-k', '2', '--query', '1'));
  assert.match(out, /\n {4}left out: 9 {2}x\.npy\[9\] is the same picture under another name\n/);
  await ok(misfire('neighbors', 'copied', '--against', 'run', '-k', '2', '--query', '1', '--page', 'copied.html'));
  assert.match(readFileSync(at('copied.html'), 'utf8'), /Left out, being the same picture under another name: 9 \(x\.npy\[9\]\)\./);
});

tool('a picture the network is sure of: its neighbours are said to say nothing', async () => {
  // The last layer a thousand times as large: no gradient is left where the answer is right.
  const weights = tinyWeights();
  writeFileSync(at('sure.onnx'), tinyModel({ ...weights, fc: weights.fc.map((v) => 1000 * v) }));
  await ok(misfire('profile', 'x.npy,y.npy', '--model', 'sure.onnx', '--quiet', '--out', 'sure'));
  const all = await samplesOf('sure');
  const sure = all.find((s) => s.label === s.predicted && s.confidence > 0.99999)!.id;
  const wrong = all.find((s) => s.label !== s.predicted)!.id;
  const { queries } = JSON.parse((await ok(misfire('neighbors', 'sure', '--query', `${sure},${wrong}`, '--json', '-'))).out);
  assert.equal(queries.map((q: { blank: boolean }) => q.blank), [true, false]);
  const { out } = await ok(misfire('neighbors', 'sure', '--query', String(sure)));
  assert.match(out, /the network is sure of this picture: its profile is almost zero/);
});

tool('several passes give what one gives', async () => {
  const run = await openProfiles(at('run'));
  const stats = await run.readStatistics();
  const device = await openDawnDevice();
  try {
    const queries = (await run.readRows()).slice(0, 20);
    const filters = livingFilters(run.meta.model.layers, stats);
    const find = (perPass?: number) =>
      findNeighbors(device, { run, candidates: run, stats, filters, queries, k: 3, admits: () => true, progress: () => undefined,
        perPass });
    assert.equal(await find(7), await find());
  } finally {
    device.destroy();
  }
});

tool('--pairs counts by hand', async () => {
  const row = (id: number, label: number, predicted: number): Row => ({ id, path: '', label, predicted, confidence: 1, labelConfidence: 0,
    loss: 1, carried: [] });
  const [a, b, c, d, e] = [row(0, 1, 2), row(1, 1, 2), row(2, 2, 1), row(3, 0, 0), row(4, 0, 0)];
  const found = pairShares([a, d], [[b, c, d, e], [e, a]], [a, b, c, d, e], () => true);
  assert.equal(found, {
    queries: 2,
    neighbors: { same: (0.25 + 0.5) / 2, reversed: 0.125, either: 0.5 },
    chance: { same: 0.25, reversed: 0.125, either: 0.375 },
  });
  assert.equal(pairShares([a], [[b]], [b, c], () => false).chance, { same: 0.5, reversed: 0.5, either: 1 });
  const { out } = await ok(misfire('neighbors', 'run', '--pairs', '--json', '-'));
  const { pairs, queries } = JSON.parse(out);
  const same = queries.map((q: { label: number; predicted: number; neighbors: Sample[] }) =>
    q.neighbors.filter((n) => n.label === q.label && n.predicted === q.predicted).length / 10
  );
  assert.ok(Math.abs(pairs.neighbors.same - same.reduce((x: number, y: number) => x + y, 0) / queries.length) < 1e-12);
});

tool('--layers by index and by name', () => {
  const layers = ['a', 'b', 'c'].map((name, k) => ({ name, node: `/${name}/Conv`, weight: `${name}.0.w`, filters: 2, offset: 2 * k }));
  assert.equal(selectLayers(layers, '0..1'), layers.slice(0, 2));
  assert.equal(selectLayers(layers, 'b.0.w../c/Conv'), layers.slice(1));
  assert.equal(selectLayers(layers, 'b..2'), layers.slice(1));
  for (const [text, message] of [['2..1', /backwards/], ['1', /takes A\.\.B/], ['..2', /takes A\.\.B/], ['0..3', /no layer 3/], ['x..2',
    /no layer x/]] as const) {
    assert.throws(() => selectLayers(layers, text), message);
  }
});

tool('--sheet draws the pictures of the query and its neighbours, and escapes names', async () => {
  mkdirSync(at('pics'));
  const colours: number[][] = [];
  const draw = random('colours');
  for (let k = 0; k < 12; k++) {
    const colour = colours[k] = [0, 1, 2].map(() => Math.floor(256 * draw()));
    const data = Uint8Array.from({ length: 192 }, (_, i) => colour[i % 3]);
    await sharp(data, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at(`pics/${k}.png`));
  }
  writeFileSync(at('pics/labels.csv'), `file,label\n${colours.map((_, k) => `${k}.png,${k % 3}\n`).join('')}`);
  writeFileSync(at('how.json'), '{"resize":null,"crop":null,"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}');
  writeFileSync(at('names.txt'), 'a <b> & "c"\nplain\n]]>\n');
  await ok(misfire('profile', 'pics', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--quiet', '--out', 'seen'));
  const { out } = await ok(
    misfire('neighbors', 'seen', '--query', '2', '-k', '7', '--classes', 'names.txt', '--sheet', 'sheets', '--json', '-')
  );
  assert.equal(readdirSync(at('sheets')), ['query-000002.png']);
  const { data, info } = await sharp(at('sheets/query-000002.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.equal([info.width, info.height], [8 + 6 * 168, 8 + 2 * 222]);
  const shown = [2, ...JSON.parse(out).queries[0].neighbors.map((n: Answer) => n.id)];
  assert.is(shown.length, 8);
  shown.forEach((id: number, k: number) => {
    const [x, y] = [88 + (k === 0 ? 0 : 1 + ((k - 1) % 5)) * 168, 88 + (k === 0 ? 0 : Math.floor((k - 1) / 5)) * 222];
    assert.equal([...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)], colours[id], `picture ${id} in cell ${k}`);
  });
  const svg = caption({ row: (await (await openProfiles(at('seen'))).readRows())[0], data: metaOf('seen').data, similarity: 1 },
    () => '<&"\'>\u0001');
  assert.ok(svg.includes('&lt;&amp;&quot;&apos;&gt; <'), svg);
  const sure = caption({ row: (await (await openProfiles(at('seen'))).readRows())[0], data: metaOf('seen').data, similarity: null,
    blank: true }, () => 'a');
  assert.match(sure, /query 0 \(sure: says nothing\)/);
});

tool('refuses in one sentence', async () => {
  writeFileSync(at('half.onnx'), tinyModel({ ...tinyWeights(), bias: new Float32Array(4) }));
  await ok(misfire('profile', 'x.npy,y.npy', '--model', 'half.onnx', '--quiet', '--out', 'model2', '--stats-only'));
  await ok(misfire('profile', 'x2.npy,y2.npy', '--model', 'half.onnx', '--quiet', '--out', 'model3'));
  await ok(misfire('profile', 'x2.npy,y2.npy', '--model', 'tiny.onnx', '--quiet', '--out', 'signed', '--aggregation', 'abs-mean'));
  await refused(misfire('neighbors', 'nowhere'), /nowhere is no run of misfire/);
  await refused(misfire('neighbors', 'model2'), /made with --stats-only/);
  await refused(misfire('neighbors', 'run', '--against', 'model3'), /different models/);
  await refused(misfire('neighbors', 'run', '--against', 'signed'), /must not be mixed/);
  await refused(misfire('neighbors', 'run', '--query', '90'), /run has no sample 90/);
  await misused(misfire('neighbors', 'run', '--query', 'x'), /id of a sample/);
  await misused(misfire('neighbors', 'run', '-k', '0'), /at least 1/);
  await refused(misfire('neighbors', 'run', '--layers', '0..9'), /there is no layer 9/);
  await refused(misfire('neighbors', 'run', '--sheet', 's'), /arrays that came prepared/);
  await refused(misfire('neighbors', 'run', '--csv', 'no/such/n.csv'), /n\.csv/);
  rmSync(at('other/stats.json'));
  await refused(misfire('neighbors', 'other'), /other is not complete/);
});

const [model, pictures] = [`${shared}data/models/cifar10-resnet20.onnx`, `${shared}data/cifar10/test_1000.bin`];
if (skipUnless(existsSync(model) && existsSync(pictures), `${model} or ${pictures} is absent`)) {
  tool('ResNet-20 on 64 pictures: whole profiles, the shallow half, and a contact sheet', async () => {
    writeFileSync(at('few.bin'), readFileSync(pictures).subarray(0, 64 * 3073));
    writeFileSync(at('cifar.json'), '{"resize":null,"crop":null,"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}');
    await ok(misfire('profile', 'few.bin', '--model', model, '--preprocess', 'cifar.json', '--quiet', '--out', 'cifar'));
    const all = await samplesOf('cifar');
    const asked = all.slice(0, 20).map((s) => String(s.id)).join();
    await checkAnswer(JSON.parse((await ok(misfire('neighbors', 'cifar', '--query', asked, '--json', '-'))).out), 'cifar', all, 10, true);
    const { layers } = metaOf('cifar').model;
    const shallow = JSON.parse(
      (await ok(misfire('neighbors', 'cifar', '--query', asked, '--layers', `0..${layers[8].weight}`, '--json', '-', '--sheet', 'c'))).out
    );
    await checkAnswer(shallow, 'cifar', all, 10, true, 0, layers[9].offset);
    assert.is(readdirSync(at('c')).length, 20);
  });
}

tool.run();
