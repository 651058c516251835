/** `misfire profile --forward-only` and `misfire compare`: rows against those of a whole run, numbers against a join of the tables. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { compareAnswers } from '../../src/saliency/compare.js';
import { joinRuns } from '../../src/store/join.js';
import { openRun } from '../../src/store/stored-run.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { random } from '../../reference/random.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { query } from '../support/duckdb.js';
import { ok, misused, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-compare-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SAMPLES = 90;
const FORWARD = ['--quiet', '--forward-only', '--batch', '8'];
const profile = (data: string, model: string, out: string, ...more: string[]) =>
  ok(misfire('profile', data, '--model', model, '--out', out, ...FORWARD, ...more));
const csv = (path: string): Record<string, string>[] => parse(readFileSync(at(path)), { columns: true });

const comparing = suite('misfire compare');

comparing.before(async () => {
  writeTinyData(folder, SAMPLES);
  const weights = tinyWeights();
  writeFileSync(at('other.onnx'), tinyModel({ ...weights, fc: weights.fc.map((v) => -v), fcBias: weights.fcBias.map((v) => -v) }));
  writeFileSync(at('classes.txt'), 'a <b>\nred, round\ntench\n');
  await ok(misfire(...TINY, '--out', 'whole', '--batch', '8'));
  await profile('x.npy,y.npy', 'tiny.onnx', 'first');
  await profile('x.npy,y.npy', 'other.onnx', 'second');
});

comparing('a forward pass gives the same rows, bit for bit, and no profiles', async () => {
  const columns = 'id, path, label, label_name, predicted, predicted_name, correct, confidence, label_confidence, loss';
  const rows = (run: string) => query(`select ${columns} from '${at(run)}/samples/*.parquet' order by id`);
  assert.equal(await rows('first'), await rows('whole'));
  const described = await query(`select * from '${at('first')}/samples/*.parquet' limit 1`);
  assert.equal(Object.keys(described[0]), columns.split(', '));
  const whole = JSON.parse(readFileSync(at('whole/stats.json'), 'utf8'));
  assert.equal(JSON.parse(readFileSync(at('first/stats.json'), 'utf8')), { model: whole.model, forwardOnly: true, samples: SAMPLES,
    groups: { right: { samples: whole.groups.right.samples }, wrong: { samples: whole.groups.wrong.samples } } });
  const { out } = await ok(misfire('profile', 'x.npy,y.npy', '--model', 'tiny.onnx', '--out', 'first', ...FORWARD));
  assert.match(out, /all of them there already/);
});

comparing('what needs profiles says that this run has none; what does not goes on', async () => {
  const none = /first has no profiles, having been made with --forward-only; run misfire profile again without it/;
  for (const args of [['neighbors', 'first'], ['prune', 'first', '--out', 'x'], ['explain', 'x.npy', '--model', 'tiny.onnx', '--run',
    'first', '--label', '0']]) await refused(misfire(...args), none);
  await refused(misfire('explain', 'x.npy', '--model', 'tiny.onnx', '--label', '0', '--stats', 'first/stats.json'),
    /first\/stats.json is of a run made with --forward-only, which has no saliency/);
  const [brief, full] = await Promise.all(['first', 'whole'].map((run) => ok(misfire('summary', run, '--json', '-'))));
  const numbers = ({ out }: Ended) => (({ run: _, layers: __, suspects: ___, ...rest }) => rest)(JSON.parse(out));
  assert.equal(numbers(brief), numbers(full));
  assert.is(JSON.parse(brief.out).suspects, null);
  const { err } = await ok(misfire('summary', 'first', '--out', 'found'));
  assert.match(err,
    /made with --forward-only and has no saliency, so figure1.svg, figure2.svg, profile.csv, layers.svg and layers.csv are/);
  assert.equal(readdirSync(at('found')).sort(), ['confusions.csv', 'page.html']);
  for (const more of [['--half'], ['--stats-only'], ['--aggregation', 'abs-mean']]) {
    await misused(misfire(...TINY, '--out', 'x', '--forward-only', ...more), /cannot be used with option/);
  }
  await refused(misfire(...TINY, '--out', 'first', '--batch', '8'), /form of profiles: it was none, a forward pass alone and is float32/);
});

comparing('shards of it merge into the same run', async () => {
  for (const k of ['0', '1']) await profile('x.npy,y.npy', 'tiny.onnx', `shard${k}`, '--shard', `${k}/2`);
  await ok(misfire('merge', 'shard0', 'shard1', '--out', 'merged'));
  assert.equal(readFileSync(at('merged/stats.json')), readFileSync(at('first/stats.json')));
  const { out } = await ok(misfire('compare', 'merged', 'first', '--json', '-'));
  assert.equal([JSON.parse(out).samples, JSON.parse(out).test.note], [SAMPLES, 'no pair changed']);
});

comparing('numbers, lists and tables against a join of both tables', async () => {
  const { out } = await ok(misfire('compare', 'whole', 'second', '--json', '-', '--out', 'compared', '--classes', 'classes.txt'));
  const found = JSON.parse(out);
  const rows = await query(
    `select a.id::integer as id, a.label as label, a.predicted as a, b.predicted as b from '${at('whole')}/samples/*.parquet' a
    join '${at('second')}/samples/*.parquet' b using (id) order by a.id`
  );
  const fixed = rows.filter((r) => r.a !== r.label && r.b === r.label), broken = rows.filter((r) => r.a === r.label && r.b !== r.label);
  assert.ok(fixed.length > 0 && broken.length > 0, 'the two networks differ both ways');
  const ids = (list: { ids: number[] }[]) => list.map((f) => f.ids[0]);
  assert.equal([ids(found.fixed), ids(found.broken)], [fixed.map((r) => r.id), broken.map((r) => r.id)]);
  assert.equal(found.right, [rows.filter((r) => r.a === r.label).length, rows.filter((r) => r.b === r.label).length]);
  assert.is(found.difference.mean, (fixed.length - broken.length) / SAMPLES);
  const changed = csv('compared/changed.csv');
  assert.equal(changed.map((r) => [r.change, Number(r.id_1), r.label_name]),
    [...fixed.map((r) => ['fixed', r]), ...broken.map((r) => ['broken', r])].map((
      [change, r]
    ) => [change, (r as typeof rows[0]).id, ['a <b>', 'red, round', 'tench'][(r as typeof rows[0]).label as number]]));
  assert.equal(csv('compared/classes.csv').map((r) => Number(r.fixed) - Number(r.broken)),
    [0, 1, 2].map((k) => fixed.filter((r) => r.label === k).length - broken.filter((r) => r.label === k).length));
  const page = readFileSync(at('compared/compare.html'), 'utf8');
  assert.ok(page.includes(`Fixed: ${fixed.length}`) && page.includes('a &lt;b&gt;') && !page.includes('a <b>'));
  assert.not(page.includes(folder), 'the page names no folder of this machine');
  const text = await ok(misfire('compare', 'whole', 'second'));
  assert.match(text.out, new RegExp(`fixed +${fixed.length} +wrong in whole, right in second`));
  assert.match(text.out, new RegExp(`${fixed.length} fixed against ${broken.length} broken: McNemar's exact test p = `));
  assert.ok(text.out.split('\n').every((line) => line.length <= 100), text.out);
});

comparing('pictures elsewhere are known by what is in them, and other pictures are refused', async () => {
  mkdirSync(at('moved'));
  for (const name of ['x.npy', 'y.npy']) cpSync(at(name), at(`moved/${name}`));
  await profile('moved/x.npy,moved/y.npy', 'other.onnx', 'away');
  const plain = (text: string) =>
    (({ runs: _, fixed, broken, ...rest }) => ({ ...rest, n: [fixed.length, broken.length] }))(JSON.parse(text));
  const [here, there] = [await ok(misfire('compare', 'first', 'second', '--json', '-')),
    await ok(misfire('compare', 'first', 'away', '--json', '-'))];
  assert.equal(plain(there.out), plain(here.out));

  // The same names and labels, other values: by name alone it would be the same data.
  const values = new Float32Array(readFileSync(at('x.npy')).buffer.slice(-SAMPLES * 192 * 4));
  mkdirSync(at('strange'));
  cpSync(at('y.npy'), at('strange/y.npy'));
  writeFileSync(at('strange/x.npy'), writeNpy(ndarray(values.map((v) => -v), [SAMPLES, 3, 8, 8])));
  await profile('strange/x.npy,strange/y.npy', 'other.onnx', 'strangers');
  await refused(misfire('compare', 'first', 'strangers'), /first and strangers are over other pictures, none of which is in both/);

  mkdirSync(at('some'));
  cpSync(at('y.npy'), at('some/y.npy'));
  writeFileSync(at('some/x.npy'), writeNpy(ndarray(values.map((v, k) => (k < 60 * 192 ? v : -v)), [SAMPLES, 3, 8, 8])));
  await profile('some/x.npy,some/y.npy', 'other.onnx', 'sixty');
  await refused(misfire('compare', 'first', 'sixty'),
    /not over the same pictures: 30 of first are not in sixty, x.npy\[60\] for one; 30 of sixty .* the 60 that both have with --common/);
  const { out } = await ok(misfire('compare', 'first', 'sixty', '--common', '--json', '-'));
  assert.equal([JSON.parse(out).samples, JSON.parse(out).alone], [60, [30, 30]]);

  const labels = new Int32Array(Uint8Array.from(readFileSync(at('y.npy')).subarray(-SAMPLES * 4)).buffer);
  writeFileSync(at('labels.npy'), writeNpy(ndarray(labels.map((v, k) => (k === 7 ? (v + 1) % 3 : v)), [SAMPLES])));
  await profile('x.npy,labels.npy', 'other.onnx', 'relabelled');
  await refused(misfire('compare', 'first', 'relabelled'),
    /1 of 90 pictures have another label in each run: x.npy\[7\] is \d in first and \d/);

  // Gone from one place, with the same list: said, and taken for the same.
  rmSync(at('moved'), { recursive: true });
  const gone = await ok(misfire('compare', 'first', 'away', '--json', '-'));
  assert.equal(plain(gone.out), plain(here.out));
  assert.match(gone.err, /cannot be read there any more; they are taken for the same, since both lists of names and labels are/);
  rmSync(at('some'), { recursive: true });
  await refused(misfire('compare', 'first', 'none'), /none is no run of misfire/);
});

comparing('pictures in files: the page shows them, and a copied folder is the same', async () => {
  const draw = random('compared pictures');
  for (const root of ['set', 'copy']) for (const name of ['a', 'b', 'c']) mkdirSync(at(`${root}/${name}`), { recursive: true });
  for (let k = 0; k < 30; k++) {
    const png = await sharp(Buffer.from(Array.from({ length: 192 }, () => 256 * draw())), { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toBuffer();
    for (const [root, name] of [['set', `p${k}`], ['copy', `q${29 - k}`]]) writeFileSync(at(`${root}/${'abc'[k % 3]}/${name}.png`), png);
  }
  writeFileSync(at('eight.json'), '{"resize":null,"crop":null,"mean":[0.5],"std":[0.5]}');
  await profile('set', 'tiny.onnx', 'files', '--preprocess', 'eight.json');
  await profile('copy', 'other.onnx', 'copied', '--preprocess', 'eight.json');
  const [files, copied] = [await openRun(at('files')), await openRun(at('copied'))];
  const { pairs } = await joinRuns(files, copied);
  assert.is(pairs.length, 30);
  for (const [a, b] of pairs) {
    assert.equal(readFileSync(at(`set/${a.path}`)), readFileSync(at(`copy/${b.path}`)));
  }
  const { fixed, broken } = compareAnswers(pairs);
  await ok(misfire('compare', 'files', 'copied', '--out', 'page'));
  const page = readFileSync(at('page/compare.html'), 'utf8');
  assert.is(page.match(/<img src="data:image\/png;base64,/g)?.length ?? 0, fixed.length + broken.length);
});

comparing.after(() => rmSync(folder, { recursive: true }));

comparing.run();
