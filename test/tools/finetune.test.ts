/** `misfire finetune` on a network small enough to compute by hand. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpy } from '../../src/data/npy.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { sweptCount, tuningConditions } from '../../src/saliency/experiments/tuning-settings.js';
import { counts, curves, resolveCounts, steps } from '../../tools/finetune/options.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { query } from '../support/duckdb.js';
import { ok, misused, refused } from '../support/outcomes.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { balanced, crossEntropy, tinyLogits, tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-finetune-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);

interface Sample {
  id: number;
  label: number;
  predicted: number;
  profile: number[];
}
interface Outcome {
  curve: string;
  k: number;
  step: number;
  filters: number;
  norm: number;
  predicted: number;
  label: number;
  wrong: number;
  nearRight: number;
  nearLabel: number;
  checkedRight: number;
}
interface Interval {
  mean: number;
  low: number;
  high: number;
}
interface Point {
  curve: string;
  k: number;
  step: number;
  corrected: Interval;
  label: Interval;
  near: Interval;
  nearLabel: Interval;
  accuracy: Interval | null;
}
interface Result {
  curves: string[];
  counts: number[];
  steps: number[];
  sweepAt: number;
  mistakes: number;
  points: Point[];
  salientMinus: (Point & { than: string })[];
  samples: { id: number; label: number; predicted: number; loss: number; near: { id: number; similarity: number }[]; checked: number;
    before: Outcome; outcomes: Outcome[] }[];
}

const w = tinyWeights();
const samplesOf = async (run: string) =>
  (await query(`select id, label, predicted, profile from '${at(run)}/samples/*.parquet' order by id`)) as unknown as Sample[];
const resultOf = (out: string) => JSON.parse(readFileSync(at(`${out}/result.json`), 'utf8')) as Result;
const pictures = (place: string) => {
  const all = parseNpy(readFileSync(at(`${place}x.npy`)), 'x').data as Float32Array;
  return (id: number) => all.subarray(192 * id, 192 * (id + 1));
};
const close = (x: number, y: number, what: string) =>
  assert.ok(Math.abs(x - y) <= 2e-5 * Math.max(1, Math.abs(y)), `${what}: ${x} is not ${y}`);

/** dL/dW by central differences, in float64. */
function gradient(x: ArrayLike<number>, label: number, of = w): Float64Array {
  const conv = Float64Array.from(of.conv);
  return conv.map((value, k) => {
    const loss = (v: number) => {
      conv[k] = v;
      return crossEntropy(tinyLogits(conv, of, x), label);
    };
    const slope = (loss(value + 1e-6) - loss(value - 1e-6)) / 2e-6;
    conv[k] = value;
    return slope;
  });
}

const norms = (g: Float64Array): number[] => Array.from({ length: 4 }, (_, f) => Math.hypot(...g.subarray(27 * f, 27 * (f + 1))));

function stepped(g: Float64Array, filters: readonly number[], step: number): Float64Array {
  const norm = Math.hypot(...filters.map((f) => norms(g)[f]));
  return Float64Array.from(w.conv, (v, k) => (filters.includes(Math.floor(k / 27)) ? v - (step * g[k]) / norm : v));
}

const finetune = suite('misfire finetune');

