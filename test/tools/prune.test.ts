/** `misfire prune` on a network small enough to compute by hand; what the experiments share: journal, resumption, refusals. */
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import onnxProto from 'onnx-proto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpy } from '../../src/data/npy.js';
import type { Row } from '../../src/store/format.js';
import { sha256 } from '../../src/data/sha256.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { makeWorkFolder } from '../../src/store/folder.js';
import { checkBegun, EXPERIMENT, readFinished } from '../../tools/experiment/journal.js';
import { openExperiment } from '../../tools/experiment/open.js';
import { limited } from '../../tools/experiment/options.js';
import { saveWithOff } from '../../tools/prune/save.js';
import { WIDTH } from '../../src/report/text-table.js';
import { misfire as command, slowed, start, type Ended } from '../../reference/command.js';
import { query } from '../support/duckdb.js';
import { fails, ok, misused, refused } from '../support/outcomes.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { balanced, tinyLogits, tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-prune-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const FILES = ['journal.jsonl', 'page.html', 'result.json', 'samples.csv'];

interface Sample {
  id: number;
  label: number;
  predicted: number;
  profile: number[];
}
interface Step {
  wrong: number;
  label: number;
  predicted: number;
  broken: number;
}
interface Result {
  counts: number[];
  curves: string[];
  seed: number;
  resamples: number;
  groups: Record<'wrong' | 'right',
    { samples: number; curves: Record<string, { k: number; wrong: Interval; label: Interval; right: Interval; broken: Interval | null }[]>;
      salientMinus: Record<string, unknown[]> } | null>;
  samples: { id: number; path: string; label: number; predicted: number; unchanged: Step; checked: number;
    steps: Record<string, Step[]> }[];
}
interface Interval {
  mean: number;
  low: number;
  high: number;
}

const weights = tinyWeights();
const samplesOf = async (run: string) =>
  (await query(`select id, label, predicted, profile from '${at(run)}/samples/*.parquet' order by id`)) as unknown as Sample[];
const resultOf = (out: string) => JSON.parse(readFileSync(at(`${out}/result.json`), 'utf8')) as Result;
const picture = (id: number) => (parseNpy(readFileSync(at('x.npy')), 'x').data as Float32Array).subarray(192 * id, 192 * (id + 1));

/** Logits with filters off, in float64 from the definition. */
function logitsWithout(off: readonly number[], id: number, w = weights): number[] {
  const conv = w.conv.map((v, i) => (off.includes(Math.floor(i / 27)) ? 0 : v));
  return tinyLogits(conv, { ...w, bias: w.bias.map((v, f) => (off.includes(f) ? 0 : v)) }, picture(id));
}

const prune = suite('misfire prune');

prune.before(async () => {
  writeTinyData(folder, 90);
  await ok(misfire(...TINY, '--out', 'run', '--batch', '16'));
});
prune.after(() => rmSync(folder, { recursive: true, force: true }));

