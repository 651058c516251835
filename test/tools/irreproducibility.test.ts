/** `misfire irreproducibility` and `misfire explain --also` as a user starts them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { misfire as command, type Ended } from '../../reference/command.js';
import { shared } from '../../reference/paths.js';
import { writeTinyData } from '../../reference/profile-runs.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { parseNpy } from '../../src/data/npy.js';
import { misused, ok, refused } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-irreproducibility-'));
const at = (...names: string[]) => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const irreproducibility = (...args: string[]): Promise<Ended> => misfire('irreproducibility', ...args);
const write = (name: string, value: unknown): void => writeFileSync(at(name), JSON.stringify(value));
const json = (...names: string[]) => JSON.parse(readFileSync(at(...names), 'utf8'));
/** A setting that takes a moment. */
const SMALL = { train: 48, held: 16, models: 3, window: 8, width: 2 };

const runs = suite('misfire irreproducibility run');

runs('writes measures, and the arrays that are asked for', async () => {
  write('setting.json', { ...SMALL, activation: 'swish', beta: 2 });
  const { out, err } = await ok(irreproducibility('run', 'setting.json', '--out', 'run', '--dump'));
  assert.match(out, /3 models: swish 2, train 48, held 16, .*\n(.*\n)*  pd_abs +0\.\d+ /);
  assert.match(err, /Next, what changes it/);
  const meta = json('run', 'meta.json');
  assert.equal([meta.setting.beta, meta.tensors[0], meta.steps, meta.diverged], [2, { name: 'W0', shape: [2, 2] }, [1, 10], []]);
  const shapes = Object.fromEntries(
    readdirSync(at('run')).filter((n) => n.endsWith('.npy')).sort().map((n) => [n.slice(0, -4), parseNpy(readFileSync(at('run', n))).shape])
  );
  assert.equal(shapes, { logits: [3, 16], orders: [3, 48], p_held: [16], probabilities: [3, 16], weights_0: [3, 9], weights_1: [3, 9],
    weights_10: [3, 9], x: [48, 2], x_held: [16, 2], y: [48], y_held: [16] });
  const general = JSON.parse((await ok(irreproducibility('run', 'setting.json', '--out', 'general', '--kernel', 'general', '--json'))).out);
  assert.ok(Math.abs(general.measures.pd_abs - meta.measures.pd_abs) < 1e-6);
  assert.not.ok(existsSync(at('general', 'x.npy')));
});

runs('what cannot be run is one sentence; what diverges is told, and is not a number', async () => {
  const bad = async (setting: unknown, message: RegExp) => {
    write('bad.json', setting);
    await refused(irreproducibility('run', 'bad.json', '--out', 'bad', '--quiet'), message);
  };
  await bad({ windwo: 3 }, /^misfire: bad.json: unknown field 'windwo'; there are seed, /);
  await bad({ window: 0 }, /^misfire: bad.json: 'window' must be a whole number of 1 to 2147483648, got 0\.$/m);
  await bad({ models: 1_000_000, width: 4096, depth: 3 }, /1000000 models of \d+ weights take \d+ bytes, and \d+ can be had/);
  writeFileSync(at('broken.json'), '{');
  await refused(irreproducibility('run', 'broken.json', '--out', 'bad', '--quiet'), /broken.json is no JSON/);
  await misused(irreproducibility('run', 'setting.json'), /required option '--out <folder>'/);
  write('wild.json', { ...SMALL, activation: 'identity', depth: 3, width: 16, rate: 50 });
  const { out, err } = await ok(irreproducibility('run', 'wild.json', '--out', 'wild'));
  assert.match(err, /3 of 3 models diverged \(0, 1, 2\), so that every measure is not a number; a lower rate/);
  assert.match(out, /pd_abs +not a number/);
  assert.equal([json('wild', 'meta.json').measures.pd_abs, json('wild', 'meta.json').diverged], [null, [0, 1, 2]]);
});

runs.run();

const sweeps = suite('misfire irreproducibility sweep');