finetune.before(async () => {
  writeTinyData(folder, 40);
  mkdirSync(at('two'));
  writeTinyData(at('two'), 30);
  await ok(misfire(...TINY, '--out', 'run', '--batch', '16'));
  await ok(command([...TINY, '--out', 'run', '--batch', '16'], at('two')));
});
finetune.after(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS = ['--test', 'two/run', '--counts', '1,2,all', '--step', '0.3,1', '--neighbors', '3', '--subset', '10', '--check', '4',
  '--resamples', '200'];

finetune('every mistake and step against a plain computation', async () => {
  await ok(misfire('finetune', 'run', ...SETTINGS));
  const result = resultOf('run/finetune');
  const [own, others] = [await samplesOf('run'), await samplesOf('two/run')];
  const [picture, other] = [pictures(''), pictures('two/')];
  const stats = parseStatistics(readFileSync(at('run/stats.json'), 'utf8'), 'stats');
  assert.equal(result.samples.map((s) => s.id), own.filter((s) => s.label !== s.predicted).map((s) => s.id));
  assert.ok(result.samples.length > 10 && result.mistakes === result.samples.length);
  assert.equal([result.counts, result.sweepAt], [[1, 2], 2]);
  const unit = ({ profile }: Sample): Float64Array => {
    const s = standardize(profile, stats);
    return s.map((v) => v / Math.hypot(...s));
  };
  const wrong = others.filter((s) => s.label !== s.predicted).map((s) => ({ ...s, unit: unit(s) }));
  for (const s of result.samples) {
    // two/ has the same pictures: with the same label, one is its own picture and no neighbour.
    const candidates = wrong.filter((c) => c.id !== s.id || c.label !== s.label);
    const { profile } = own.find((o) => o.id === s.id)!;
    const saliency = standardize(profile, stats);
    const mine = unit({ ...s, profile });
    const nearest = candidates.map((c) => c.unit.reduce((sum, v, f) => sum + v * mine[f], 0)).sort((x, y) => y - x).slice(0, 3);
    s.near.forEach((n, k) => {
      close(n.similarity, nearest[k], `neighbour ${k}`);
      close(candidates.find((c) => c.id === n.id)!.unit.reduce((sum, v, f) => sum + v * mine[f], 0), n.similarity, 'similarity');
    });
    const g = gradient(picture(s.id), s.label);
    close(s.loss, crossEntropy(tinyLogits(w.conv, w, picture(s.id)), s.label), 'loss');
    assert.equal(s.outcomes.map(({ curve, k, step }) => [curve, k, step].join()), [
      ...['salient', 'random', 'least', 'random-last-stage', 'random-per-layer', 'gradient'].flatMap((c) => [`${c},1,0.3`, `${c},2,0.3`]),
      'all,4,0.3',
      'salient,2,1',
      'random,2,1',
      'all,4,1',
    ]);
    for (const o of s.outcomes) {
      const ranked: Record<string, number[]> = {
        salient: rankFilters(saliency, stats),
        least: rankFilters(saliency.map((v) => -v), stats),
        gradient: rankFilters(profile, stats),
        all: [0, 1, 2, 3],
      };
      // Among filters drawn at random, those whose gradient has the norm that is told.
      const pairs = [[0], [1], [2], [3], [0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]].filter((set) => set.length === o.k);
      const filters = ranked[o.curve]?.slice(0, o.k) ??
        pairs.reduce((x, y) => (Math.abs(Math.hypot(...y.map((f) =>
            norms(g)[f]
          )) - o.norm) < Math.abs(Math.hypot(...x.map((f) => norms(g)[f])) - o.norm)
          ? y
          : x)
        );
      close(o.norm, Math.hypot(...filters.map((f) => norms(g)[f])), `${s.id} ${o.curve} ${o.k}: norm`);
      assert.is(o.filters, o.k);
      const conv = o.norm === 0 ? Float64Array.from(w.conv) : stepped(g, filters, o.step);
      const logits = tinyLogits(conv, w, picture(s.id));
      const what = `${s.id} ${o.curve} ${o.k} ${o.step}`;
      assert.is(o.predicted, argmax(logits), what);
      close(o.label, probability(logits, s.label), what);
      close(o.wrong, probability(logits, s.predicted), what);
      const near = s.near.map((n) => ({ z: tinyLogits(conv, w, other(n.id)), label: wrong.find((c) => c.id === n.id)!.label }));
      assert.is(o.nearRight, near.filter((n) => argmax(n.z) === n.label).length, what);
      close(o.nearLabel, near.reduce((sum, n) => sum + probability(n.z, n.label), 0) / 3, what);
      assert.ok(o.checkedRight >= 0 && o.checkedRight <= s.checked && s.checked === 4);
    }
    assert.is(s.before.nearRight, 0);
  }
});
finetune('means, CSV, text and page agree with the mistakes', async () => {
  const result = resultOf('run/finetune');
  const rows = parse(readFileSync(at('run/finetune/samples.csv'), 'utf8'), { columns: true }) as Record<string, string>[];
  assert.is(rows.length, result.samples.length * 16);
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  for (const [c, p] of result.points.entries()) {
    const mine = rows.filter((r) => r.curve === p.curve && Number(r.k) === p.k && Number(r.step) === p.step);
    assert.is(mine.length, result.samples.length);
    close(p.corrected.mean, mean(mine.map((r) => Number(r.correct_now))), p.curve);
    close(p.near.mean, mean(mine.map((r) => Number(r.neighbors_correct_now) / Number(r.neighbors))), p.curve);
    close(p.label.mean, mean(mine.map((r) => Number(r.label_confidence_change))), p.curve);
    close(p.nearLabel.mean, mean(result.samples.map((s) => s.outcomes[c].nearLabel - s.before.nearLabel)), p.curve);
    close(p.accuracy!.mean, mean(mine.map((r) => (Number(r.checked_correct_now) - Number(r.checked_correct)) / Number(r.checked))),
      p.curve);
    assert.ok(p.corrected.low <= p.corrected.mean && p.corrected.mean <= p.corrected.high);
  }
  for (const d of result.salientMinus) {
    const [salient, than] = [result.points.find((p) => p.curve === 'salient' && p.k === d.k && p.step === d.step)!,
      result.points.find((p) => p.curve === d.than && (p.k === d.k || p.curve === 'all') && p.step === d.step)!];
    close(d.near.mean, salient.near.mean - than.near.mean, d.than);
  }
  assert.is(result.salientMinus.length, 2 * 6 + 2);
  const again = await ok(misfire('finetune', 'run', ...SETTINGS));
  assert.match(again.out, /Neighbours corrected:\n +filters +salient/);
  assert.match(again.out, /By the length of the step, with 2 filters/);
  const page = readFileSync(at('run/finetune/page.html'), 'utf8');
  assert.match(page, /id="count-corrected"/);
  assert.match(page, /id="step-accuracy"/);
  assert.not.match(page, /https?:\/\/(?!www\.w3\.org)[^"' ]*" ?\/?>/);
});
finetune('the samples of the subset take turns, and the seed decides', async () => {
  const order = (args: string[]) => ok(misfire('finetune', 'run', ...args, '--limit', '3', '--json', '--quiet'));
  const args = ['--counts', '1', '--curves', 'random', '--step', '0.3'];
  const [a, b, c] = [await order([...args, '--out', 'a']), await order([...args, '--out', 'b']),
    await order([...args, '--out', 'c', '--seed', '1'])];
  const samples = ({ out }: Ended) => (JSON.parse(out) as Result).samples;
  assert.equal(samples(a), samples(b));
  assert.not.equal(samples(a), samples(c));
  assert.ok(samples(a).every((s) => s.checked === 2 && !s.near.some((n) => n.id === s.id) && s.near.length === 10),
    'no sample is its own neighbour');
});
finetune('goes on where it was killed, and refuses other settings', async () => {
  cpSync(at('run/finetune'), at('resumed'), { recursive: true });
  const text = readFileSync(at('resumed/journal.jsonl'), 'utf8');
  const lines = text.split('\n');
  writeFileSync(at('resumed/journal.jsonl'), `${lines.slice(0, 6).join('\n')}\n${lines[6].slice(0, 50)}`);
  rmSync(at('resumed/samples.csv'));
  const { err } = await ok(misfire('finetune', 'run', ...SETTINGS, '--out', 'resumed'));
  assert.match(err, /going on after 5 of /);
  assert.is(readFileSync(at('resumed/journal.jsonl'), 'utf8'), text);
  assert.is(readFileSync(at('resumed/samples.csv'), 'utf8'), readFileSync(at('run/finetune/samples.csv'), 'utf8'));
  await refused(misfire('finetune', 'run', ...SETTINGS, '--out', 'resumed', '--step', '0.3'),
    /begun with another steps: it was \[0.3,1\] and is \[0.3\]/);
  await refused(misfire('finetune', 'run', ...SETTINGS.slice(2), '--out', 'resumed'), /begun with another test run/);
});
finetune('--save writes the tuned network where it repairs its sample, and says in the file what was done', async () => {
  const b = balanced(w, Array.from({ length: 40 }, (_, id) => pictures('')(id)));
  writeFileSync(at('balanced.onnx'), tinyModel(b));
  await ok(misfire('profile', 'x.npy,y.npy', '--model', 'balanced.onnx', '--quiet', '--out', 'balanced'));
  const step = 0.1;
  const save = (id: number, ...more: string[]) =>
    misfire('finetune', 'balanced', '--save', 'tuned.onnx', '--sample', String(id), '-k', '4', '--step', String(step), ...more);
  /** The answer after the step on all filters, from the definition. */
  const tuned = ({ id, label }: Sample): number[] => {
    const g = gradient(pictures('')(id), label, b);
    const norm = Math.hypot(...g);
    return tinyLogits(b.conv.map((v, k) => v - (step * g[k]) / norm), b, pictures('')(id));
  };
  const wrong = (await samplesOf('balanced')).filter((s) => s.label !== s.predicted);
  /** How far the label stands above all others after it: neither of the two samples is a close call. */
  const margin = (s: Sample) => tuned(s)[s.label] - Math.max(...tuned(s).filter((_, k) => k !== s.label));
  const byMargin = [...wrong].sort((a, c) => margin(a) - margin(c));
  const [lost, repaired] = [byMargin[0], byMargin[byMargin.length - 1]];
  assert.ok(margin(lost) < -1e-3 && margin(repaired) > 1e-3);
  const { id, label } = repaired;
  const { out } = await ok(save(id));
  assert.match(out, new RegExp(`tuned.onnx: the model after a step of ${step} on 4 of 4 filters for sample ${id}\n`));
  assert.match(out, /: repaired\n[^]*accuracy over the 40 samples of balanced: [^]* fixed and \d+ broken/);
  const model = loadModel(readFileSync(at('tuned.onnx')), { name: 'tuned' });
  const { weights } = importGraph(model);
  const logits = tinyLogits(weights.get('conv.weight')!.data, b, pictures('')(id));
  close(probability(logits, label), probability(tuned(repaired), label), 'the file answers as the definition');
  const change = JSON.parse(model.metadata.get('misfire.change')!);
  assert.equal([change.command, change.step, change.tuned.length, change.sample.id, change.sample.repaired], ['finetune', step, 4, id,
    true]);
  close(change.sample.after.labelConfidence, probability(logits, label), 'as the file says');

  await refused(save(lost.id), new RegExp(`sample ${lost.id}, .* is not repaired, .*tuned\\.onnx is not written`));
  assert.is(JSON.parse((await ok(save(lost.id, '--force', '--json', '--limit', '5'))).out).sample.repaired, false);
  await refused(misfire('finetune', 'run', '--save', 'no.onnx', '--sample', '999'), /run has no sample 999/);
  await refused(misfire('finetune', 'run', '--save', 'no.onnx', '--sample', String(id), '-k', '5'),
    /only 4 living filters; -k was given 5/);
  await misused(misfire('finetune', 'run', '--save', 'no.onnx'), /--save FILE and --sample ID go together/);
  await misused(misfire('finetune', 'run', '--force'), /--force is for --save/);
  assert.not(existsSync(at('no.onnx')));
});
finetune('refuses what it cannot measure', async () => {
  await refused(misfire('finetune', 'run', '--counts', '7', '--quiet'), /leave nothing to measure; the network has 4 living filters/);
  await refused(misfire('finetune', 'run', '--sweep-at', '3', '--counts', '1,2'),
    /--sweep-at 3 is none of the numbers of filters measured, 1, 2/);
  await refused(misfire('finetune', 'run', '--test', 'nowhere', '--counts', '1'), /nowhere is no run/);
  await misused(misfire('finetune', 'run', '-k', '3'), /-k is for --save/);
});
finetune.run();

// ---------------------------------------------------------------- settings

const settings = suite('the settings of misfire finetune');
settings('numbers of filters may be shares, each once and rising', () => {
  assert.equal(resolveCounts(counts('10,25,50,100,150,1%,all'), 26560), [10, 25, 50, 100, 150, 266]);
  assert.equal(resolveCounts(counts('10,1%,5'), 1000), [5, 10]);
  assert.equal(resolveCounts(counts('1%'), 20), [1]);
  assert.ok(counts('1%,all').all && !counts('1%').all);
  for (const text of ['', '0', '-1', '1.5', '0%', '101%', 'a']) assert.throws(() => counts(text), /comma list/);
});
settings('the step is swept with the number nearest to 150', () => {
  assert.is(sweptCount([10, 25, 50, 100, 150, 266]), 150);
  assert.is(sweptCount([10, 25]), 25);
});
settings('conditions: the curves with the first step, then the sweep', () => {
  const conditions = tuningConditions({
    curves: ['salient', 'least', 'all'],
    counts: [1, 9],
    steps: steps('0.5,0.1,0.5'),
    sweep: ['salient', 'all'],
    sweepAt: 9,
    neighbors: 1,
    subset: 1,
    check: 1,
    seed: 0,
  }, 12);
  assert.equal(conditions.map(({ curve, k, step }) => `${curve} ${k} ${step}`), ['salient 1 0.5', 'salient 9 0.5', 'least 1 0.5',
    'least 9 0.5', 'all 12 0.5', 'salient 9 0.1', 'all 12 0.1']);
});
settings('curves and steps are checked', () => {
  assert.equal(curves('all,salient'), ['salient', 'all']);
  assert.throws(() => curves('salient,best'), /no curve "best"/);
  for (const text of ['', '1,', 'x', '-1', 'Infinity']) assert.throws(() => steps(text), /numbers above 0/);
});
settings.run();
