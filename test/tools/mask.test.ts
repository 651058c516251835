/** `misfire mask`: every step against the definition. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'csv-parse/sync';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { classifier } from '../../src/classifier.js';
import { openDawnDevice } from '../../src/dawn.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { randomPixels, shiftMap } from '../../src/saliency/masking.js';
import { probability } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { parseStatistics, standardize } from '../../src/saliency/standardize.js';
import type { MaskedSample } from '../../src/saliency/experiments/masking.js';
import { randomRegion } from '../../src/saliency/experiments/regions.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { ok, misused, refused } from '../support/outcomes.js';
import { writeTinyData } from '../../reference/profile-runs.js';
import { random } from '../../reference/random.js';
import { tinyLogits, tinyModel, tinyProfile, tinyWeights } from '../../reference/tiny-model.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-mask-'));
const at = (name: string) => join(folder, name);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);
const json = (path: string) => JSON.parse(readFileSync(at(path), 'utf8'));

const SAMPLES = 24, MEAN = [0.4, 0.5, 0.6], STD = [0.2, 0.25, 0.3];
const WHOLE = 3; // the sample whose box covers all of it

/** Pictures of 10 x 8, cropped to 8 x 8: prepared pixel x is pixel x + 1. Every other one has a box. */
async function writePictures(): Promise<Float32Array[]> {
  const draw = random('mask pictures');
  mkdirSync(at('pics'));
  const lines = ['file,label,boxes'];
  const prepared: Float32Array[] = [];
  for (let k = 0; k < SAMPLES; k++) {
    const data = Uint8Array.from({ length: 240 }, () => Math.floor(256 * draw()));
    await sharp(data, { raw: { width: 10, height: 8, channels: 3 } }).png().toFile(at(`pics/${k}.png`));
    prepared.push(Float32Array.from({ length: 192 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / 64), Math.floor(i / 8) % 8, i % 8];
      // Rounded as the preprocessing rounds: the last digit decides between pixels that are equally salient.
      return Math.fround(Math.fround(data[(y * 10 + x + 1) * 3 + c] / 255) - Math.fround(MEAN[c])) / Math.fround(STD[c]);
    }));
    lines.push(`${k}.png,${k % 3},${k === WHOLE ? '"0,0,10,8"' : k % 2 ? '"1.5,2,4.2,5 9,0,10,1"' : ''}`);
  }
  writeFileSync(at('pics/labels.csv'), `${lines.join('\n')}\n`);
  writeFileSync(at('how.json'), JSON.stringify({ resize: null, crop: 8, mean: MEAN, std: STD }));
  writeFileSync(at('tiny.onnx'), tinyModel(tinyWeights()));
  return prepared;
}

/** Prepared pixels outside the boxes: of the first one columns 0 to 3 of rows 2 to 4, of the second none are left after the crop. */
const outside = (id: number): Uint8Array =>
  Uint8Array.from({ length: 64 }, (_, p) => (id === WHOLE || (id % 2 === 1 && p % 8 <= 3 && p >= 16 && p < 40) ? 0 : 1));