prune('every mistake and step against a plain computation; JSON, CSV, text and page agree', async () => {
  const { out, err } = await ok(misfire('prune', 'run', '--damage', '3', '--resamples', '500'));
  assert.match(err, /only 4 filters to turn off, so 5, 10, 20, 30, 50, 75, 100 are left out/);
  assert.match(out, /Samples corrected:/);
  assert.equal(readdirSync(at('run/prune')).sort(), FILES);
  const result = resultOf('run/prune');
  const all = await samplesOf('run');
  const mistakes = all.filter((s) => s.label !== s.predicted);
  assert.equal([result.counts, result.resamples, result.samples.map((s) => s.id)], [[0, 1, 2], 500, mistakes.map((s) => s.id)]);
  assert.equal(result.curves, ['salient', 'random', 'least', 'random-last-stage', 'random-per-layer', 'gradient']);
  const stats = parseStatistics(readFileSync(at('run/stats.json'), 'utf8'), 'stats');
  for (const sample of result.samples) {
    const { profile, label, predicted } = all[sample.id];
    const salient = rankFilters(standardize(profile, stats), stats);
    const orders = { salient, least: [...salient].reverse(), gradient: rankFilters(profile, stats) };
    assert.is(sample.checked, 3);
    for (const [curve, order] of Object.entries(orders)) {
      result.counts.forEach((k, j) => {
        const want = logitsWithout(order.slice(0, k), sample.id);
        const step = sample.steps[curve][j];
        assert.ok(Math.abs(step.wrong - probability(want, predicted)) < 1e-5 && Math.abs(step.label - probability(want, label)) < 1e-5,
          `sample ${sample.id}, ${curve}, ${k}`);
        assert.is(step.predicted, argmax(want));
      });
    }
    for (const steps of Object.values(sample.steps)) assert.equal(steps[0], { ...sample.unchanged, broken: 0 });
    // The random curves: some filters of the right number, whichever they are.
    const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]].map((off) => probability(logitsWithout(off, sample.id), predicted));
    for (const curve of ['random', 'random-per-layer', 'random-last-stage']) {
      assert.ok(pairs.some((p) => Math.abs(p - sample.steps[curve][2].wrong) < 1e-5), `sample ${sample.id}, ${curve}`);
    }
  }
  const group = result.groups.wrong!;
  assert.is(result.groups.right, null);
  const mean = (value: (s: Result['samples'][number]) => number) =>
    result.samples.reduce((sum, s) => sum + value(s), 0) / result.samples.length;
  for (const curve of result.curves) {
    group.curves[curve].forEach((point, j) => {
      for (const [key, want] of [['wrong', mean((s) => s.steps[curve][j].wrong - s.unchanged.wrong)], ['label', mean((s) =>
        s.steps[curve][j].label - s.unchanged.label
      )], ['right', mean((s) => (s.steps[curve][j].predicted === s.label ? 1 : 0))], ['broken',
        mean((s) => s.steps[curve][j].broken / 3)]] as const) {
        const { mean: got, low, high } = point[key]!;
        assert.ok(Math.abs(got - want) < 1e-9 && low <= got && got <= high, `${curve} ${key}`);
      }
    });
  }
  assert.equal(Object.keys(group.salientMinus), result.curves.slice(1));
  const lines = parse(readFileSync(at('run/prune/samples.csv')), { columns: true }) as Record<string, string>[];
  assert.is(lines.length, mistakes.length * 6 * 3);
  const flat = result.samples.flatMap((s) =>
    result.curves.flatMap((c) =>
      s.steps[c].map((step, j) => [s.id, c, result.counts[j], step.predicted, step.predicted === s.label ? 1 : 0, step.broken].map(String))
    )
  );
  assert.equal(lines.map((l) => [l.id, l.curve, l.k, l.predicted_now, l.correct_now, l.broken]), flat);
  assert.ok(
    lines.every((l, i) => Math.abs(Number(l.confidence_now) - result.samples[Math.floor(i / 18)].steps[l.curve][i % 3].wrong) < 1e-8)
  );
  const html = readFileSync(at('run/prune/page.html'), 'utf8');
  // Four measures, and one of them with three curves at the top; three mistakes.
  assert.is((html.match(/<figure class="chart"/g) ?? []).length, 5);
  assert.is((html.match(/<figure><figcaption>class \d, called class \d/g) ?? []).length, 3);
  assert.equal(html.match(/(src|href)="https?:[^"]*"/g), ['href="https://arxiv.org/abs/2108.01335"']);
  assert.ok(out.split('\n').every((line) => line.length <= WIDTH), out);
});

prune('the damage is that of the same filters on the right samples asked about', async () => {
  await ok(
    misfire('prune', 'run', '--damage', '500', '--curves', 'salient', '--counts', '2,1', '--limit', '5', '--resamples', '10', '--out',
      'harm', '--quiet')
  );
  const result = resultOf('harm');
  assert.equal([result.counts, result.samples.length], [[1, 2], 5]);
  const all = await samplesOf('run');
  const right = all.filter((s) => s.label === s.predicted);
  const stats = parseStatistics(readFileSync(at('run/stats.json'), 'utf8'), 'stats');
  for (const s of result.samples) {
    assert.is(s.checked, right.length);
    const order = rankFilters(standardize(all[s.id].profile, stats), stats);
    assert.equal(s.steps.salient.map((step) => step.broken), [1, 2].map((k) =>
      right.filter((r) => argmax(logitsWithout(order.slice(0, k), r.id)) !== r.label).length
    ));
  }
});