const SWEEP = { base: { ...SMALL, schedule: 'linear' }, seeds: [7, 8], factors: { activation: ['relu', 'tanh'], window: [1, 48] },
  settings: [{ window: 0 }, { width: 4096, depth: 9, models: 90_000 }, { rate: 1e9, activation: 'identity', depth: 3, width: 8 }] };

sweeps('cells, effects and a page; bad cells in a sentence, the others kept; goes on; shards are joined', async () => {
  write('sweep.json', SWEEP);
  const { out, err } = await ok(irreproducibility('sweep', 'sweep.json', '--out', 'sweep', '--resamples', '200'));
  assert.match(err, /setting 1: the setting: 'window' must be .* got 0; it is left out/);
  assert.match(err, /setting 2: 90000 models of \d+ weights take/);
  assert.match(err, /setting 3: models diverged with 2 of 2 seeds/);
  assert.match(out, /relu, 48 +0\.\d{4} \[/);
  assert.match(out, /window: 48 less 1 +0\.\d{4} \[/);
  const result = json('sweep', 'result.json');
  assert.equal(result.cells.filter((c: { added: boolean }) => c.added).map((c: { setting: { activation: string } }) => c.setting.activation)
    .every((a: string) => a === 'identity'), true);
  assert.equal([result.cells[0].intervals.pd_abs.mean > 0, result.cells[6].intervals.pd_abs.mean], [true, null]);
  const page = readFileSync(at('sweep', 'page.html'), 'utf8');
  assert.ok(page.includes('identity control') && page.includes('excess loss') && page.includes('2102.10696'));
  const rows = parse(readFileSync(at('sweep', 'seeds.csv')), { columns: true }) as Record<string, string>[];
  const one = rows.find((r) => r.activation === 'relu' && r.window === '48' && r.seed === '8')!;
  write('one.json', { ...SMALL, schedule: 'linear', window: 48, seed: 8 });
  const alone = JSON.parse((await ok(irreproducibility('run', 'one.json', '--out', 'one', '--json', '--quiet'))).out);
  assert.equal(Number(one.pd_abs), alone.measures.pd_abs);

  // A journal cut short goes on, and comes to the same bytes.
  const files = ['result.json', 'cells.csv', 'seeds.csv', 'effects.csv', 'page.html'];
  const texts = files.map((name) => readFileSync(at('sweep', name), 'utf8'));
  const lines = readFileSync(at('sweep', 'journal.jsonl'), 'utf8').split('\n');
  writeFileSync(at('sweep', 'journal.jsonl'), `${lines.slice(0, 6).join('\n')}\n${lines[6].slice(0, 9)}`);
  const again = await ok(irreproducibility('sweep', 'sweep.json', '--out', 'sweep', '--resamples', '200'));
  assert.match(again.err, /going on after 5 of \d+/);
  assert.equal(files.map((name) => readFileSync(at('sweep', name), 'utf8')), texts);
  write('other.json', { ...SWEEP, seeds: [7, 9] });
  await refused(irreproducibility('sweep', 'other.json', '--out', 'sweep', '--quiet'),
    /begun with another seeds: it was \[7,8\] and is \[7,9\]/);

  for (const k of [0, 1]) {
    await ok(irreproducibility('sweep', 'sweep.json', '--out', `part${k}`, '--shard', `${k}/2`, '--resamples', '200'));
  }
  await ok(misfire('merge', 'part0', 'part1', '--out', 'joined'));
  assert.equal(readFileSync(at('joined', 'seeds.csv'), 'utf8'), texts[2]);
  assert.equal(json('joined', 'result.json').effects, result.effects);
});

sweeps.run();

const networks = suite('trained networks');

networks.before(() => {
  writeTinyData(folder, 40);
  const weights = tinyWeights();
  writeFileSync(at('other.onnx'), tinyModel({ ...weights, fc: weights.fc.map((v) => -v), fcBias: weights.fcBias.map((v) => -v) }));
});

networks('models: measures, agreement, and a page with what each blames', async () => {
  const { out } = await ok(
    irreproducibility('models', 'tiny.onnx', 'other.onnx', '--data', 'x.npy,y.npy', '--out', 'models', '--shown', '2', '-k', '3')
  );
  assert.match(out, /2 networks, 40 pictures; all call \d+\.\d % of them the same/);
  assert.match(out, /all pictures: of the 3 nearest pictures both have 0\.\d{3} \[/);
  const result = json('models', 'result.json');
  const { pairs: [{ measures }] } = result.measures;
  const rows = parse(readFileSync(at('models', 'pictures.csv')), { columns: true }) as Record<string, string>[];
  assert.is(rows.filter((r) => r.predicted_1 !== r.predicted_2).length / 40, measures.churn);
  assert.is(rows.filter((r) => r.wrong === '2').length, measures.both_wrong);
  assert.ok(measures.churn > 0.3, String(measures.churn));
  const page = readFileSync(at('models', 'models.html'), 'utf8');
  assert.ok(page.includes('Where they differ most') && page.includes('data:image/png'));
  await misused(irreproducibility('models', 'tiny.onnx', '--data', 'x.npy,y.npy'), /at least two networks/);
});

networks('explain --also says whether others make the mistake too', async () => {
  const args = ['explain', 'x.npy', '--model', 'tiny.onnx', '--label', '0', '--quiet'];
  const { out } = await ok(misfire(...args, '--also', 'tiny.onnx,other.onnx', '--json', '-'));
  const { samples } = JSON.parse(out) as {
    samples: { predicted: number; confidence: number; also: { model: string; predicted: { class: number; probability: number } }[] }[];
  };
  assert.equal(samples.length, 40);
  for (const { predicted, confidence, also } of samples) {
    assert.equal([also.length, also[0].predicted.class, also[1].model], [2, predicted, 'other.onnx']);
    assert.ok(Math.abs(also[0].predicted.probability - confidence) < 1e-6);
  }
  const text = (await ok(misfire(...args, '--also', 'tiny.onnx', '--report', 'also.html'))).out;
  assert.match(text, /other networks:\n    tiny.onnx  class \d/);
  assert.match(text, /Shared by all: the other network \(tiny.onnx\) says/);
  assert.match(readFileSync(at('also.html'), 'utf8'), /Do other networks make it too\?/);
});

networks('retrain: with nothing left to chance the heads agree to the bit, else they do not', async () => {
  const args = ['retrain', 'tiny.onnx', '--data', 'x.npy,y.npy', '--models', '3', '--epochs', '2', '--train-batch', '5', '--quiet',
    '--json'];
  for (const hidden of ['4']) {
    const { chances, trained, held } = JSON.parse((await ok(irreproducibility(...args, '--hidden', hidden))).out);
    const variation = chances.map(({ measures }: { measures: { total_variation: [number, number] } }) => measures.total_variation[0]);
    assert.equal([trained, held, chances[0].name, variation[0]], [20, 20, 'nothing', 0]);
    assert.ok(variation.slice(1).every((v: number) => v > 0), String(variation));
  }
  await misused(irreproducibility('retrain', '--data', 'x.npy,y.npy'), /name an ONNX classifier .* or give --demo/);
  await misused(irreproducibility('retrain', 'tiny.onnx'), /--data says on which/);
});

networks("retrain --demo: the demo's network as a whole, kept training by training", async () => {
  const args = ['retrain', '--demo', '--out', 'demo', '--models', '2', '--steps', '2', '--held', '12', '--quiet'];
  await ok(irreproducibility(...args));
  const { chances } = json('demo', 'result.json');
  const variation = chances.map(({ measures }: { measures: { total_variation: [number, number] } }) => measures.total_variation[0]);
  assert.is(variation[0], 0);
  assert.ok(variation.slice(1).every((v: number) => v > 0), String(variation));
  assert.is(readFileSync(at('demo', 'journal.jsonl'), 'utf8').trim().split('\n').length, 1 + 4 * 2);
});

if (skipUnless(existsSync(`${shared}data/models/cifar10-resnet20.onnx`), 'a network of another task is in ../shared')) {
  networks('networks of another task are refused', () =>
    refused(
      misfire('explain', 'x.npy', '--model', 'tiny.onnx', '--label', '0', '--quiet', '--also',
        join(shared, 'data/models/cifar10-resnet20.onnx')),
      /x 8|has 10 classes and/
    ));
}

networks.after(() => rmSync(folder, { recursive: true, force: true }));
networks.run();
