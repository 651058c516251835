/** `misfire explain --run`: samples of a run, from pictures, CIFAR's records and arrays alike, and tables on the console. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { nineDigits } from '../../src/report/numbers.js';
import { checkOptions } from '../../tools/explain/options.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { random } from '../../reference/random.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { query } from '../support/duckdb.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-explain-run-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const COUNT = 24;

interface Row {
  id: number;
  path: string;
  label: number;
  predicted: number;
  loss: number;
  profile: number[];
}
interface Explained extends Row {
  input: string;
  standardized: number[] | null;
  changes?: { off: { count: number }[]; masked: { share: number }[] | null };
  report?: unknown;
}
const rowsOf = async (run: string) => (await query(`select * from '${at(run)}/samples/*.parquet' order by id`)) as unknown as Row[];
const explained = async (...args: string[]) => {
  const { out } = await ok(misfire('explain', ...args, '--json', '-', '--quiet'));
  return (JSON.parse(out) as { samples: Explained[] }).samples;
};

const runs = suite('misfire explain --run');

runs.before(async () => {
  writeTinyData(folder, COUNT);
  const draw = random('pictures of runs');
  const byte = () => Math.floor(256 * draw());
  const how = { resize: [8, 8], crop: null, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] };
  writeFileSync(at('how.json'), JSON.stringify(how));
  writeFileSync(at('classes.txt'), 'cat\ndog\nred fox\n');
  for (const name of ['cat', 'dog', 'red fox']) {
    mkdirSync(at('pictures', name), { recursive: true });
    for (let k = 0; k < COUNT / 3; k++) {
      await sharp(Uint8Array.from({ length: 300 }, byte), { raw: { width: 10, height: 10, channels: 3 } }).png()
        .toFile(at('pictures', name, `${k}.png`));
    }
  }
  writeFileSync(at('cifar.bin'), Uint8Array.from({ length: COUNT * 3073 }, (_, k) => (k % 3073 === 0 ? (k / 3073) % 3 : byte())));
  const [, , ...model] = TINY;
  await ok(misfire(...TINY, '--out', 'arrays'));
  const wide = () => Float32Array.from({ length: 40 }, () => draw() - 0.5);
  writeFileSync(at('ten.onnx'), tinyModel({ ...tinyWeights(), fc: wide(), fcBias: wide().slice(30) }));
  await ok(misfire('profile', 'cifar.bin', '--model', 'ten.onnx', '--quiet', '--preprocess', 'how.json', '--out', 'records'));
  await ok(misfire('profile', 'pictures', ...model, '--preprocess', 'how.json', '--classes', 'classes.txt', '--out', 'folders'));
});

for (const run of ['arrays', 'records', 'folders']) {
  runs(`${run}: a sample has the bits, the label and the statistics that the run has`, async () => {
    const rows = await rowsOf(run);
    const ids = [7, 3];
    const found = await explained('--run', run, '--sample', ids.join());
    assert.equal(found.map((s) => s.id), ids);
    const { mean, std } = JSON.parse(readFileSync(at(run, 'stats.json'), 'utf8')) as Record<string, number[]>;
    for (const [k, id] of ids.entries()) {
      const { profile, label, predicted, path } = rows[id];
      assert.equal([found[k].label, found[k].predicted], [label, predicted]);
      assert.equal(found[k].profile, profile.map((v) => nineDigits(Math.fround(v))));
      assert.ok(found[k].input.endsWith(path), found[k].input);
      found[k].standardized!.forEach((v, f) => assert.ok(Math.abs(v - (profile[f] - mean[f]) / std[f]) < 1e-6));
    }
  });
}

runs('--worst: the mistakes with the greatest loss, greatest first', async () => {
  const wrong = (await rowsOf('folders')).filter((r) => r.label !== r.predicted).sort((a, b) => b.loss - a.loss);
  assert.equal((await explained('--run', 'folders', '--worst', '3')).map((s) => s.id), wrong.slice(0, 3).map((r) => r.id));
  const { err, out } = await ok(misfire('explain', '--run', 'folders', '--worst', '1000'));
  assert.match(err, new RegExp(`folders has only ${wrong.length} mistakes`));
  assert.match(out, new RegExp(`sample ${wrong[0].id}: pictures/.*\\n  predicted  (cat|dog|red fox) \\(\\d\\)`));
});

runs('a picture beside a run: model, preprocessing and class names come from the run, unless they are given', async () => {
  const [sample] = await explained('pictures/dog/1.png', '--run', 'folders', '--label', 'dog');
  const row = (await rowsOf('folders')).find((r) => r.path === 'dog/1.png')!;
  assert.equal([sample.label, sample.profile], [1, row.profile.map((v) => nineDigits(Math.fround(v)))]);
  const [against] = await explained('--run', 'folders', '--sample', '2', '--label', 'red fox');
  assert.is(against.label, 2);
});

runs('--off and --map print their tables and put them into the JSON; --out and --report take samples of a run', async () => {
  const { out } = await ok(misfire('explain', '--run', 'folders', '--worst', '1', '--off', '--map', '--draws', '2'));
  assert.match(out,
    /filters turned off, .*\(means of 2\):\n +most salient: +at random:\s*\n {2}filters {2}answer .*repaired\n +0 .*\n +1 .*\d of 2/);
  assert.match(out, /most salient pixels covered, .*\n.*\n {2}pixels .*\n +0 %.*\n +1 %.*\d of 2\n +5 %.*\n +10 %/);
  const [json] = await explained('--run', 'arrays', '--sample', '0', '--off', '--map');
  assert.equal(json.changes!.off.map((s) => s.count), [0, 1, 4], 'the network has four filters');
  assert.equal(json.changes!.masked!.map((s) => s.share), [0, 0.01, 0.05, 0.1]);
  const ended = await ok(misfire('explain', '--run', 'folders', '--sample', '4', '--out', 'saved', '--report', 'report.html', '--off'));
  assert.match(ended.out, /filters turned off/);
  assert.ok(readdirSync(at('saved')).length === 1 && readFileSync(at('report.html'), 'utf8').includes('sample'));
});

const NEUTRAL = { backend: 'auto', top: 10, boost: 100, seed: 0, compareOf: 'loss' } as const;
for (const [what, images, options, message] of [
  ['no picture', [], { run: 'r' }, /name the pictures to explain, or samples of a run/],
  ['a sample of no run', [], { sample: [1], model: 'm.onnx' }, /--sample names samples of a run: say with --run which/],
  ['a picture and a sample', ['x.npy'], { run: 'r', worst: 1 }, /give pictures, or samples of a run with --worst/],
  ['a sample prepared otherwise', [], { run: 'r', sample: [1], preprocess: 'imagenet' }, /leave out --preprocess/],
  ['neither model nor run', ['x.npy'], { label: '0' }, /'--model <file>' not specified, and no --run/],
  ['a picture without label', ['x.npy'], { run: 'r' }, /'--label <label>' not specified/],
] as const) {
  runs(what, () => assert.throws(() => checkOptions(images, { ...NEUTRAL, ...options }), message));
}

runs('samples by id and by loss at once',
  () => misused(misfire('explain', '--run', 'folders', '--sample', '1', '--worst', '1'), /cannot be used with/));

runs('a sample that is not there', () => refused(misfire('explain', '--run', 'folders', '--sample', '99'), /folders has no sample 99/));

runs.after(() => rmSync(folder, { recursive: true }));
runs.run();