prune('--all has the right samples as a group of their own; --mode paper is the same where there is no batch norm', async () => {
  await ok(misfire('prune', 'run', '--all', '--damage', '0', '--curves', 'salient,random', '--resamples', '50', '--out', 'all', '--quiet'));
  const result = resultOf('all');
  assert.is(result.samples.length, 90);
  assert.is(result.groups.wrong!.samples + result.groups.right!.samples, 90);
  assert.is(result.groups.right!.curves.salient[0].right.mean, 1);
  assert.is(result.groups.right!.curves.salient[1].broken, null);
  const alone = resultOf('run/prune');
  for (const s of alone.samples) {
    assert.equal(s.steps.random, result.samples[s.id].steps.random.map((step, j) => ({ ...step, broken: s.steps.random[j].broken })));
  }
  await ok(
    misfire('prune', 'run', '--mode', 'paper', '--damage', '0', '--curves', 'salient', '--resamples', '50', '--out', 'paper', '--quiet')
  );
  for (const s of resultOf('paper').samples) assert.equal(s.steps.salient, result.samples[s.id].steps.salient);
});

prune('a line of the journal that a disk has changed is said and computed again; the first line is refused', async () => {
  const whole = readFileSync(at('run/prune/journal.jsonl'), 'utf8');
  const args = ['prune', 'run', '--damage', '3', '--resamples', '500', '--out', 'bit'];
  const lines = whole.split('\n');
  // A digit of a confidence: JSON as before, another number.
  const changed = lines[2].replace(/(0\.\d)(\d)/, (_, front: string, digit: string) => `${front}${(Number(digit) + 1) % 10}`);
  assert.not.equal(changed, lines[2]);
  mkdirSync(at('bit'));
  writeFileSync(at('bit/journal.jsonl'), [...lines.slice(0, 2), changed, ...lines.slice(3)].join('\n'));
  const { err } = await ok(misfire(...args));
  assert.match(err, /a line of bit\/journal\.jsonl is damaged; what is lost by it is computed again/);
  assert.match(err, new RegExp(`going on after ${lines.length - 3} of ${lines.length - 2} samples`));
  for (const file of ['result.json', 'samples.csv']) {
    assert.is(readFileSync(at(`bit/${file}`), 'utf8'), readFileSync(at(`run/prune/${file}`), 'utf8'), file);
  }
  assert.equal(readFileSync(at('bit/journal.jsonl'), 'utf8').split('\n').sort(), [...lines].sort());
  assert.not.match((await ok(misfire(...args))).err, /damaged/);
  // Beside the whole record of every sample, so that nothing is left to compute.
  writeFileSync(at('bit/journal.jsonl'), [...lines.slice(0, 2), changed, ...lines.slice(2)].join('\n'));
  assert.match((await ok(misfire(...args))).err, /a line of bit\/journal\.jsonl is damaged/);
  assert.is(readFileSync(at('bit/journal.jsonl'), 'utf8'), whole);
  writeFileSync(at('bit/journal.jsonl'), whole.replace('"seed":0', '"seed":1'));
  await refused(misfire(...args, '--quiet'), /not the journal of an experiment of this version, or is damaged/);
  // A journal of the version before, whose lines have no hash, goes on as it is.
  const old = whole.replaceAll(/,"sha256":"[0-9a-f]{64}"\}/g, '}').replace('"journal":2', '"journal":1').split('\n').slice(0, 4);
  writeFileSync(at('bit/journal.jsonl'), `${old.join('\n')}\n`);
  assert.match((await ok(misfire(...args))).err, /going on after 3 of/);
  assert.is(readFileSync(at('bit/result.json'), 'utf8'), readFileSync(at('run/prune/result.json'), 'utf8'));
});

prune('goes on where it was ended, drops a line half written, and comes to the same results', async () => {
  const whole = readFileSync(at('run/prune/journal.jsonl'), 'utf8');
  const args = ['prune', 'run', '--damage', '3', '--resamples', '500', '--out', 'again'];
  mkdirSync(at('again'));
  writeFileSync(at('again/journal.jsonl'), whole.split('\n').slice(0, 4).join('\n') + '\n');
  appendFileSync(at('again/journal.jsonl'), '{"id":77,"resu');
  const { err } = await ok(misfire(...args));
  assert.match(err, /going on after 3 of \d+ samples/);
  for (const file of FILES.filter((f) => !f.includes('page'))) {
    assert.is(readFileSync(at(`again/${file}`), 'utf8'), readFileSync(at(`run/prune/${file}`), 'utf8'), file);
  }
  // All there: nothing is computed, and what was removed is written again.
  rmSync(at('again/result.json'));
  const { err: silent } = await ok(misfire(...args, '--json', 'copy.json'));
  assert.not.match(silent, /going on|software/);
  assert.is(readFileSync(at('again/result.json'), 'utf8'), readFileSync(at('copy.json'), 'utf8'));
});