const prepared = await writePictures();
const PROFILE = ['profile', 'pics', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--quiet', '--out', 'run'];
await ok(misfire(...PROFILE));
const MASK = ['mask', 'run', '--top', '2', '--shares', '5,25', '--draws', '3', '--quiet'];
const statistics = () => parseStatistics(readFileSync(at('run/stats.json'), 'utf8'), 'run');

interface Sample extends MaskedSample {
  id: number;
  path: string;
  label: number;
  predicted: number;
}

// ---------------------------------------------------------------- every mistake

const masks = suite('misfire mask');

masks('every step against the definition: which pixels, what they are filled with, what the network says and how salient its filters are',
  async () => {
    const { out } = await ok(misfire(...MASK, '--json', '-'));
    const answer = JSON.parse(out);
    assert.equal(json('run/mask/result.json'), answer);
    const weights = tinyWeights();
    const stats = statistics();
    const device = await openDawnDevice();
    const explainer = new Explainer(classifier(loadModel(tinyModel(weights), { name: 'tiny' })), device);
    try {
      assert.ok(answer.results.length >= 8 && answer.results.some((s: Sample) => s.id === WHOLE),
        'the tiny network makes too few mistakes to say anything');
      for (const s of answer.results as Sample[]) {
        const picture = prepared[s.id];
        const allowed = outside(s.id);
        const maskable = allowed.reduce((n, v) => n + v, 0);
        assert.equal([s.label, s.pixels, s.maskable], [s.id % 3, 64, maskable]);
        assert.not(s.label === s.predicted);
        const saliencyOf = (x: Float32Array) => {
          const standardized = standardize(tinyProfile(weights, x, s.label), stats);
          return (standardized[s.filters[0]] + standardized[s.filters[1]]) / 2;
        };
        const profile = standardize(tinyProfile(weights, picture, s.label), stats);
        assert.equal(s.filters, [0, 1, 2, 3].sort((a, b) => profile[b] - profile[a]).slice(0, 2));
        near(s.before.saliency!, saliencyOf(picture), 1e-2);
        if (s.id === WHOLE) {
          assert.equal([s.steps, s.skipped], [[], 'its object boxes cover the whole picture']);
          continue;
        }
        assert.is(s.steps.length, 3 * 7 * 2);
        const [{ gradient }] = await explainer.inputMaps([picture], [s.label], [s.filters], stats);
        const map = Array.from({ length: 64 }, (_, p) => Math.max(...[0, 64, 128].map((c) => Math.abs(gradient[c + p]))));
        const ranked = (values: ArrayLike<number>) =>
          [...allowed.keys()].filter((p) => allowed[p]).sort((a, b) => values[b] - values[a] || a - b);
        for (const step of s.steps) {
          const count = Math.max(1, Math.round(step.share * maskable));
          const most = Math.round(0.25 * maskable);
          const drawn = (control: number) => new Random(0, s.id, control, step.draw!);
          const pixels = (step.choice === 'salient' ? ranked(map) : step.choice === 'random' ?
            randomPixels(most, 64, drawn(0), allowed)
            : ranked(shiftMap(Float32Array.from(map), [3, 8, 8], drawn(1)))).slice(0, count);
          assert.is(step.pixels, count);
          assert.ok(pixels.every((p) => allowed[p]));
          const filled = picture.slice();
          for (const p of pixels) {
            for (const c of [0, 1, 2]) {
              filled[64 * c + p] = step.fill === 'mean'
                ? 0
                : step.fill === 'grey'
                ? (0.5 - MEAN[c]) / STD[c]
                : blurred(picture, c, p);
            }
          }
          const logits = tinyLogits(weights.conv, weights, filled);
          near(step.wrong, probability(logits, s.predicted), 1e-5);
          near(step.label, probability(logits, s.label), 1e-5);
          assert.is(step.predicted, logits.indexOf(Math.max(...logits)));
          if ((step.draw ?? 0) > 0) assert.is(step.saliency, null);
          else near(step.saliency!, saliencyOf(filled), 1e-2);
        }
      }
    } finally {
      explainer.destroy();
      device.destroy();
    }
  });

const near = (got: number, want: number, tolerance: number) => assert.ok(Math.abs(got - want) <= tolerance, `${got} is not ${want}`);

/** A Gaussian of deviation 0.5, as far as 2 pixels. */
function blurred(picture: Float32Array, c: number, p: number): number {
  let sum = 0, weight = 0;
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const [dy, dx] = [y - Math.floor(p / 8), x - (p % 8)];
      if (Math.max(Math.abs(dy), Math.abs(dx)) > 2) continue;
      const w = Math.exp(-2 * (dy * dy + dx * dx));
      sum += w * picture[64 * c + 8 * y + x];
      weight += w;
    }
  }
  return sum / weight;
}

