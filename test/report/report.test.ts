/** The report's sentences and numbers, from answers made up; the page itself is tested in test/browser/report.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conclude, verdicts } from '../../src/report/conclusion.js';
import type { Changed, Report, Step } from '../../src/report/data.js';
import { offFigure } from '../../src/report/figures/changes.js';
import { reportPictures, shownPicture } from '../../src/report/pictures.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import { renderReport } from '../../src/report/render.js';
import { confidence } from '../../src/report/numbers.js';
import { PREPROCESSINGS, preprocess } from '../../src/data/preprocess.js';
import { random } from '../../reference/random.js';

const STAR = 0, CIRCLE = 1, MOON = 2;
const NAMES = ['star', 'circle', 'moon'];
const answer = (k: number, probability: number) => ({ class: k, name: NAMES[k], probability });
const spread = { mean: 0.5, low: 0.4, high: 0.6 };

function step(count: number, predicted: number, moved = 0, repaired = 0): Step {
  const salient: Changed = { wrong: 0.5, label: 0.3, rivals: [0.2], predicted };
  return { count, salient, random: { wrong: spread, label: spread, rivals: [spread], moved, repaired } };
}

function report(changes: Partial<Report> = {}, filters = 4): Report {
  const values = Array.from({ length: filters }, (_, k) => filters - k);
  const numbers: Report = {
    input: 'a.png',
    answer: { predicted: answer(STAR, 0.9), label: answer(CIRCLE, 0.1), loss: 2.3, top: [answer(STAR, 0.9), answer(CIRCLE, 0.1)] },
    saliency: { standardized: true, values, dead: [] },
    top: [{ index: 0, layer: 'conv', filter: 0, saliency: filters }],
    map: null,
    comparisons: [],
    comparedOf: 'loss',
    rivals: [MOON],
    off: [step(0, STAR), step(1, STAR), step(2, CIRCLE, 3, 1)],
    masked: null,
    known: null,
    neighbors: null,
    classes: { 0: 'star', 1: 'circle', 2: 'moon' },
    verdict: { filters: 'unchanged', pixels: null },
    conclusion: [],
    made: {
      version: '0',
      model: { file: 'm.onnx', sha256: 'a'.repeat(64), filters, layers: [{ name: 'conv', filters, offset: 0 }] },
      pictureShape: [3, 8, 8],
      adapter: { description: 'none', software: true },
      aggregation: 'mean-abs',
      statistics: { file: 's.json', samples: 9 },
      settings: { draws: 8, seed: 0, fill: 'mean', off: 'channel' },
    },
    ...changes,
  };
  return { ...numbers, verdict: verdicts(numbers), conclusion: conclude(numbers) };
}

// ---------------------------------------------------------------- conclusion

const conclusion = suite('conclude');

conclusion('repaired: the least number that gives the label, beside the random ones that do', () => {
  assert.is(report().verdict.filters, 'repaired');
  assert.equal(report().conclusion, [
    'The network calls this picture star with 90.0 % confidence; it is labelled circle, which gets 10.0 %.',
    'Repaired: with the 2 most salient of 4 filters off, the network says circle, the label (30.0 %). '
    + 'With as many random ones off, it says so in 1 of 8 draws.',
  ]);
});

conclusion('a repair counts for more than an earlier move; where it does not last, the numbers that repair are told', () => {
  const moved = report({ off: [step(0, STAR), step(1, MOON, 2), step(2, CIRCLE, 3, 1), step(5, CIRCLE), step(10, STAR)] });
  assert.is(moved.verdict.filters, 'repaired');
  assert.match(moved.conclusion[1], /^Repaired: with the 2 most salient .* \(30\.0 %\); of the numbers tried, only with 2, 5\. With/);
});

conclusion('changed, still wrong: a third class is no success', () => {
  const moved = report({ off: [step(0, STAR), step(1, MOON, 2), step(2, MOON, 3)] });
  assert.is(moved.verdict.filters, 'changed');
  assert.is(moved.conclusion[1],
    'Changed, still wrong: with the single most salient of 4 filters off, the network says moon (20.0 %), not circle, the label (30.0 %). '
      + 'With a random one off, the answer changes in 2 of 8 draws.');
});

conclusion('unchanged: what the answer still is, and what random ones do', () => {
  const still = report({ off: [step(0, STAR), step(1, STAR), step(2, STAR, 5)] });
  assert.is(still.verdict.filters, 'unchanged');
  assert.is(still.conclusion[1],
    'Unchanged: with the 2 most salient of 4 filters off, the network still says star (50.0 %, 90.0 % before), '
      + 'and so with fewer. With as many random ones off, the answer changes in 5 of 8 draws.');
});

conclusion('where random ones do the same, it says little', () => {
  const common = report({ off: [step(0, STAR), step(1, CIRCLE, 6, 4)] });
  assert.match(common.conclusion[1], /it says so in 4 of 8 draws, so that this says little about these filters\.$/);
  assert.not.match(report({ off: [step(0, STAR), step(1, CIRCLE, 6, 3)] }).conclusion[1], /little/);
});

conclusion('pixels by their share', () => {
  const masked = [{ ...step(0, STAR), share: 0 }, { ...step(1, STAR), share: 0.01 }, { ...step(3, CIRCLE), share: 0.05 }];
  assert.is(report({ masked }).verdict.pixels, 'repaired');
  assert.is(report().verdict.pixels, null);
  assert.is(report({ masked }).conclusion[2], 'Repaired: with the 5 % most salient pixels covered, the network says circle, the label '
    + '(30.0 %). With as many random ones covered, it says so in 0 of 8 draws.');
});

conclusion('a cause that is known is covered, and stands in place of the most salient pixels', () => {
  const masked = [{ ...step(0, STAR), share: 0 }, { ...step(1, STAR), share: 0.1 }];
  const { conclusion: text, verdict } = report({ masked, known: { name: 'the sticker', ...step(64, CIRCLE, 1, 0) } });
  assert.equal(verdict, { filters: 'repaired', pixels: 'unchanged', known: 'repaired' });
  assert.is(text[2], 'Repaired: with the sticker covered (64 pixels), the network says circle, the label (30.0 %). '
    + 'With a patch of the same form covered elsewhere, it says so in 0 of 8 draws.');
  assert.not.match(text.join(' '), /most salient pixels/);
});

conclusion('neighbours that are the same mistake', () => {
  const near = (label: number, predicted: number) => ({ id: 0, path: 'b', label, labelName: NAMES[label], predicted,
    predictedName: NAMES[predicted], similarity: 0.5 });
  const found = [near(CIRCLE, STAR), near(CIRCLE, MOON), near(MOON, STAR), near(CIRCLE, STAR)];
  assert.is(report({ neighbors: { run: 'r', candidates: 9, found } }).conclusion[2],
    'Of the 4 mistakes whose filters are blamed most alike, 2 are the same, circle called star.');
  assert.match(report({ neighbors: { run: 'r', candidates: 9, found: found.slice(1, 3) } }).conclusion[2], /none is the same/);
});

conclusion('neighbours of a picture the network is sure of', () => {
  assert.match(report({ neighbors: { run: 'r', candidates: 9, blank: true, found: [] } }).conclusion[2], /almost zero: .* says nothing\.$/);
});

conclusion('an answer that is right', () => {
  const right = report({ answer: { predicted: answer(STAR, 0.9), label: answer(STAR, 0.9), loss: 0.1, top: [answer(STAR, 0.9)] },
    rivals: [CIRCLE], off: [step(0, STAR), step(1, CIRCLE, 1)] });
  assert.match(right.conclusion[0], /and that is its label/);
  assert.is(right.verdict.filters, 'broken');
  assert.match(right.conclusion[1],
    /^No longer right: .* says circle \(20\.0 %\) instead of star, the label\. With a random one off, the answer changes in 1 of 8/);
});

conclusion('no share is rounded to none or to all', () => {
  assert.equal([0, 1e-9, 0.0004, 0.5, 0.9996, 1].map(confidence), ['0.0 %', 'under 0.1 %', 'under 0.1 %', '50.0 %', 'over 99.9 %',
    '100.0 %']);
});

conclusion.run();

// ---------------------------------------------------------------- pictures and size

const render = suite('renderReport');

render('a prepared picture looks as it did before', () => {
  const r = random('shown');
  const picture = { width: 5, height: 4, data: Uint8Array.from({ length: 60 }, () => Math.floor(256 * r())) };
  const how = { ...PREPROCESSINGS.imagenet, resize: null, crop: null };
  assert.equal(shownPicture(preprocess(picture, how).data, [3, 4, 5], how), picture);
});

render("ResNet-50's 26,560 filters and six maps of 224 x 224 noise are under 3 MB", async () => {
  const side = 224, filters = 26560, each = filters / 53 | 0;
  const r = random('large');
  const layers = Array.from({ length: 53 },
    (_, k) => ({ name: `layer${k}.conv`, offset: k * each, filters: k === 52 ? filters - k * each : each }));
  const values = Array.from({ length: filters }, () => Number((10 * r() - 5).toPrecision(6)));
  const base = report({}, filters);
  const large: Report = { ...base, saliency: { ...base.saliency, values }, made: { ...base.made, model: { ...base.made.model, layers } } };
  const map = Float32Array.from({ length: side ** 2 }, r);
  const shown = { width: side, height: side, data: Uint8Array.from({ length: 3 * side ** 2 }, () => 256 * r()) };
  const text = await renderReport(large,
    await reportPictures({ shown, map, comparisons: new Map(['a', 'b', 'c', 'd', 'e'].map((n) => [n, map])) }, encodePicture),
    await reportScripts());
  assert.ok(text.length < 3e6, `${text.length} bytes`);
});

render('attributions say of which class they are, and stand beside those on a trace', async () => {
  const shown = { width: 2, height: 2, data: new Uint8Array(12) };
  const map = Float32Array.of(0, 1, 2, 3);
  const page = async (names: readonly string[], attributed?: number) => {
    const pictures = await reportPictures({ shown, map: null, comparisons: new Map(names.map((n) => [n, map])) }, encodePicture);
    return renderReport(report({ comparisons: names, ...(attributed !== undefined && { attributed }) }), pictures, await reportScripts());
  };
  const alone = await page(['gradient', 'lrp'], CIRCLE);
  assert.match(alone, /<b>gradient<\/b>: the gradient of the loss against circle/);
  assert.match(alone, /<b>LRP<\/b>: of the logit of circle: the logit handed back, .* \(Bach et al/);
  assert.not.match(alone, /class="beside"/);
  const both = await page(['lrp', 'lrp on the trace', 'occlusion'], STAR);
  assert.match(both,
    /class="beside">.*<b>LRP on the network<\/b>: of the logit of star: .*<b>LRP on the trace<\/b>: of the logit of star in/s);
  assert.match(both, /<b>occlusion on the network<\/b>/);
});

render('no place on the machine that made it, in what is shown and in the data', async () => {
  const shown = { width: 2, height: 2, data: new Uint8Array(12) };
  const pictures = await reportPictures({ shown, map: null, comparisons: new Map() }, encodePicture);
  const base = report({ input: '/home/someone/a.png', neighbors: { run: '/data/run', candidates: 3, found: [] } });
  const placed: Report = { ...base,
    made: { ...base.made, model: { ...base.made.model, file: 'C:\\models\\m.onnx' },
      statistics: { file: '/tmp/mean.npy,/tmp/std.npy', samples: 9 } } };
  const text = await renderReport(placed, pictures, await reportScripts());
  assert.not.match(text, /\/home\/someone|\/data\/run|C:\\+models|\/tmp\//);
  for (const name of ['a.png', 'm.onnx', 'mean.npy,std.npy']) assert.ok(text.includes(name), name);
});

render('a third class that wins has a line of its own in the chart', async () => {
  const offSteps = [step(0, STAR), step(1, MOON, 2), step(2, CIRCLE, 3, 1)];
  const spec = JSON.stringify((await offFigure('x', report({ off: offSteps }))).spec);
  assert.ok(spec.includes('moon (said then)') && spec.includes('"p":0.2'), 'moon at its own probability');
  const elsewhere = await offFigure('x', report({ off: [step(0, STAR), step(2, CIRCLE, 3, 1)] }));
  assert.not.match(JSON.stringify(elsewhere.spec), /said then/, 'a class that wins only where pixels are covered');
  const none = offSteps.map((s) => ({ ...s, salient: { ...s.salient, rivals: [] }, random: { ...s.random, rivals: [] } }));
  assert.not.match(JSON.stringify((await offFigure('x', report({ rivals: [], off: none }))).spec), /said then/);
});

render('without a map, without statistics, with an answer that is right', async () => {
  const shown = { width: 2, height: 2, data: new Uint8Array(12) };
  const bare = report({ rivals: [CIRCLE], saliency: { standardized: false, values: [4, 3, 2, 1], dead: [] },
    answer: { predicted: answer(STAR, 0.9), label: answer(STAR, 0.9), loss: 0.1, top: [answer(STAR, 0.9)] } });
  const text = await renderReport({ ...bare, made: { ...bare.made, statistics: null } },
    await reportPictures({ shown, map: null, comparisons: new Map() }, encodePicture), await reportScripts());
  assert.match(text, /Why star was called star/);
  assert.match(text, /ranks the raw gradient, not the standardized saliency/);
  assert.match(text, /most salient of 4 filters by raw gradient off/);
  assert.not.match(text.replace(/<script[^]*?<\/script>/g, ''), /type="range"|pixels are covered|undefined|NaN/);
});

render.run();