prune('Ctrl-C finishes the sample under way and says how to go on', async () => {
  const args = ['prune', 'run', '--all', '--damage', '40', '--resamples', '10', '--out', 'stopped'];
  const lines =
    () => (existsSync(at('stopped/journal.jsonl')) ? readFileSync(at('stopped/journal.jsonl'), 'utf8').split('\n').length - 1 : 0);
  const { child, ended } = start(args, folder, slowed(folder, 200));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && lines() < 3) await sleep(5);
  child.kill('SIGINT');
  const { code, err, out } = await ended;
  assert.equal([code, out], [130, ''], err);
  assert.match(err, /finishing the sample under way/);
  const [, done] = /stopped after (\d+) of 90 samples; the same command goes on from there/.exec(err)!;
  assert.is(lines(), 1 + Number(done));
  assert.not.ok(existsSync(at('stopped/result.json')));
  assert.not.ok(existsSync(at('stopped/.lock')));
  const { err: then } = await ok(misfire(...args));
  assert.match(then, new RegExp(`going on after ${done} of 90`));
  assert.is(resultOf('stopped').samples.length, 90);
});

prune('--save writes a model that repairs its sample, with what it costs, and says in the file what was done', async () => {
  const w = balanced(weights, Array.from({ length: 90 }, (_, id) => picture(id)));
  writeFileSync(at('balanced.onnx'), tinyModel(w));
  await ok(misfire('profile', 'x.npy,y.npy', '--model', 'balanced.onnx', '--quiet', '--out', 'balanced'));
  const all = await samplesOf('balanced');
  const stats = parseStatistics(readFileSync(at('balanced/stats.json'), 'utf8'), 'stats');
  const ranked = (s: Sample) => rankFilters(standardize(s.profile, stats), stats).slice(0, 2);
  /** What a file of this network answers to a picture, from the definition. */
  const answerOf = (file: string, id: number): number => {
    const { weights: read } = importGraph(loadModel(readFileSync(at(file))));
    return argmax(tinyLogits(read.get('conv.weight')!.data, { ...w, bias: read.get('conv.bias')!.data as Float32Array }, picture(id)));
  };
  const now = (off: readonly number[], id: number) => argmax(logitsWithout(off, id, w));
  const wrong = all.filter((s) => s.label !== s.predicted);
  /** How far the label stands above all others then: neither of the two samples is a close call. */
  const margin = (s: Sample) => {
    const z = logitsWithout(ranked(s), s.id, w);
    return z[s.label] - Math.max(...z.filter((_, k) => k !== s.label));
  };
  const byMargin = [...wrong].sort((a, b) => margin(a) - margin(b));
  const [lost, repaired] = [byMargin[0], byMargin[byMargin.length - 1]];
  assert.ok(margin(lost) < -1e-3 && margin(repaired) > 1e-3);
  const off = ranked(repaired);
  const save = (s: Sample, ...more: string[]) => misfire('prune', 'balanced', '--save', '2', 'off.onnx', '--sample', String(s.id), ...more);

  const { out } = await ok(save(repaired));
  const fixed = all.filter((s) => s.label !== s.predicted && now(off, s.id) === s.label).length;
  const broken = all.filter((s) => s.label === s.predicted && now(off, s.id) !== s.label).length;
  const right = all.filter((s) => s.label === s.predicted).length;
  const share = (n: number) => `${((100 * n) / 90).toFixed(2)} %`;
  assert.match(out, new RegExp(`off\\.onnx: the model with 2 filters of sample ${repaired.id} off\n +conv:${off[0]}, conv:${off[1]}`));
  assert.match(out, new RegExp(`sample ${repaired.id}, a class ${repaired.label}: repaired`));
  assert.ok(out.includes(`accuracy over the 90 samples of balanced: ${share(right)} before, ${share(right + fixed - broken)} after, `
    + `${fixed} sample${fixed === 1 ? '' : 's'} fixed and ${broken} broken`), out);
  const { weights: written } = importGraph(loadModel(readFileSync(at('off.onnx'))));
  assert.equal([...written.get('conv.weight')!.data], [...w.conv.map((v, i) => (off.includes(Math.floor(i / 27)) ? 0 : v))]);
  assert.equal([...written.get('conv.bias')!.data], [...w.bias.map((v, f) => (off.includes(f) ? 0 : v))]);
  assert.is(answerOf('off.onnx', repaired.id), repaired.label);

  // Read back by another reader of the format.
  const { docString, metadataProps } = onnxProto.onnx.ModelProto.toObject(onnxProto.onnx.ModelProto.decode(readFileSync(at('off.onnx'))));
  assert.match(docString, new RegExp(`^misfire \\S+: the model with 2 filters of sample ${repaired.id} off\\.$`));
  assert.equal(metadataProps.map((p: { key: string }) => p.key), ['misfire.change']);
  const change = JSON.parse(metadataProps[0].value);
  assert.equal([change.command, change.mode, change.source.sha256], ['prune', 'channel', await sha256(readFileSync(at('balanced.onnx')))]);
  assert.equal(change.off, off.map((filter) => ({ layer: 'conv', weight: 'conv.weight', filter })));
  assert.equal([change.sample.id, change.sample.repaired, change.sample.after.predicted], [repaired.id, true, repaired.label]);
  assert.equal(change.accuracy, { samples: 90, before: right / 90, after: (right + fixed - broken) / 90, fixed, broken });

  rmSync(at('off.onnx'));
  await refused(save(lost),
    new RegExp(`sample ${lost.id}, a class ${lost.label}, is not repaired, .* off\\.onnx is not written; .*--force`));
  assert.not.ok(existsSync(at('off.onnx')));
  const forced = JSON.parse((await ok(save(lost, '--force', '--test', 'balanced', '--limit', '10', '--json'))).out);
  assert.equal([forced.file, forced.sample.repaired, forced.accuracy.samples], ['off.onnx', false, 10]);
  assert.is(answerOf('off.onnx', lost.id), forced.sample.after.predicted);
  await refused(save(lost, '--force', '--test', 'nowhere'), /nowhere is no run/);
  await misused(misfire('prune', 'run', '--force'), /--force and --test are for --save/);
});

