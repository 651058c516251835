/** `misfire sparse show`, `biases`, `counterfactuals`, `mistakes` and `explain --sparse` on a network small enough to compute by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ndarray } from '../../src/data/ndarray.js';
import { parseFloatNpy, parseNpy, writeNpy } from '../../src/data/npy.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { tinyFeatures, writeTinySparse } from '../../reference/sparse-folder.js';
import { tinyWeights } from '../../reference/tiny-model.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-sparse-reading-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const read = async (...args: string[]) => JSON.parse((await ok(misfire('sparse', ...args, '--json', '-', '--quiet'))).out);
const csv = (name: string): Record<string, string>[] => parse(readFileSync(at(name)), { columns: true });
const SAMPLES = 40;
let features: Float64Array, labels: number[];

/** Logits of the network's own layer, with some features at their means over the pictures. */
function logits(row: number, off: ReadonlySet<number> = new Set()): number[] {
  const { fc, fcBias } = tinyWeights();
  const mean = (j: number): number => labels.reduce((sum, _, k) => sum + features[4 * k + j], 0) / SAMPLES;
  return [0, 1, 2].map((c) =>
    [0, 1, 2, 3].reduce((sum, j) => sum + fc[4 * c + j] * (off.has(j) ? mean(j) : features[4 * row + j]), fcBias[c])
  );
}
const answer = (row: number, off?: ReadonlySet<number>): number => {
  const all = logits(row, off);
  return all.indexOf(Math.max(...all));
};
const near = (a: number, b: number, within = 1e-5): void => assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);

const test = suite('misfire sparse, read');

test.before(async () => {
  writeTinyData(folder, SAMPLES);
  await ok(misfire(...TINY, '--out', 'run', '--batch', '8'));
  features = tinyFeatures(parseFloatNpy(readFileSync(at('x.npy'))).data);
  labels = Array.from(parseNpy(readFileSync(at('y.npy'))).data as Int32Array);
  writeTinySparse(at('dir'), parseFloatNpy(readFileSync(at('x.npy'))).data, labels, [at('run')]);
});