masks('the table has every step, and the means are those of the table', async () => {
  const { out } = await ok(misfire(...MASK)); // all is there already, and is written again
  const answer = json('run/mask/result.json');
  const rows = parse(readFileSync(at('run/mask/samples.csv')), { columns: true }) as Record<string, string>[];
  const kept = (answer.results as Sample[]).filter((s) => s.skipped === null);
  assert.is(rows.length, 42 * kept.length);
  assert.equal([answer.samples, answer.skipped, answer.boxed], [kept.length, [{ id: WHOLE,
    why: 'its object boxes cover the whole picture' }], answer.results.filter((s: Sample) => s.id % 2).length]);
  assert.is(answer.points.length, 6);
  for (const { fill, share, curves: { salient, ...controls }, salientMinus } of answer.points) {
    const linesOf = (choice: string) => rows.filter((r) => r.fill === fill && Number(r.share) === share && r.choice === choice);
    const mean = (v: number[]) => v.reduce((x, y) => x + y, 0) / v.length;
    const measures: [string, (r: Record<string, string>) => number][] = [
      ['wrong', (r) => Number(r.wrong_change)],
      ['label', (r) => Number(r.label_change)],
      ['corrected', (r) => Number(r.corrected)],
      ['saliency', (r) => (Number(r.saliency) - Number(r.saliency_before)) / Math.abs(Number(r.saliency_before))],
    ];
    for (const [key, value] of measures) {
      const meanOf = (choice: string) => mean(linesOf(choice).filter((r) => key !== 'saliency' || r.saliency !== '').map(value));
      const close = (got: number, want: number) => near(got, want, 1e-6 * Math.max(1, Math.abs(want)));
      close(salient[key].mean, meanOf('salient'));
      assert.equal(Object.keys(controls), ['random', 'shifted']);
      for (const control of Object.keys(controls)) {
        close(controls[control][key].mean, meanOf(control));
        close(salientMinus[control][key].mean, meanOf('salient') - meanOf(control));
      }
      assert.ok(salient[key].low <= salient[key].mean && salient[key].mean <= salient[key].high);
    }
    // Student's t by hand.
    const changes = linesOf('salient').map((r) => Number(r.wrong_change));
    const deviation = Math.sqrt(changes.reduce((sum, v) => sum + (v - mean(changes)) ** 2, 0) / (changes.length - 1));
    near(salient.wrong.t.statistic / (mean(changes) / (deviation / Math.sqrt(changes.length))), 1, 1e-5);
    assert.ok(out.includes(`filled with ${fill}:`));
  }
  const page = readFileSync(at('run/mask/page.html'), 'utf8');
  assert.equal(page.match(/<figure class="chart"/g)!.length, 12);
  assert.match(page, /left out:|Left out:/i);
});

masks('goes on where it was stopped, with the same answer; other settings are refused', async () => {
  await ok(misfire(...MASK, '--limit', '4', '--out', 'again'));
  assert.is(json('again/result.json').results.length, 4);
  const path = at('again/journal.jsonl');
  assert.is(readFileSync(path, 'utf8').split('\n').length, 6);
  appendFileSync(path, '{"id": 5, "res'); // a killed process's last line
  await ok(misfire(...MASK, '--out', 'again'));
  assert.equal(json('again/result.json'), json('run/mask/result.json'));
  await refused(misfire('mask', 'run', '--top', '2', '--shares', '5', '--draws', '3', '--quiet'),
    /begun with another shares: it was \[0\.05,0\.25\] and is \[0\.05\]/);
  await ok(misfire(...MASK, '--seed', '1', '--fill', 'mean', '--against', 'random', '--out', 'seed'));
  const [a, b] = [json('run/mask/result.json'), json('seed/result.json')];
  const steps = (r: { results: Sample[] }, is: boolean) =>
    r.results.flatMap((s) => s.steps.filter((x) => x.fill === 'mean' && x.choice !== 'shifted' && (x.draw === null) === is));
  assert.equal(steps(a, true), steps(b, true));
  assert.not.equal(steps(a, false), steps(b, false));
});

masks('prepared arrays have no grey', async () => {
  mkdirSync(at('arrays'));
  writeTinyData(at('arrays'), 12);
  await ok(misfire('profile', 'arrays/x.npy,arrays/y.npy', '--model', 'tiny.onnx', '--quiet', '--out', 'array-run'));
  const { err } = await ok(misfire('mask', 'array-run', '--top', '1', '--draws', '1', '--shares', '10', '--limit', '2'));
  assert.match(err, /the fill grey is left out/);
  assert.equal(json('array-run/mask/result.json').fills, ['mean', 'blur']);
  await refused(misfire('mask', 'array-run', '--top', '1', '--fill', 'grey'), /grey has no value/);
});

masks('refuses in one sentence', async () => {
  await refused(misfire('mask', 'run'), /the network has 4 filters whose saliency varies, and to boost 10 leaves none to compare with/);
  await misused(misfire(...MASK, '--shares', '0'), /percentages above 0, up to 100/);
  await misused(misfire(...MASK, '--fill', 'pink'), /no fill "pink"; there are mean, grey, blur/);
  await misused(misfire(...MASK, '--paste'), /--paste and --sample ID go together/);
  await misused(misfire(...MASK, '--onto', '1'), /--onto says which pictures/);
  await refused(misfire(...MASK, '--out', 'pics'), /pics holds .* and no experiment/);
});

masks.run();

// ---------------------------------------------------------------- one region pasted

