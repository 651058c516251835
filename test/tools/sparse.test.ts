/** `misfire profile --features` and `misfire sparse`: rows stored, merged and resumed, a path killed, the layer written back, refusals. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ndarray } from '../../src/data/ndarray.js';
import { parseNpy, writeNpy } from '../../src/data/npy.js';
import { openFeatures } from '../../src/local/features.js';
import { openSparse } from '../../src/local/sparse-folder.js';
import { decisionLayer } from '../../src/onnx/decision.js';
import { loadModel } from '../../src/onnx/model.js';
import { misfire as command, slowed, start, type Ended } from '../../reference/command.js';
import { bitsOf, writeTinyData } from '../../reference/profile-runs.js';
import { random } from '../../reference/random.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { ok, misused, refused } from '../support/outcomes.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-sparse-'));
const at = (name: string): string => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const SAMPLES = 240, N = 400, P = 12, C = 3;
const PROFILE = ['--model', 'tiny.onnx', '--quiet', '--batch', '8'];

/** Made features whose classes lean on a feature each, as arrays. */
function writeRows(name: string, change: (x: Float32Array, y: Int32Array) => void = () => undefined): string {
  const draw = random(`rows ${name}`), y = Int32Array.from({ length: N }, () => Math.floor(C * draw()));
  const x = Float32Array.from({ length: N * P }, (_, k) => draw() + draw() + (k % P === y[Math.floor(k / P)] ? 0.7 : 0));
  change(x, y);
  writeFileSync(at(`${name}-x.npy`), writeNpy(ndarray(x, [N, P])));
  writeFileSync(at(`${name}-y.npy`), writeNpy(ndarray(y, [N])));
  return `${name}-x.npy,${name}-y.npy`;
}

async function allOf(text: string): Promise<number[]> {
  const values: number[] = [];
  for await (const block of (await openFeatures(text)).blocks(37)) values.push(...block.values);
  return values;
}

const sparse = suite('misfire sparse');

sparse.before(async () => {
  writeTinyData(folder, SAMPLES);
  const [x, y] = ['x.npy', 'y.npy'].map((f) => parseNpy(readFileSync(at(f))));
  const half = SAMPLES / 2;
  writeFileSync(at('hx.npy'), writeNpy(ndarray((x.data as Float32Array).slice(half * 192), [half, 3, 8, 8])));
  writeFileSync(at('hy.npy'), writeNpy(ndarray((y.data as Int32Array).slice(half), [half])));
  await ok(misfire('profile', 'x.npy,y.npy', '--out', 'run', '--features', ...PROFILE));
  await ok(misfire('profile', 'hx.npy,hy.npy', '--out', 'held', '--features-only', ...PROFILE));
  writeRows('train');
  writeRows('unseen');
});
sparse.after(() => rmSync(folder, { recursive: true }));

sparse('features are the input of the last layer, beside profiles that stay the same bits', async () => {
  await ok(misfire('profile', 'x.npy,y.npy', '--out', 'plain', ...PROFILE));
  const [mine, plain] = [await openFeatures(at('run')), bitsOf(at('plain'))];
  assert.is(mine.features, 4);
  assert.is(plain['stats.json'], bitsOf(at('run'))['stats.json']);
  assert.equal((JSON.parse(readFileSync(at('run/meta.json'), 'utf8'))).features, { tensor: 'features', node: 'fc', width: 4 });
  const { conv, bias } = tinyWeights(), x = parseNpy(readFileSync(at('x.npy'))).data as Float32Array, features = await allOf(at('run'));
  for (const n of [0, 57, SAMPLES - 1]) {
    for (let f = 0; f < 4; f++) assert.ok(Math.abs(features[n * 4 + f] - pooled(x.subarray(n * 192, (n + 1) * 192), conv, bias, f)) < 1e-5);
  }
  assert.equal(await allOf(at('held')), features.slice(SAMPLES / 2 * 4));
});