test('mistakes: those of the network, whose layer it is; blame, repair and control as the definition has them', async () => {
  const found = await read('mistakes', 'dir', 'run', '--out', 'mistakes');
  const wrong = labels.flatMap((t, k) => (answer(k) === t ? [] : [k]));
  assert.is(found.sparse.mistakes, wrong.length);
  assert.ok(found.samples.length > 5);
  for (const s of found.samples) {
    const of = logits(s.id);
    assert.equal([s.label, s.predicted], [labels[s.id], answer(s.id)]);
    near(s.margin, of[s.predicted] - of[s.label]);
    near(s.blame.reduce((sum: number, b: { difference: number }) => sum + b.difference, s.intercepts), s.margin, 1e-12);
    const [{ feature }] = s.blame;
    const off = logits(s.id, new Set([feature]));
    near(off[s.predicted] - off[s.label], s.margin - s.blame[0].difference);
    assert.is(s.after, answer(s.id, new Set([feature])));
    assert.is(s.repaired, s.after === s.label);
    near(s.ofClass, [0, 1, 2, 3].filter((j) => j !== feature && answer(s.id, new Set([j])) === s.label).length / 3);
  }
  // Every feature is the pool of a filter, and 4 of 4 filters are among the ten most salient.
  assert.equal([found.filters.blamed.mean, found.filters.other.mean, found.filters.filters], [1, 1, 4]);
  assert.equal(readdirSync(at('mistakes')).sort(), ['features.csv', 'mistakes.csv', 'mistakes.html']);
  assert.equal(csv('mistakes/mistakes.csv').map((r) => Number(r.id)), found.samples.map((s: { id: number }) => s.id));
  const groups = csv('mistakes/features.csv');
  assert.is(groups.reduce((n, r) => n + Number(r.count), 0), found.samples.length);
  assert.match(groups[0].filter, /^conv:\d$/);
  const page = readFileSync(at('mistakes/mistakes.html'), 'utf8');
  assert.is(page.match(/<img src="data:image/g)!.length,
    found.groups.reduce((n: number, g: { mistakes: number }) => n + Math.min(8, g.mistakes), 0));
  assert.not(page.includes(folder));
  const { top } = (await read('mistakes', 'dir', 'run', '--top', '1')).filters;
  assert.is(top, 1);
});

test('arrays of features say the same as the run, and need no device; another layer of the path', async () => {
  const pair = 'dir/features.npy,dir/labels.npy';
  const [run, arrays] = [await read('mistakes', 'dir', 'run'), await read('mistakes', 'dir', pair, '--adapter', 'none such')];
  assert.equal(arrays.samples.map((s: { id: number }) => s.id), run.samples.map((s: { id: number }) => s.id));
  arrays.samples.forEach((s: { margin: number }, k: number) => near(s.margin, run.samples[k].margin));
  assert.is(arrays.filters, null);
  const some = await read('show', 'dir', '--run', pair, '--layer', '1');
  assert.equal(some.classes.map((c: { features: { feature: number }[] }) => c.features.map((f) => f.feature)), [[0], [1], [1]]);
  assert.equal([some.about.layer, some.about.lambda, some.about.weights], [1, 0.5, { all: 3, least: 1, most: 1, features: 2 }]);
  const none = await ok(misfire('sparse', 'show', 'dir', '--layer', '0', '--out', 'bare'));
  assert.match(none.out, /0\.0 weights a class \(0 to 0\) and\s+uses 0 of 4 features/);
  assert.match(readFileSync(at('bare/show.html'), 'utf8'), /No feature: its logit is its intercept/);
  const { fc, fcBias } = tinyWeights();
  writeFileSync(at('w.npy'), writeNpy(ndarray(fc, [3, 4])));
  writeFileSync(at('b.npy'), writeNpy(ndarray(fcBias, [3])));
  const own = await read('mistakes', 'dir', pair, '--layer', '1', '--own', 'w.npy,b.npy');
  assert.is(own.own.mistakes, run.sparse.mistakes);
  near(own.own.repairs.repaired.mean, run.sparse.repairs.repaired.mean);
});

test('counterfactuals: as few as all subsets have', async () => {
  const found = await read('counterfactuals', 'dir', 'run', '--out', 'flips');
  assert.is(found.samples.length, SAMPLES);
  for (const { id, flip, random } of found.samples) {
    const sizes = Array.from({ length: 16 }, (_, bits) => new Set([0, 1, 2, 3].filter((j) => bits & (1 << j))))
      .filter((off) => answer(id, off) !== answer(id)).map((off) => off.size);
    assert.is(flip?.features.length ?? Infinity, Math.min(...sizes));
    assert.ok(random === null || random >= flip.features.length);
  }
  const rows = csv('flips/counterfactuals.csv');
  assert.equal(rows.map((r) => r.fewest),
    found.samples.map((s: { flip: { features: number[] } | null }) => String(s.flip?.features.length ?? '')));
  const few = await read('counterfactuals', 'dir', 'run', '--limit', '7');
  assert.equal([few.pictures, few.samples.length], [7, 7]);
  const { out } = await ok(misfire('sparse', 'counterfactuals', 'dir'));
  assert.ok(out.split('\n').every((line) => line.length <= 100), out);
});

test('biases: accuracies with each feature at its mean, beside the others', async () => {
  const { shared, interventions, outside } = await read('biases', 'dir', 'run', '--out', 'biases');
  const right = (off?: ReadonlySet<number>): number => labels.filter((t, k) => answer(k, off) === t).length / SAMPLES;
  assert.is(outside, null);
  assert.equal(shared.map((s: { classes: unknown[] }) => s.classes.length), [3, 3, 3, 3]);
  const changes = [0, 1, 2, 3].map((j) => right(new Set([j])) - right());
  for (const [j, { feature, change, mended, broken, randomChange }] of interventions.each.entries()) {
    assert.is(feature, j);
    near(change, changes[j], 1e-12);
    assert.is((mended - broken) / SAMPLES, change);
    near(randomChange, (changes.reduce((sum, v) => sum + v, 0) - changes[j]) / 3, 1e-12);
  }
  assert.is(csv('biases/shared.csv').length, 12);
  assert.is(csv('biases/interventions.csv').length, 16);
});

test("boxes: the share of a feature's map outside them, of pictures", async () => {
  mkdirSync(at('pictures'));
  const lines: string[] = [];
  for (let k = 0; k < 6; k++) {
    const data = Uint8Array.from({ length: 192 }, (_, i) => (i * 37 * (k + 1)) % 256);
    await sharp(data, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at(`pictures/${k}.png`));
    // An absolute path is as good as one below the folder.
    lines.push(`${k === 0 ? at('pictures/0.png') : `${k}.png`},${k % 3},"${k === 5 ? '' : '0,0,4,8'}"`);
  }
  writeFileSync(at('pictures/labels.csv'), `file,label,boxes\n${lines.join('\n')}\n`);
  writeFileSync(at('how.json'), JSON.stringify({ resize: null, crop: 8, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }));
  await ok(misfire('profile', 'pictures', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--out', 'boxed', '--quiet'));
  const { outside } = await read('biases', 'dir', 'boxed', '--features', '2', '--pictures', '3', '--out', 'outside');
  assert.is(outside.length, 2);
  for (const o of outside) {
    assert.equal([o.pictures, o.area.mean], [3, 0.5]);
    assert.ok(o.share.mean > 0 && o.share.mean < 1);
    near(o.beyondArea.mean, o.share.mean - 0.5, 1e-12);
    near(o.beyondOther.mean, o.share.mean - o.other.mean, 1e-12);
  }
  assert.equal(csv('outside/outside.csv').map((r) => Number(r.feature)), outside.map((o: { feature: number }) => o.feature));
  writeFileSync(at('boxes.csv'), `file,boxes\n${at('pictures/0.png')},"0,0,8,8"\n`);
  const whole = await read('biases', 'dir', 'boxed', '--boxes', 'boxes.csv', '--features', '1');
  assert.equal([whole.outside[0].pictures, whole.outside[0].share.mean], [1, 0]);
  const drawn = await ok(
    misfire('sparse', 'show', 'dir', '--run', 'boxed', '--visualize', '2', '--features', '1', '--pictures', '1', '--no-maps', '--out',
      'ascent')
  );
  assert.not.match(drawn.err, /does not move/);
  assert.match(readFileSync(at('ascent/show.html'), 'utf8'),
    /<img src="data:image\/png[^>]+gradient ascent makes of feature \d[^]*by gradient ascent[ <]/);
  writeFileSync(at('other.csv'), 'file,boxes\nelsewhere.png,"0,0,8,8"\n');
  await refused(misfire('sparse', 'biases', 'dir', 'boxed', '--boxes', 'other.csv', '--quiet'), /other.csv names no picture of boxed/);
  await refused(misfire('sparse', 'biases', 'dir', 'boxed', '--boxes', 'how.json', '--quiet'), /how.json is no table/);
});

test('show: features with pictures, maps and covered squares, on a page', async () => {
  const found = await read('show', 'dir', '--run', 'run', '--out', 'show', '--pictures', '3', '--features', '2');
  assert.is(found.classes.length, 3);
  for (const { feature, sign, exciting } of found.features) {
    const order = labels.map((_, k) => k).sort((a, b) => sign * (features[4 * b + feature] - features[4 * a + feature]));
    assert.equal(exciting.map((e: { id: number }) => e.id), order.slice(0, 3));
  }
  assert.ok(found.predictability.share.mean > 0.3);
  const page = readFileSync(at('show/show.html'), 'utf8');
  // Of each of two features three pictures with maps, two of them with squares.
  assert.is(page.match(/<img src="data:image/g)!.length, 2 * (3 + 3 + 2));
  assert.is(page.match(/<section class="feature"/g)!.length, 2);
  assert.is(csv('show/classes.csv').length, 12);
  assert.is(csv('show/pictures.csv').length, 12);
  await ok(misfire('sparse', 'show', 'dir', '--out', 'plain', '--no-maps', '--pictures', '3', '--features', '2', '--quiet'));
  assert.is(readFileSync(at('plain/show.html'), 'utf8').match(/<img src="data:image/g)!.length, 6);
});

test('explain --sparse: the features to blame beside the filters', async () => {
  const [worst] = labels.flatMap((t, k) => (answer(k) === t ? [] : [k]));
  const args = ['explain', '--run', 'run', '--sample', String(worst), '--sparse', 'dir'];
  const { samples: [{ features: blame, label, predicted, top }] } = JSON.parse((await ok(misfire(...args, '--json', '-', '--quiet'))).out);
  const of = logits(worst);
  assert.equal([blame.of.class, blame.against.class, blame.predicted.class, label], [predicted, label, predicted, labels[worst]]);
  near(blame.margin, of[predicted] - of[label]);
  near(blame.features.reduce((sum: number, f: { difference: number }) => sum + f.difference, blame.intercepts), blame.margin, 1e-12);
  assert.is(blame.after.class, answer(worst, new Set([blame.features[0].feature])));
  for (const f of blame.features) assert.is(f.filter.rank, 1 + top.findIndex((t: { index: number }) => t.index === f.filter.index));
  const shown = await ok(misfire(...args, '--report', 'one.html', '--compare', 'none', '--responses', '0'));
  assert.match(shown.out, /features that speak for class \d against class \d[^]*The sparse layer answers class \d too/);
  assert.match(readFileSync(at('one.html'), 'utf8'), /Which features are to blame[^]*That feature pools the channel of filter conv:\d/);
  const three = await ok(misfire('explain', '--run', 'run', '--worst', '3', '--sparse', 'dir'));
  assert.match(three.out, /The filter of the blamed feature is among the 10 most salient in \d of 3 mistakes/);
});

test('what does not fit is said in a sentence', async () => {
  await refused(misfire('sparse', 'mistakes', 'run', 'run'), /run.result.json/);
  await refused(misfire('sparse', 'mistakes', 'dir', 'dir'), /dir is no run of misfire/);
  await refused(misfire('sparse', 'show', 'dir', '--layer', '3'), /there is no layer 3 in dir; it has 3, 0 to 2/);
  const other = (name: string, change: (result: Record<string, unknown>) => object): void => {
    mkdirSync(at(name));
    for (const file of readdirSync(at('dir'))) writeFileSync(join(at(name), file), readFileSync(join(at('dir'), file)));
    const result = JSON.parse(readFileSync(at('dir/result.json'), 'utf8'));
    writeFileSync(join(at(name), 'result.json'), JSON.stringify({ ...result, ...change(result) }));
  };
  other('strange', () => ({ model: { file: 'other.onnx', sha256: 'f'.repeat(64), layer: {} } }));
  await refused(misfire('sparse', 'mistakes', 'strange', 'run'), /run is a run of another network \(sha256 /);
  await refused(misfire('explain', '--run', 'run', '--worst', '1', '--sparse', 'strange'), /are of another network \(other.onnx\) than/);
  writeFileSync(at('five.npy'), writeNpy(ndarray(new Float32Array(10), [2, 5])));
  writeFileSync(at('two.npy'), writeNpy(ndarray(Int32Array.of(0, 7), [2])));
  writeFileSync(at('zero.npy'), writeNpy(ndarray(Int32Array.of(0, 0), [2])));
  await refused(misfire('sparse', 'mistakes', 'dir', 'five.npy,two.npy'), /sample 1 has the label 7, but the layer has 3 classes/);
  await refused(misfire('sparse', 'mistakes', 'dir', 'five.npy,zero.npy'), /has 5 features a picture, but the layers in dir have 4/);
  writeFileSync(at('groups.npy'), writeNpy(ndarray(Int32Array.of(0, 1, 3), [3])));
  await misused(misfire('sparse', 'mistakes', 'dir', 'run', '--groups', 'groups.npy'), /--groups takes a .npy file/);
  await misused(misfire('sparse', 'mistakes', 'dir', 'run', '--own', 'five.npy'), /--own takes two files/);
  await misused(misfire('sparse', 'mistakes', 'dir', 'run', '--own', 'five.npy,five.npy'), /--own takes weights \[classes, features\]/);
  writeFileSync(at('merge.npy'), writeNpy(ndarray(Int32Array.of(0, 0, 1), [3])));
  const grouped = await read('mistakes', 'dir', 'run', '--groups', 'merge.npy');
  assert.is(grouped.sparse.mistakes, labels.filter((t, k) => answer(k) !== [0, 0, 1][t]).length);
  writeFileSync(at('names.txt'), 'a\nb\n');
  await refused(misfire('sparse', 'mistakes', 'dir', 'run', '--classes', 'names.txt'), /names 2 classes, but the layers in dir have 3/);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