const pasting = suite('misfire mask --paste');
const mistakes = () => json('run/mask/result.json').results as Sample[];

pasting('the region, and random ones of its size, on every other picture of the class, against the definition', async () => {
  const [{ id, label, predicted }] = mistakes();
  const { out } = await ok(misfire('mask', 'run', '--paste', '2,1,5,7', '--sample', String(id), '--draws', '2', '--quiet', '--json', '-'));
  const answer = JSON.parse(out);
  assert.equal([answer.sample.id, answer.pulled, answer.onto, answer.region], [id, predicted, label, { x0: 2, y0: 1, x1: 5, y1: 7 }]);
  assert.equal(answer.results.map((r: { id: number }) => r.id),
    Array.from({ length: SAMPLES }, (_, k) => k).filter((k) => k % 3 === label && k !== id));
  const weights = tinyWeights();
  const pulled = (x: Float32Array) => probability(tinyLogits(weights.conv, weights, x), predicted);
  const paste = (onto: Float32Array, x0: number, y0: number) =>
    Float32Array.from(onto, (v, i) => {
      const [c, y, x] = [Math.floor(i / 64), Math.floor(i / 8) % 8, i % 8];
      return x >= 2 && x < 5 && y >= 1 && y < 7 ? prepared[id][c * 64 + (y - 1 + y0) * 8 + (x - 2 + x0)] : v;
    });
  const changes: number[] = [];
  for (const { id: onto, before, salient, random: drawn } of answer.results) {
    near(before.pulled, pulled(prepared[onto]), 1e-5);
    near(salient.pulled, pulled(paste(prepared[onto], 2, 1)), 1e-5);
    drawn.forEach(({ pulled: got }: { pulled: number }, d: number) => {
      const { x0, y0 } = randomRegion({ x0: 2, y0: 1, x1: 5, y1: 7 }, [3, 8, 8], new Random(0, d));
      near(got, pulled(paste(prepared[onto], x0, y0)), 1e-5);
    });
    changes.push(salient.pulled - before.pulled);
  }
  near(answer.salient.mean, changes.reduce((x, y) => x + y, 0) / changes.length, 1e-6);
  assert.is(answer.rising.salient, changes.filter((v) => v > 0).length);
  const rows = parse(readFileSync(at(`run/mask-paste-${id}/samples.csv`)), { columns: true }) as object[];
  assert.is(rows.length, 3 * changes.length);
  assert.match(readFileSync(at(`run/mask-paste-${id}/page.html`), 'utf8'), /<img src="data:image\/png;base64,/);
});

pasting('by default the salient region; the class by name or index, and no more than --limit', async () => {
  writeFileSync(at('names.txt'), '<b>ant</b>\nbee\ncow\n');
  const { id, label } = mistakes().find((s) => s.id % 2 === 0)!;
  const other = (label + 1) % 3;
  const { out } = await ok(
    misfire('mask', 'run', '--paste', '--sample', String(id), '--top', '2', '--onto', ['<b>ant</b>', 'bee', 'cow'][other], '--classes',
      'names.txt', '--limit', '3', '--out', 'paste')
  );
  assert.match(out, /pasted onto 3 other pictures of/);
  const { region: { x0, y0, x1, y1 }, results, onto } = json('paste/result.json');
  assert.ok(x0 >= 0 && x0 < x1 && x1 <= 8 && y0 >= 0 && y0 < y1 && y1 <= 8 && (x1 - x0) * (y1 - y0) < 64);
  assert.equal([onto, results.length, results.every((r: { label: number }) => r.label === other)], [other, 3, true]);
  assert.not(readFileSync(at('paste/page.html'), 'utf8').includes('<b>ant'));
});

pasting('refuses in one sentence', async () => {
  const { id } = mistakes()[0];
  const right = Array.from({ length: SAMPLES }, (_, k) => k).find((k) => mistakes().every((s) => s.id !== k))!;
  const paste = (region: string[], sample: number, ...more: string[]) =>
    misfire('mask', 'run', '--paste', ...region, '--sample', String(sample), '--top', '2', '--quiet', ...more);
  await misused(paste(['1,2,3'], id), /--paste takes x0,y0,x1,y1/);
  await refused(paste([], right), /gets sample \d+ of run right/);
  await refused(paste([], WHOLE), /the object boxes cover the whole picture/);
  await refused(paste([], id, '--onto', '7'), /Label 7 is out of range/);
});

pasting.run();

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
