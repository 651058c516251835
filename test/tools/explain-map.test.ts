/** `misfire explain` with maps, a folder of files and a report. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { parseFloatNpy } from '../../src/data/npy.js';
import { pixelMap } from '../../src/saliency/input.js';
import { linearDrawing, referenceDrawing } from '../../src/report/colors.js';
import { folderNames } from '../../tools/explain/save.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { ok, misused, refused } from '../support/outcomes.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-map-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const npy = (...names: string[]) => parseFloatNpy(readFileSync(at(...names)));

interface Json {
  samples: { input: string; folder: string; map: { boosted: number[]; boost: number; distance: number }; top: { index: number }[];
    report?: unknown }[];
}
const json = (name: string): Json => JSON.parse(readFileSync(at(name), 'utf8')) as Json;

const picture = ['explain', 'picture.png', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--classes', 'classes.txt', '--label', '0',
  '--run', 'run', '--quiet'];

const maps = suite('misfire explain --map');

maps.before(async () => {
  writeTinyData(folder, 40);
  await ok(misfire(...TINY, '--out', 'run'));
  writeFileSync(at('classes.txt'), '<script>alert(1)</script>\n"dog" & co\nred fox\n');
  writeFileSync(at('how.json'), JSON.stringify({ resize: null, crop: null, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] }));
  const rgb = Uint8Array.from({ length: 8 * 8 * 3 }, (_, k) => (k * 37) % 256);
  await sharp(rgb, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at('picture.png'));
  mkdirSync(at('again'));
  await sharp(rgb, { raw: { width: 8, height: 8, channels: 3 } }).png().toFile(at('again', 'picture.png'));
});

maps("--out: the gradient, the map made of it, pictures of its size, first-order maps, the authors' drawing", async () => {
  await ok(
    misfire(...picture, '--map', '--top', '2', '--out', 'out', '--reference-map', '--compare', 'gradient,grad-cam', '--json', 'out.json')
  );
  const [sample] = json('out.json').samples;
  assert.is(sample.folder, join('out', 'picture'));
  assert.equal(sample.map.boosted, sample.top.map((t) => t.index));
  assert.is(sample.map.boost, 100);
  assert.ok(sample.map.distance > 0 && sample.map.distance < 2);
  assert.equal(readdirSync(at(sample.folder)).sort(), [
    'grad-cam-heatmap.png',
    'grad-cam-overlay.png',
    'grad-cam.npy',
    'gradient-heatmap.png',
    'gradient-overlay.png',
    'gradient.npy',
    'heatmap.png',
    'input_gradient.npy',
    'map.npy',
    'overlay.png',
    'reference-heatmap.png',
    'reference-overlay.png',
  ]);
  const gradient = npy(sample.folder, 'input_gradient.npy');
  assert.equal(gradient.shape, [3, 8, 8]);
  assert.ok(gradient.data.some((v) => v < 0) && gradient.data.some((v) => v > 0), 'the gradient is signed');
  assert.equal(npy(sample.folder, 'map.npy').data, pixelMap(gradient.data as Float32Array, gradient.shape));
  for (const name of ['heatmap.png', 'overlay.png', 'reference-overlay.png']) {
    const { width, height } = await sharp(at(sample.folder, name)).metadata();
    assert.equal([width, height], [8, 8], name);
  }
});

maps('--compare: attributions of the logit, their numbers in --out and what each is in the report', async () => {
  await ok(misfire(...picture, '--compare', 'deeplift,guided backpropagation,LIME', '--out', 'attributed', '--report', 'attributed.html'));
  for (const name of ['deeplift', 'guided-backprop', 'lime']) {
    const { shape, data } = npy('attributed', 'picture', `${name}.npy`);
    assert.equal(shape, [8, 8]);
    assert.ok(data.some((v) => v !== data[0]), name);
    assert.ok(existsSync(at('attributed', 'picture', `${name}-overlay.png`)));
  }
  const html = readFileSync(at('attributed.html'), 'utf8');
  assert.match(html, /<b>DeepLift<\/b>: of the logit of .*: how much of the difference/);
  assert.match(html, /<b>guided backpropagation<\/b>: of the logit of /);
});

maps('filters by hand, at random, of some layers; another boost', async () => {
  const mapOf = async (...more: string[]) => {
    await ok(misfire(...picture, ...more, '--json', 'which.json'));
    return json('which.json').samples[0].map;
  };
  const byHand = await mapOf('--filters', 'conv:3,0:1');
  assert.equal(byHand.boosted, [3, 1]);
  assert.equal(await mapOf('--filters', 'conv.weight:3,conv:1'), byHand);
  const some = await mapOf('--random', '2', '--seed', '5');
  assert.is(new Set(some.boosted).size, 2);
  assert.equal(await mapOf('--random', '2', '--seed', '5'), some);
  assert.equal((await mapOf('--map-layers', '0..0', '--top', '1')).boosted, (await mapOf('--map', '--top', '1')).boosted);
  const other = await mapOf('--filters', 'conv:3,0:1', '--boost', '2');
  assert.is(other.boost, 2);
  assert.not.equal(other.distance, byHand.distance);
});

maps('several samples of one name get folders of their own; without --quiet the map is spoken of', async () => {
  const { out } = await ok(misfire('explain', 'picture.png', 'again/picture.png', ...picture.slice(2, -1), '--out', 'both'));
  assert.equal(readdirSync(at('both')).sort(), ['picture', 'picture-2']);
  assert.equal(npy('both', 'picture', 'map.npy').data, npy('both', 'picture-2', 'map.npy').data);
  assert.match(out, /the cosine distance of the boosted profile/);
});

maps('--report: one page with the numbers of the JSON, names as text', async () => {
  await ok(misfire('explain', 'x.npy', ...picture.slice(2), '--report', 'report.html', '--json', 'report.json'));
  const html = readFileSync(at('report.html'), 'utf8');
  const embedded = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html);
  assert.ok(embedded, 'the page holds its numbers');
  assert.equal((JSON.parse(embedded[1]) as { reports: unknown[] }).reports, json('report.json').samples.map((s) => s.report));
  assert.not.match(html, /<script>alert/);
  assert.ok(existsSync(at('report.html')));
});

/** Wrong in the command line itself. */
const MISUSE = new Set(['a map without statistics', 'filters without channels', 'filters by hand and at random', 'an unknown comparison',
  'comparisons that go nowhere', "the authors' drawing that goes nowhere", 'a boost that is none']);