sparse('shards and a run that was killed end with the same features', async () => {
  for (const shard of ['1/2', '2/2']) {
    await ok(misfire('profile', 'x.npy,y.npy', '--out', `shard${shard[0]}`, '--features-only', '--shard', shard, ...PROFILE));
  }
  await ok(misfire('merge', 'shard1', 'shard2', '--out', 'merged'));
  assert.equal(await allOf(at('merged')), await allOf(at('run')));
  const args = ['profile', 'x.npy,y.npy', '--out', 'killed', '--features-only', ...PROFILE];
  const { child, ended } = start(args, folder, slowed(folder, 60));
  while (!existsSync(at('killed/.journal-0'))) await sleep(10);
  await sleep(300);
  child.kill('SIGKILL');
  await ended;
  assert.not(existsSync(at('killed/stats.json')));
  await ok(misfire(...args));
  assert.equal(await allOf(at('killed')), await allOf(at('run')));
});

sparse('a path of a run: certified, halved, written, and saved into a file that gives the same logits', async () => {
  const { out } = await ok(
    misfire('sparse', 'run', '--held', 'held', '--out', 'path', '--lambdas', '6', '--epsilon', '0.01', '--within', '1', '--save',
      'sparse.onnx', '--quiet')
  );
  assert.match(out, /6 sparse layers of 3 classes and 4 features/);
  assert.match(out, /at most 0.001 of lambda alpha: 6 of 6 layers/);
  const { result, layer, lambdas } = await openSparse(at('path'));
  assert.ok(result.path.every((p) => p.kktRelative <= 1e-3) && result.path[0].features === 0);
  assert.equal([...lambdas], result.path.map((p) => p.lambda));
  assert.equal([result.model!.layer.node, result.dense!.accuracy.of], ['fc', SAMPLES / 2]);
  assert.is(result.selection.halves[0].reported.of + result.selection.halves[1].reported.of, SAMPLES / 2);
  const csv = (name: string): Record<string, string>[] => parse(readFileSync(at(`path/${name}`)), { columns: true });
  const chosen = await layer(), nonzeros = chosen.weights.filter((w) => w !== 0).length;
  assert.equal([csv('path.csv').length, csv('classes.csv').length, csv('weights.csv').length], [6, 18, nonzeros]);
  assert.match(readFileSync(at('path/sparse.html'), 'utf8'), /Weights along the path/);
  // The file's own logits, through the engine.
  await ok(misfire('profile', 'hx.npy,hy.npy', '--model', 'sparse.onnx', '--out', 'after', '--features-only', '--quiet', '--batch', '8'));
  const x = await allOf(at('held')), after = await openFeatures(at('after')), losses = (await after.run!.readRows()).map((r) => r.loss);
  assert.equal(await allOf(at('after')), x);
  losses.forEach((loss, n) => {
    const u = [0, 1, 2].map((c) =>
      [0, 1, 2, 3].reduce((s, j) => s + chosen.weights[c * 4 + j] * (x[n * 4 + j] - chosen.mean[j]) / chosen.std[j], chosen.intercepts[c])
    );
    const top = Math.max(...u), want = Math.log(u.reduce((s, v) => s + Math.exp(v - top), 0)) + top - u[after.labels[n]];
    assert.ok(Math.abs(want - loss) < 1e-5, `${n}: ${loss}, not ${want}`);
  });
});

sparse('a path that is killed again and again ends with the same bits, also where rows are read at every pass', async () => {
  const args = (
    out: string
  ): string[] => ['sparse', 'train-x.npy,train-y.npy', '--held', 'unseen-x.npy,unseen-y.npy', '--out', out, '--lambdas', '8', '--memory',
    '1', '--quiet'];
  await ok(misfire(...args('whole')));
  for (let kill = 0; kill < 3; kill++) {
    const before = existsSync(at('torn/layers')) ? readdirSync(at('torn/layers')).length : 0;
    const { child, ended } = start(args('torn'), folder, slowed(folder, 150));
    while ((existsSync(at('torn/layers')) ? readdirSync(at('torn/layers')).filter((f) => !f.startsWith('.')).length : 0) < before + 2) {
      await sleep(5);
    }
    child.kill('SIGKILL');
    await ended;
    await sleep(50);
  }
  assert.not(existsSync(at('torn/result.json')));
  await ok(misfire(...args('torn')));
  const results = ['whole', 'torn'].map((run) =>
    Object.fromEntries(Object.entries(bitsOf(at(run))).filter(([name]) => name !== 'journal.jsonl'))
  );
  assert.equal(results[1], results[0]);
  await refused(misfire(...args('torn'), '--alpha', '0.5'), /torn was begun with another alpha: it was 0.99 and is 0.5/);
});