prune('the model is found by its contents', async () => {
  mkdirSync(at('moved'));
  cpSync(at('run'), at('moved/run'), { recursive: true });
  const meta = JSON.parse(readFileSync(at('moved/run/meta.json'), 'utf8'));
  writeFileSync(at('moved/run/meta.json'), JSON.stringify({ ...meta, model: { ...meta.model, file: at('gone.onnx') } }));
  await fails(() => openExperiment(at('moved/run')), /meta\.json is damaged or was changed/);
  rmSync(at('moved/run/SHA256SUMS')); // a run that was edited on purpose
  await fails(() => openExperiment(at('moved/run')), /gone\.onnx, which is no longer there; say with --model/);
  writeFileSync(at('other.onnx'), tinyModel({ ...weights, bias: new Float32Array(4) }));
  await fails(() => openExperiment(at('moved/run'), { model: at('other.onnx') }), /other\.onnx is not the model/);
  copyFileSync(at('tiny.onnx'), at('elsewhere.onnx'));
  const { rows, mistakes, network } = await openExperiment(at('moved/run'), { model: at('elsewhere.onnx') });
  assert.equal([rows.length, mistakes.length, network.classes], [90, mistakes.filter((m) => m.label !== m.predicted).length, 3]);
  writeFileSync(at('tiny.onnx.names'), 'a\nb\n');
  await fails(() => openExperiment(at('run'), { classes: at('tiny.onnx.names') }), /names 2 classes, but the run's model has 3/);
});

prune('--limit draws samples by the seed', () => {
  const rows = Array.from({ length: 50 }, (_, id) => ({ id })) as unknown as Row[];
  const ids = (seed: number) => limited(rows, 10, seed).map((r) => r.id);
  assert.equal(ids(1), [...ids(1)].sort((a, b) => a - b));
  assert.is(new Set(ids(1)).size, 10);
  assert.not.equal(ids(1), ids(2));
  assert.is(limited(rows, 60, 1), rows);
  assert.is(limited(rows, undefined, 1), rows);
});

prune('a folder of other things, of another command and with a damaged journal is refused', async () => {
  await fails(() => makeWorkFolder(folder, EXPERIMENT), /holds .* and no experiment/);
  await fails(() => makeWorkFolder(at('x.npy'), EXPERIMENT), /x\.npy is a file/);
  const found = (await readFinished<unknown>(at('run/prune')))!;
  assert.is(found.head.command, 'prune');
  checkBegun('out', found.head, 'prune', found.head.settings);
  assert.throws(() => checkBegun('out', found.head, 'mask', found.head.settings), /out holds the results of misfire prune/);
  assert.throws(() => checkBegun('out', found.head, 'prune', { ...found.head.settings, more: 1 }),
    /another more: it was not there and is 1/);
  mkdirSync(at('theirs'));
  writeFileSync(at('theirs/journal.jsonl'), 'not a journal\n');
  await fails(() => readFinished(at('theirs')), /not the journal of an experiment/);
  writeFileSync(at('theirs/journal.jsonl'), '{"journal":1,');
  assert.is(await readFinished(at('theirs')), null);
});

prune('refuses in one sentence', async () => {
  await refused(misfire('prune', 'nowhere'), /nowhere is no run of misfire/);
  await refused(misfire('prune', 'run', '--damage', '3', '--seed', '4', '--quiet'),
    /run\/prune was begun with another seed: it was 0 and is 4; give the same again/);
  await misused(misfire('prune', 'run', '--curves', 'salient,loud'), /no curve "loud"/);
  await refused(misfire('prune', 'run', '--counts', '5,6'), /has only 4 filters to turn off/);
  await misused(misfire('prune', 'run', '--save', '2', 'off.onnx'), /go together/);
  const experiment = await openExperiment(at('run'));
  await fails(() => saveWithOff(experiment, 1, [at('off.onnx')], 'channel', { seed: 0 }), /takes a number of filters and a file/);
  await fails(() => saveWithOff(experiment, 1, ['5', at('off.onnx')], 'channel', { seed: 0 }), /only 4 living filters/);
  await fails(() => saveWithOff(experiment, 90, ['1', at('off.onnx')], 'channel', { seed: 0 }), /run has no sample 90/);
  await fails(() => saveWithOff(experiment, 1, ['1', at('no/such/off.onnx')], 'channel', { seed: 0 }), /no\/such/);
});

prune('shards are joined to what one run writes, bit for bit', async () => {
  const args = ['prune', 'run', '--damage', '2', '--resamples', '50', '--limit', '11', '--quiet'];
  await ok(misfire(...args, '--out', 'one'));
  for (const k of [0, 1, 2]) await ok(misfire(...args, '--shard', `${k}/3`, '--out', `third${k}`));
  assert.equal(readdirSync(at('third1')), ['journal.jsonl']);
  await refused(misfire('merge', 'third0', 'third2', '--out', 'thirds'), /of the 3 shards, 1 is missing/);
  const missing = async (...folders: string[]) => (await ok(misfire('merge', ...folders, '--missing'))).out;
  assert.is(await missing('third0', 'third1', 'third2'), '\n');
  assert.is(await missing('third1', 'nowhere'), '0,2\n');
  assert.equal(JSON.parse(await missing('third1', '--json')), { shards: 3, missing: [0, 2] });
  mkdirSync(at('begun'));
  const journal = readFileSync(at('third2/journal.jsonl'), 'utf8');
  writeFileSync(at('begun/journal.jsonl'), journal.split('\n').slice(0, 3).join('\n') + '\n');
  assert.is(await missing('third0', 'third1', 'begun'), '2\n');
  await refused(misfire('merge', 'one', '--missing'), /one holds a whole experiment/);
  await refused(misfire('merge', 'third0', 'run', '--missing'), /run is a run over the whole data set/);
  await refused(misfire(...args, '--shard', '0/2', '--out', 'third0'), /another shard: it was 0\/3 and is 0\/2/);
  await refused(misfire('merge', 'one', '--out', 'thirds'), /one holds a whole experiment/);
  const { out } = await ok(misfire('merge', 'third2', 'third0', 'third1', '--out', 'thirds', '--json'));
  assert.is(out, readFileSync(at('one/result.json'), 'utf8'));
  for (const name of FILES) assert.is(readFileSync(at(`thirds/${name}`), 'utf8'), readFileSync(at(`one/${name}`), 'utf8'), name);
  assert.match((await ok(misfire('merge', 'third0', 'third1', 'third2', '--out', 'thirds'))).err, /joined in thirds\/? already/);
});

prune.run();
