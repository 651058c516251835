/** `misfire spade` and what takes its traces, on a network of a few filters. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ndarray } from '../../src/data/ndarray.js';
import { parseNpy, writeNpy } from '../../src/data/npy.js';
import type { TraceRecord } from '../../src/spade/record.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { random } from '../../reference/random.js';
import { filled, makeModel } from '../onnx/make.js';
import { ok } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-spade-'));
const at = (name: string): string => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SIDE = 12, EACH = 3 * SIDE * SIDE;

const r = random('misfire spade');
const draw = (): number => 2 * r() - 1;
const values = (count: number): Float32Array => Float32Array.from({ length: count }, draw);

/** Two convolutions, the second with groups, and a fully connected layer. */
const MODEL = makeModel({
  nodes: [
    { op: 'Conv', name: 'first', inputs: ['x', 'first.weight'], outputs: ['a'], attributes: { pads: [0, 0, 0, 0] } },
    { op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { op: 'Conv', name: 'second', inputs: ['b', 'second.weight'], outputs: ['c'], attributes: { group: 2, strides: [2, 2] } },
    { op: 'Relu', inputs: ['c'], outputs: ['d'] },
    { op: 'GlobalAveragePool', inputs: ['d'], outputs: ['e'] },
    { op: 'Flatten', inputs: ['e'], outputs: ['f'] },
    { op: 'Gemm', name: 'last', inputs: ['f', 'last.weight'], outputs: ['y'], attributes: { transB: 1 } },
  ],
  inputs: { x: ['N', 3, SIDE, SIDE] },
  outputs: ['y'],
  initializers: [filled('first.weight', [4, 3, 3, 3], draw), filled('second.weight', [6, 2, 3, 3], draw),
    filled('last.weight', [5, 6], (k) => 3 * draw() + 0 * k)],
});

const test = suite('misfire spade');

test.before(async () => {
  writeFileSync(at('model.onnx'), MODEL);
  writeFileSync(at('two.npy'), writeNpy(ndarray(values(2 * EACH), [2, 3, SIDE, SIDE])));
  writeFileSync(at('one.npy'), writeNpy(ndarray(values(EACH), [3, SIDE, SIDE])));
  writeFileSync(at('how.json'), JSON.stringify({ resize: [SIDE, SIDE], crop: null, mean: [0.5], std: [0.5] }));
  writeFileSync(at('sparsity.json'), JSON.stringify({ 'second*': 0.5, 'last.weight': 0.4 }));
  writeFileSync(at('small.png'), await sharp({ create: { width: 5, height: 9, channels: 3, background: 'red' } }).png().toBuffer());
});

const spade = (pictures: string, out: string, ...more: string[]): Promise<Ended> =>
  misfire('spade', pictures, '--model', 'model.onnx', '--preprocess', 'how.json', '--views', '5', '--batch', '2', '--out', out, ...more);
const record = (out: string, k: number): TraceRecord => JSON.parse(readFileSync(at(`${out}/trace_${k}.json`), 'utf8'));
const bytes = (out: string): Record<string, string> =>
  Object.fromEntries(readdirSync(at(out)).sort().map((name) => [name, readFileSync(at(`${out}/${name}`)).toString('base64')]));

test('a trace for each picture: exact counts, arrays, tables; again the same bits; what a kill left out is made up for', async () => {
  const first = await ok(spade('two.npy', 'traces', '--sparsity', 'sparsity.json', '--save-onnx'));
  assert.match(first.out, /two\.npy\[0\]/);
  assert.match(first.out, /\d of 2 traces names? the network's class/);
  assert.match(first.err, /of 5 views keep the network's answer/);
  const one = record('traces', 0);
  assert.equal(one.layers.map(({ name, weights, kept }) => [name, weights, kept]), [
    ['second', 108, 108 - 2 * 2 * Math.floor(3 * 9 * 0.5)], // two groups of three rows, two blocks of nine columns each
    ['last', 30, 30 - 6 * Math.floor(5 * 0.4) - 3 * one.layers[1].dead], // of a column that is always 0 nothing is kept
  ]);
  const { data, shape } = parseNpy(readFileSync(at('traces/trace_weights_0.npy')));
  assert.equal(shape, [138]);
  const support = parseNpy(readFileSync(at('traces/support_0.npy'))).data as Uint8Array;
  Array.from(data as Float32Array).forEach((v, k) => assert.is((support[k >> 3] >> (7 - (k & 7))) & 1, Number(v !== 0), `weight ${k}`));
  assert.is(readFileSync(at('traces/layers.csv'), 'utf8').trim().split('\n').length, 1 + 2 * 2);

  await ok(spade('two.npy', 'again', '--sparsity', 'sparsity.json', '--save-onnx', '--batch', '5'));
  const whole = bytes('traces');
  assert.equal(bytes('again'), whole, 'another folder and another batch');
  rmSync(at('again/trace_1.json'));
  rmSync(at('again/traces.csv'));
  const before = statSync(at('again/trace_0.json')).mtimeMs;
  await ok(spade('two.npy', 'again', '--sparsity', 'sparsity.json', '--save-onnx'));
  assert.equal(bytes('again'), whole, 'what was missing');
  assert.is(statSync(at('again/trace_0.json')).mtimeMs, before, 'what was there stays');
});

test('explain and run on a trace: its weights, said so, and the class that the network names', async () => {
  const { denseClass, traceLogits, picture } = record('traces', 1);
  assert.is(picture, 'two.npy[1]');
  const explained = await ok(
    misfire('explain', 'two.npy', '--model', 'model.onnx', '--label', 'predicted', '--trace', 'traces:1', '--json', 'explained.json')
  );
  assert.match(explained.err, /on traces:1: the trace names/);
  assert.match(explained.err, /two\.npy\[0\] is not the picture that the trace traces:1 was made for/);
  const { trace, samples } = JSON.parse(readFileSync(at('explained.json'), 'utf8'));
  assert.is(trace.name, 'traces:1');
  assert.is(samples[1].label, denseClass);
  samples[1].logits.forEach((v: number, k: number) => assert.ok(Math.abs(v - traceLogits[k]) < 1e-5));

  for (const args of [['model.onnx', 'two.npy', '--trace', 'traces:1'], ['traces/trace_1.onnx', 'two.npy']]) {
    await ok(misfire('run', ...args, '--out', `run${args.length}`));
    const y = parseNpy(readFileSync(at(`run${args.length}/y.npy`))).data as Float32Array;
    traceLogits.forEach((v, k) => assert.ok(Math.abs(v - y[5 + k]) < 1e-5, `${args[0]}: ${y[5 + k]} and not ${v}`));
  }
  await ok(misfire('explain', 'two.npy', '--model', 'model.onnx', '--label', 'predicted', '--trace', 'traces:1', '--report', 'page.html'));
  assert.match(readFileSync(at('page.html'), 'utf8'), /On a trace\..*the trace names/s);
});

test('exact OBC, the released counts, and views of a file', async () => {
  writeFileSync(at('views.npy'), writeNpy(ndarray(values(6 * EACH), [6, 3, SIDE, SIDE])));
  const from = ['--views-file', 'views.npy', '--sparsity', '0.5'];
  for (const solver of ['fast', 'exact', 'released']) await ok(spade('one.npy', solver, ...from, '--solver', solver));
  assert.is(record('fast', 0).views, 6);
  const error = (solver: string): number => record(solver, 0).layers[0].error;
  assert.ok(error('exact') < error('fast') && error('fast') < error('released'), ['exact', 'fast', 'released'].map(error).join(' < '));
});

test('tune: sparsities by stage from a split that is written down, which --sparsity takes', async () => {
  for (const [k, colour] of ['red', 'green', 'blue', 'grey'].entries()) {
    const picture = sharp({
      create: { width: 16, height: 16, channels: 3, background: colour, noise: { type: 'gaussian', mean: 0, sigma: 40 } },
    });
    mkdirSync(at(`data/${k % 2}`), { recursive: true });
    writeFileSync(at(`data/${k % 2}/${colour}.png`), await picture.png().toBuffer());
  }
  const tuning = ['--model', 'model.onnx', '--preprocess', 'how.json', '--views', '3', '--pictures', '2', '--grid', '0,0.5,0.9'];
  const { out } = await ok(misfire('spade', 'tune', 'data', ...tuning, '--rounds', '1', '--out', 'tuned.json'));
  assert.match(out, /insertion on the dense network of saliency, mean of 2 pictures/);
  const tuned = JSON.parse(readFileSync(at('tuned.json'), 'utf8'));
  assert.equal(Object.keys(tuned.sparsities), ['second', 'last']);
  assert.is(tuned.split.samples.length, 2);
  assert.is(tuned.scores.dense.agreement, 1);
  assert.ok(tuned.scores.best.agreement >= 0.9 && tuned.scores.best.score >= tuned.scores.dense.score);
  const { code, err } = await spade('one.npy', 'by-tuned', '--sparsity', 'tuned.json');
  const dense = Object.values(tuned.sparsities).every((s) => s === 0);
  assert.is(code, dense ? 1 : 0, err);
});

const REFUSED: readonly (readonly [what: string, args: string[], says: RegExp])[] = [
  ['a sparsity of no layer', ['one.npy', '--sparsity', 'unknown.json'],
    /unknown\.json gives a sparsity to "layer9", which is no layer of the network; it has first, second, last\./],
  ['a sparsity that is no share', ['one.npy', '--sparsity', '1.5'], /--sparsity takes a number from 0 to 1, got 1\.5\./],
  ['views of another shape', ['one.npy', '--views-file', 'one.npy'],
    /one\.npy has shape \[3, 12, 12\]; views for model\.onnx have \[N, 3, 12, 12\], with N at least 1\./],
  ['one file of views for two pictures', ['two.npy', '--views-file', 'ones.npy'], /has the views of one picture; 2 were given\./],
  ['a picture too small', ['small.png'], /small\.png has 5 x 9 pixels; views are crops of at least 8 x 8/],
  ['a layer that has no factor', ['one.npy', '--views-file', 'ones.npy', '--sparsity', 'first.json', '--damping', '0'],
    /the Hessian of layer first \(D = 27, diagonal 200 to 200\) cannot be factored: 0\.?0* at column/],
  ['another setting in a folder that was begun', ['two.npy', '--sparsity', 'sparsity.json', '--seed', '1', '--out', 'traces'],
    /traces was begun with another seed: it was 0 and is 1/],
  ['no picture', ['--views', '4'], /name the pictures whose traces are to be made\./],
];

for (const [what, args, says] of REFUSED) {
  test(`${what}: a sentence`, async () => {
    writeFileSync(at('unknown.json'), '{"layer9": 0.5}');
    writeFileSync(at('first.json'), '{"first": 0.5}');
    writeFileSync(at('ones.npy'), writeNpy(ndarray(new Float32Array(EACH).fill(1), [1, 3, SIDE, SIDE])));
    const common = ['--model', 'model.onnx', '--preprocess', 'how.json', '--views', '5',
      ...(args.includes('--out') ? [] : ['--out', 'refused'])];
    const { code, err } = await misfire('spade', ...common, ...args);
    assert.ok(code === 1 || code === 2, `code ${code}: ${err}`);
    assert.match(err, says);
    if (!args.includes('--out')) assert.not(existsSync(at('refused/trace_0.json')));
    rmSync(at('refused'), { recursive: true, force: true });
  });
}

test.after(() => rmSync(folder, { recursive: true }));
test.run();