sparse("the paper's own solver says how far from the minimiser it stopped, and is resumed as well", async () => {
  const args = ['sparse', 'train-x.npy,train-y.npy', '--held', 'unseen-x.npy,unseen-y.npy', '--lambdas', '4', '--solver', 'saga',
    '--quiet'];
  const { out } = await ok(misfire(...args, '--out', 'saga'));
  assert.match(out, /at most 0.001 of lambda alpha: [0-3] of 4 layers/);
  assert.is((await openSparse(at('saga'))).result.problem.solver, 'saga');
});

sparse('what cannot be fitted is refused in a sentence', async () => {
  const good = 'unseen-x.npy,unseen-y.npy', out = ['--out', 'none', '--quiet', '--lambdas', '3'];
  const fails = async (train: string, held: string, why: RegExp, ...more: string[]): Promise<void> => {
    const { err } = await command(['sparse', train, '--held', held, ...out, ...more], folder);
    assert.match(err, why);
    assert.is(err.trim().split('\n').length, 1, err);
  };
  await fails(writeRows('gap', (_, y) => y.forEach((v, k) => (y[k] = v === 1 ? 2 : v))), good, /gap-x.npy has no row of class 1 \(of 3\)/);
  await fails('train-x.npy,train-y.npy', writeRows('far', (_, y) => (y[7] = 9)), /far-x.npy: row 7 has the label 9; there are 3 classes/);
  await fails(writeRows('nan', (x) => (x[5 * P + 2] = NaN)), good, /nan-x.npy: feature 2 of row 5 is NaN; features have to be finite/);
  await fails('train-x.npy,train-y.npy', 'train-x.npy,train-y.npy', /--held names the training rows/);
  await fails('run', good, /run has 4 features a row and unseen-x.npy,unseen-y.npy has 12/);
  await misused(misfire('sparse', 'train-x.npy,train-y.npy', '--held', good, '--out', 'none', '--lambdas', '0.1,0'),
    /lambda 0 has no minimiser where some layer names every training row rightly/);
  await fails('train-x.npy,train-y.npy', good, /--save writes into a network's file/, '--save', 'x.onnx');
  writeFileSync(at('other.onnx'), tinyModel({ ...tinyWeights(), fcBias: tinyWeights().fcBias.map((v) => -v) }));
  await ok(misfire('profile', 'hx.npy,hy.npy', '--model', 'other.onnx', '--out', 'foreign', '--features-only', '--quiet', '--batch', '8'));
  await fails('run', 'foreign', /foreign is a run of another network/);
  await ok(misfire('profile', 'hx.npy,hy.npy', '--out', 'bare', '--forward-only', ...PROFILE));
  await fails('run', 'bare', /bare stores no features; run misfire profile again with --features/);
});

sparse('a constant feature has weight 0 and is named', async () => {
  const rows = writeRows('still', (x) => {
    for (let k = 4; k < x.length; k += P) x[k] = 0.1;
  });
  const { err } = await ok(misfire('sparse', rows, '--held', 'unseen-x.npy,unseen-y.npy', '--out', 'still', '--lambdas', '3'));
  assert.match(err, /feature 4 is constant over the training rows: weight 0/);
  const { result, layer } = await openSparse(at('still'));
  assert.equal(result.constant, [4]);
  assert.ok((await layer(2)).weights.every((w, k) => k % P !== 4 || w === 0));
});

sparse('a network without a last Gemm or MatMul is refused by name', () => {
  const model = loadModel(tinyModel(tinyWeights(), { outputs: ['features'] }), { name: 'headless.onnx' });
  assert.throws(() => decisionLayer(model), /headless.onnx has no decision layer: no Gemm or MatMul with a weight ends it .*Conv "conv"/);
});

sparse.run();

/** The mean of a filter's ReLU over the picture. */
function pooled(x: Float32Array, w: Float32Array, bias: Float32Array, f: number): number {
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      let v = bias[f];
      for (let c = 0; c < 3; c++) {
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const [y, z] = [i + dy, j + dx];
            if (y >= 0 && y < 8 && z >= 0 && z < 8) v += w[((f * 3 + c) * 3 + dy + 1) * 3 + dx + 1] * x[(c * 8 + y) * 8 + z];
          }
        }
      }
      sum += Math.max(0, v);
    }
  }
  return sum / 64;
}
