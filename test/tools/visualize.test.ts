/** `misfire visualize`: one folder whichever way it came about, traces against a model of the same weights, and sentences. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ndarray } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { bitsOf, writeTinyData } from '../../reference/profile-runs.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { misused, ok, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-visualize-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const HOW = ['--preprocess', 'how.json', '--steps', '6'];
const draw = (...more: string[]): Promise<Ended> => misfire('visualize', '--model', 'tiny.onnx', ...HOW, ...more);

const test = suite('misfire visualize');

test.before(() => {
  writeTinyData(folder, 1);
  writeFileSync(at('how.json'), JSON.stringify({ resize: [8, 8], crop: null, mean: [0.5], std: [0.5] }));
  // A trace: half of each weight gone, layers one after another in another order than the network's.
  const { conv, fc, ...more } = tinyWeights();
  const half = (w: Float32Array) => w.map((v, k) => (k % 2 === 0 ? v : 0));
  writeFileSync(at('half.onnx'), tinyModel({ ...more, conv: half(conv), fc: half(fc) }));
  mkdirSync(at('trace'));
  const layer = { groups: 1, transposed: false, sparsity: 0.5 };
  const layers = [{ ...layer, name: 'fc', weight: 'fc.weight', kind: 'fc', rows: 3, columns: 4, block: 1, shape: [3, 4] }, { ...layer,
    name: 'conv', weight: 'conv.weight', kind: 'conv', rows: 4, columns: 27, block: 9, shape: [4, 3, 3, 3] }];
  const hash = createHash('sha256').update(readFileSync(at('tiny.onnx'))).digest('hex');
  writeFileSync(at('trace', 'trace.json'), JSON.stringify({ format: 1, model: { path: 'tiny.onnx', sha256: hash }, settings: {}, layers }));
  writeFileSync(at('trace', 'trace_3.json'),
    JSON.stringify({ picture: 'cat.png', sha256: '', denseClass: 1, traceClass: 2, agrees: false, denseProbability: 0.5,
      traceProbability: 0.25, views: 64, viewsKept: 7, layers: [] }));
  writeFileSync(at('trace', 'trace_weights_3.npy'), writeNpy(ndarray(Float32Array.of(...half(fc), ...half(conv)), [120])));
});

test('a folder holds the same bits whether it was made at once, in parts, or again after damage', async () => {
  const all = ['--layer', 'conv', '--channel', '0,1,3', '--class', '2', '--sign', 'both'];
  const { out } = await ok(draw(...all, '--out', 'once'));
  assert.match(out, /conv:3\s+lowered\s+network/);
  await ok(draw('--layer', 'conv', '--channel', '1', '--out', 'parts', '--quiet'));
  appendFileSync(at('parts', 'pictures.jsonl'), '{"file":"conv-0","tr'); // a process was killed here
  writeFileSync(at('parts', 'conv-1.npy'), readFileSync(at('parts', 'conv-1.npy')).fill(7, 200));
  const { err } = await ok(draw('--layer', '0', '--channel', '0,1', '--batch', '1', '--out', 'parts'));
  assert.match(err, /computing on/);
  await ok(draw(...all, '--out', 'parts', '--quiet'));
  const [once, parts] = [bitsOf(at('once')), bitsOf(at('parts'))];
  delete once['pictures.jsonl'];
  delete parts['pictures.jsonl'];
  assert.equal(parts, once);
  assert.equal(Object.keys(once).filter((name) => name.endsWith('.png')).length, 8);
  const page = readFileSync(at('once', 'page.html'), 'utf8');
  assert.is(page.match(/<img /g)!.length, 8);
  assert.match(page, /What excites 8 units of tiny\.onnx most/);
});

test('a trace beside the network is a model of its weights', async () => {
  const units = ['--layer', 'conv', '--channel', '2', '--class', '1'];
  const { out } = await ok(draw(...units, '--trace', 'trace:3', '--out', 'traced', '--json', '-', '--quiet'));
  await ok(misfire('visualize', '--model', 'half.onnx', ...HOW, ...units, '--out', 'half', '--quiet'));
  await ok(draw(...units, '--out', 'whole', '--quiet'));
  for (const name of ['conv-2', 'class-1']) {
    assert.equal(readFileSync(at('traced', `${name}-trace.npy`)), readFileSync(at('half', `${name}.npy`)));
    assert.equal(readFileSync(at('traced', `${name}.npy`)), readFileSync(at('whole', `${name}.npy`)));
  }
  const { units: drawn, trace } = JSON.parse(out);
  assert.match(trace.says, /names another class, class 2 instead of class 1.*7 of 64 views keep/);
  assert.match(readFileSync(at('traced', 'page.html'), 'utf8'), /speaks for the network: the trace names another class/);
  assert.equal(drawn.map((u: { sides: { of: string }[] }) => u.sides.map((s) => s.of)), [['network', 'trace'], ['network', 'trace']]);
});

test('a unit that nothing moves is said to be one', async () => {
  const { conv, ...more } = tinyWeights();
  writeFileSync(at('cut.onnx'), tinyModel({ ...more, conv: conv.fill(0, 27, 54) }));
  const { out } = await ok(
    misfire('visualize', '--model', 'cut.onnx', ...HOW, '--layer', 'conv', '--channel', '1', '--out', 'cut', '--quiet')
  );
  assert.match(out, /conv:1\s+raised\s+network\s+\S+\s+the same/);
  assert.match(readFileSync(at('cut', 'page.html'), 'utf8'), /for every picture/);
});

test('a report draws what excites its first filters most', async () => {
  const explain = (...more: string[]) =>
    misfire('explain', 'x.npy', '--model', 'tiny.onnx', '--label', '1', '--quiet', '--compare', 'none', ...more);
  await ok(explain('--report', 'report.html', '--json', 'report.json', '--visualize', '3', '--preprocess', 'how.json', '--top', '2'));
  const { samples: [{ top, report }] } = JSON.parse(readFileSync(at('report.json'), 'utf8'));
  assert.equal(report.neurons.filters.map((f: { index: number }) => f.index), top.map((f: { index: number }) => f.index));
  assert.is(report.neurons.steps, 3);
  const page = readFileSync(at('report.html'), 'utf8');
  assert.match(page, /<h2>What excites the blamed filters most/);
  const [{ layer, filter }] = report.neurons.filters;
  assert.match(page, new RegExp(`alt="What excites ${layer}:${filter} most"`));
  await misused(explain('--visualize'), /--visualize draws into the page of --report/);
  await refused(explain('--visualize', '2', '--report', 'no.html'), /neuron pictures need to know how pictures are prepared/);
});

test('what cannot be done is said in a sentence', async () => {
  await misused(draw('--out', 'no'), /say what to draw/);
  await misused(draw('--channel', '1', '--out', 'no'), /say with --layer which/);
  await misused(draw('--layer', 'conv', '--out', 'no'), /--layer conv needs --channel/);
  await misused(draw('--class', '1', '--centre', '--out', 'no'), /--centre is the middle place/);
  await refused(draw('--layer', 'conv9', '--channel', '1', '--out', 'no'), /there is no layer conv9; the model has 0 \(conv\)/);
  await refused(draw('--layer', 'conv', '--channel', '4', '--out', 'no'), /there is no channel 4; conv has 4, 0 to 3/);
  await refused(draw('--class', '3', '--out', 'no'), /there is no class 3; the network has 3/);
  await refused(draw('--class', '1', '--out', 'no', '--trace', 'nowhere'), /Cannot read nowhere/);
  await refused(draw('--class', '1', '--out', 'no', '--trace', 'trace:0'), /trace has no trace 0; it has 3/);
  await refused(misfire('visualize', '--model', 'half.onnx', ...HOW, '--class', '1', '--out', 'no', '--trace', 'trace'),
    /made of another model/);
  await refused(draw('--class', '1', '--out', '.', '--quiet'), /holds ".+" and no neuron pictures/);
  await refused(draw('--class', '1', '--seed', '5', '--out', 'once', '--quiet'), /was begun with another seed: it was 0 and is 5/);
  await refused(draw('--class', '1', '--size', '9', '--out', 'size', '--quiet'), /2 x 2 to 8 x 8 pixels, got 9 x 9/);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