for (const [what, args, message] of [
  ['a map without statistics', [...picture.filter((a) => a !== '--run' && a !== 'run'), '--map'], /a map needs statistics.*--stats/],
  ['an unknown layer', [...picture, '--filters', 'conv9:1'], /there is no layer conv9; the model has 0 \(conv\)/],
  ['an unknown channel', [...picture, '--filters', 'conv:4'], /layer conv has 4 filters, 0 to 3; there is no 4/],
  ['filters without channels', [...picture, '--filters', 'conv'], /LAYER:CHANNEL/],
  ['filters by hand and at random', [...picture, '--filters', 'conv:1', '--random', '2'], /cannot be used with/],
  ['an unknown comparison', [...picture, '--out', 'none', '--compare', 'Grad-CAM++'],
    /There is no map "Grad-CAM\+\+"; there are gradient, .*, lrp/],
  ['comparisons that go nowhere', [...picture, '--compare', 'all'], /first-order maps go into/],
  ["the authors' drawing that goes nowhere", [...picture, '--map', '--reference-map'], /--reference-map is drawn into/],
  ['a boost that is none', [...picture, '--map', '--boost', 'much'], /at least 0/],
  ['a file for --out', [...picture, '--out', 'how.json'], /how\.json is a file/],
  ['a report in a missing folder', [...picture, '--report', 'none/report.html'], /the folder none does not exist/],
  ['a run of another model', [...picture.map((a) => (a === 'run' ? 'again' : a)), '--map'], /again is no run of misfire/],
] as const) {
  maps(what, () => (MISUSE.has(what) ? misused : refused)(misfire(...args), message));
}

maps.after(() => rmSync(folder, { recursive: true }));
maps.run();

const drawing = suite('drawing maps');

drawing('folder names', () => {
  assert.equal(folderNames(['a/b/shark.jpeg', 'shark.png', 'x.npy[3]', 'x.npy', '../Zürich 1.webp']), ['shark', 'shark-2', 'x-3', 'x',
    'Zürich_1']);
});

drawing("ours goes from the least to nearly the greatest; the authors' keeps a tenth and blurs it", () => {
  const map = Float32Array.from({ length: 100 }, (_, k) => k);
  const mine = linearDrawing(map).shares;
  assert.is(mine[0], 0);
  assert.is(mine[99], 1);
  const theirs = referenceDrawing(map, 10, 10).shares;
  assert.is(theirs[5], 0);
  assert.ok(theirs[95] > 0 && theirs[85] > 0, 'the row above the bright one takes some of its light');
  assert.is(theirs[75], 0);
});

drawing.run();
