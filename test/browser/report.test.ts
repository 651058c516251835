/** The report of the demo's picture, opened from the disk in Chromium. REPORT_SCREENSHOT=FILE.png keeps a picture of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { Classes } from '../../src/data/classes.js';
import { sha256 } from '../../src/data/sha256.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { firstOrderMap } from '../../src/saliency/attribution.js';
import { BOOST, BOOSTED, pixelMap } from '../../src/saliency/input.js';
import { filterCount } from '../../src/saliency/network.js';
import { turnOff } from '../../src/saliency/off.js';
import { argmax, probability } from '../../src/saliency/prediction.js';
import { Random } from '../../src/saliency/random.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { CLASSES, sample, SIZE, toInputs } from '../../tools/demo/pictures.js';
import type { Report } from '../../tools/report/data.js';
import { gatherReport } from '../../tools/report/gather.js';
import { reportPictures } from '../../tools/report/pictures.js';
import { renderReport, renderReports, type Illustrated } from '../../tools/report/render.js';
import { percent } from '../../tools/report/words.js';
import { closeDevices, devices } from '../support/device.js';
import { root } from '../support/paths.js';
import { skipUnless } from '../support/skip.js';
import { findChromium } from './chromium.js';
import { openFile } from './file.js';

/** The demo's shown picture: a triangle called star. */
const SEED = 3, INDEX = 25;
const SHAPE = [3, SIZE, SIZE];
/** The demo's, so that its compiled kernels serve. */
const BATCH = 32;
/** What the kept picture shows of the page. */
const PICTURE = { width: 1100, height: 1340 };
const EVIL = '<script>alert(1)</script>';
const FILE = 'a "quoted" & \'odd\' <img src=x onerror=alert(1)>.png';

const test = suite('report in Chromium');
const chromium = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'misfire-report-'));
const at = (name: string): string => join(folder, name);
const embedded = (page: Page): Promise<Report[]> => page.locator('#data').textContent().then((text) => (JSON.parse(text!) as { reports: Report[] }).reports);
const text = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();

let direct: Awaited<ReturnType<typeof turnOff>>;
let made: Illustrated;

/** Everything a page can show, by the functions the command uses. */
async function illustrated(): Promise<Illustrated> {
  const [{ device }] = await devices();
  const model = readFileSync(join(root, 'demo/model.onnx'));
  const stats = parseStatistics(readFileSync(join(root, 'demo/stats.json'), 'utf8'), 'stats.json');
  const explainer = new Explainer(classifier(loadModel(model, { name: 'model.onnx' })), device, { batch: BATCH });
  try {
    const shown = sample(SEED, INDEX, { marked: true });
    const [picture] = toInputs([shown]);
    const [explanation] = await explainer.explain([picture], [shown.label]);
    const ranking = rankFilters(standardize(explanation.profile, stats), stats);
    const boosted = ranking.slice(0, BOOSTED);
    const [{ gradient, distance }] = await explainer.inputMaps([picture], [shown.label], [boosted], stats);
    const map = pixelMap(gradient, SHAPE);
    const comparisons = new Map([['gradient', await firstOrderMap('gradient', explainer, picture, SHAPE, shown.label, new Random(0), { of: 'loss' })]]);
    const predicted = argmax(explanation.logits);
    const report = await gatherReport({
      input: 'misfire-demo/triangle.png', picture, shape: SHAPE, label: shown.label, predicted, explanation, top: 10,
      map: { values: map, distance, boosted, boost: BOOST }, comparisons, neighbors: null,
    }, {
      explainer, model: { path: 'demo/model.onnx', sha256: await sha256(model) }, adapter: device.adapter, stats, statsName: 'demo/stats.json',
      aggregation: 'mean-abs', classes: new Classes(CLASSES), version: '0',
    });
    // As many sets as a batch has: the program that is there serves again.
    const sets = Array.from({ length: BATCH }, (_, k) => ranking.slice(0, report.off[k % report.off.length].count));
    direct = await turnOff(explainer, picture, shown.label, predicted, sets);
    assert.is(report.answer.predicted.probability, probability(explanation.logits, predicted));
    return { report, pictures: await reportPictures({ shown: shown.picture, map, comparisons }) };
  } finally {
    explainer.destroy();
  }
}

/** The same with names that are markup, and with neighbours of such names. */
function odd({ report, pictures }: Illustrated): Illustrated {
  const renamed = JSON.parse(JSON.stringify(report).replaceAll('"star"', JSON.stringify(EVIL)).replaceAll('"layer3.0.conv2"', JSON.stringify(EVIL))) as Report;
  const found = [EVIL, FILE].map((path, id) => ({ id, path, label: 0, labelName: EVIL, predicted: 1, predictedName: FILE, similarity: 0.5 }));
  return { report: { ...renamed, input: FILE, neighbors: { run: EVIL, candidates: 2, found } }, pictures: { ...pictures, neighbors: [pictures.picture, null] } };
}

test.before(async () => {
  made = await illustrated();
  writeFileSync(at('report.html'), await renderReport(made.report, made.pictures));
  writeFileSync(at('odd.html'), await renderReports([odd(made), made]));
});
test.after(async () => {
  await closeDevices();
  rmSync(folder, { recursive: true });
});

test('what it says of filters that are off is what the network says', () => {
  const { report } = made;
  assert.is(report.saliency.values.length, filterCount(report.made.model.layers.map((l) => ({ ...l, weight: '' }))));
  report.off.forEach(({ salient }, k) => {
    assert.is(salient.predicted, direct[k].predicted);
    assert.ok(Math.abs(salient.wrong - direct[k].wrong) < 1e-5 && Math.abs(salient.label - direct[k].label) < 1e-5, `${k}: ${JSON.stringify([salient, direct[k]])}`);
  });
});

if (skipUnless(chromium, 'no Chromium is installed')) {
  test('numbers are the JSON\'s, the slider and the plot answer, nothing is asked for', async () => {
    const { page, errors, requests, close } = await openFile(chromium!, at('report.html'), { viewport: PICTURE });
    try {
      const [report] = await embedded(page);
      assert.equal(report, JSON.parse(JSON.stringify(made.report)));
      const { predicted, label } = report.answer;
      const lead = (await text(page, '.lead')).join();
      for (const part of ['triangle.png', predicted.name, percent(predicted.probability), label.name, percent(label.probability)]) assert.ok(lead.includes(part), `${part} in ${lead}`);
      assert.equal(await page.locator('caption + thead + tbody tr').evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.textContent))),
        report.top.map((f) => [f.layer, String(f.filter), String(f.index), f.saliency.toPrecision(4)]));
      const rows = await page.locator('details').first().locator('tbody tr').evaluateAll((all) => all.map((r) => [...r.children].slice(0, 4).map((c) => c.textContent)));
      assert.equal(rows, report.off.map((s) => [String(s.count), report.classes[s.salient.predicted], percent(s.salient.wrong), percent(s.salient.label)]));
      const random = await page.locator('details').first().locator('tbody tr:nth-child(n+2) td:nth-last-child(2)').allTextContents();
      assert.equal(random, report.off.slice(1).map((s) => `${s.random.moved} of ${report.made.settings.draws}`));
      assert.equal((await text(page, '.conclusion')).join().trim(), report.conclusion.slice(1).join(' '));

      const slider = page.getByLabel('Map over picture');
      const opacity = () => page.locator('.over:not([data-hidden])').evaluate((e) => Number(getComputedStyle(e).opacity));
      const before = await opacity();
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      assert.ok(Math.abs((await opacity()) - before - 0.05) < 1e-6);
      await page.keyboard.press('Home');
      assert.is(await opacity(), 0);
      assert.is(await page.locator('output').textContent(), '0 %');
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowDown');
      assert.is(await page.locator('.over:not([data-hidden])').getAttribute('data-map'), report.comparisons[0]);
      await page.keyboard.press('ArrowUp');
      await slider.fill('45');

      await hoverHighest(page, report);
      await zooms(page);
      await page.locator('#s1-masked').scrollIntoViewIfNeeded();
      await page.locator('#s1-masked[data-drawn]').waitFor();
      if (process.env.REPORT_SCREENSHOT) {
        await page.evaluate('scrollTo(0, 0)');
        await page.mouse.move(0, 0);
        await page.screenshot({ path: process.env.REPORT_SCREENSHOT, clip: { x: 0, y: 0, ...PICTURE } });
      }
      assert.equal(errors, []);
      assert.equal(requests, []);
    } finally {
      await close();
    }
  });

  test('names stay text, on a phone nothing is wider than the window, dark is dark', async () => {
    const { page, errors, requests, close } = await openFile(chromium!, at('odd.html'), { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    try {
      assert.is(await page.locator('article').count(), 2);
      assert.is(await page.locator('nav a').count(), 2);
      for (const figure of await page.locator('.chart').all()) {
        await figure.scrollIntoViewIfNeeded();
        await figure.and(page.locator('[data-drawn]')).waitFor();
      }
      for (const details of await page.locator('summary').all()) await details.click();
      assert.ok((await text(page, '.lead'))[0].includes(EVIL));
      assert.ok((await text(page, '#s1-answer .live')).join().includes(EVIL));
      assert.ok((await text(page, '.lead'))[0].includes(FILE));
      assert.ok((await text(page, '.neighbors')).join().includes(FILE));
      assert.is(await page.locator('img[src=x], script:not([type])').count(), 0);
      assert.is(await page.evaluate('document.documentElement.scrollWidth'), 360);
      const colours = () => page.evaluate('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color].map((c) => c.match(/\\d+/g).reduce((sum, v) => sum + Number(v), 0))') as Promise<number[]>;
      const axisText = () => page.locator('#s1-off .live text').first().evaluate((e) => getComputedStyle(e).fill);
      const canvas = () => page.locator('#s1-profile canvas').evaluate((e) => (e as HTMLCanvasElement).toDataURL());
      const [ground, ink] = await colours();
      assert.ok(ground < 120 && ink > 600, `${ground} ${ink}`);
      const [axis, drawn] = [await axisText(), await canvas()];
      await page.emulateMedia({ colorScheme: 'light' });
      await page.waitForTimeout(300);
      const [lightGround, lightInk] = await colours();
      assert.ok(lightGround > 700 && lightInk < 150, `${lightGround} ${lightInk}`);
      assert.is.not(await axisText(), axis);
      assert.is.not(await canvas(), drawn);
      assert.equal(errors, []);
      assert.equal(requests, []);
    } finally {
      await close();
    }
  });

  test('without scripts and in print the drawings and all maps are there', async () => {
    const { page, errors, close } = await openFile(chromium!, at('report.html'), { javaScriptEnabled: false });
    try {
      assert.is(await page.locator('.still svg:visible').count(), 4);
      assert.is(await page.locator('.stack img:visible').count(), 3);
      assert.equal(errors, []);
    } finally {
      await close();
    }
    const printed = await openFile(chromium!, at('report.html'));
    try {
      await printed.page.emulateMedia({ media: 'print' });
      assert.is(await printed.page.locator('.still svg:visible').count(), 4);
      assert.is(await printed.page.locator('.stack img:visible').count(), 3);
      assert.is(await printed.page.locator('form:visible').count(), 0);
    } finally {
      await printed.close();
    }
  });
}

/** The most salient filter is the highest point of its layer; the mouse is moved over the plot there. */
async function hoverHighest(page: Page, report: Report): Promise<void> {
  const canvas = page.locator('#s1-profile canvas');
  await canvas.scrollIntoViewIfNeeded();
  await page.locator('#s1-profile[data-drawn]').waitFor();
  const box = (await canvas.boundingBox())!;
  const [{ layer, filter, saliency, index }] = report.top;
  const { layers } = report.made.model;
  const k = layers.findIndex((l) => index < l.offset + l.filters);
  const tip = page.locator('.tip');
  // Where the axis ends is Vega's to say: the point is looked for to the right of where its layer would begin without one.
  const expected = `layer: ${layer}\nfilter: ${filter}\nstandardized saliency: `;
  for (let y = 2; y < 80; y += 4) {
    for (let x = (k / layers.length) * box.width; x < (k / layers.length) * box.width + 90; x += 4) {
      await page.mouse.move(box.x + x, box.y + y);
      const said = (await tip.isVisible()) ? await tip.textContent() : '';
      if (!said!.startsWith(expected)) continue;
      assert.ok(Math.abs(Number(said!.slice(expected.length)) - saliency) < 1e-3 * saliency, said!);
      return;
    }
  }
  assert.unreachable(`no point of the plot says "${expected}"`);
}

/** By keys and by the wheel, each time back to the whole. */
async function zooms(page: Page): Promise<void> {
  const plot = page.locator('#s1-profile .live');
  const canvas = page.locator('#s1-profile canvas');
  const drawn = (): Promise<string> => canvas.evaluate((e) => (e as HTMLCanvasElement).toDataURL());
  const until = async (what: string, done: (now: string) => boolean): Promise<void> => {
    for (let tries = 0; tries < 50; tries++) {
      if (done(await drawn())) return;
      await page.waitForTimeout(50);
    }
    assert.unreachable(what);
  };
  await page.mouse.move(0, 0);
  await page.waitForTimeout(100);
  const whole = await drawn();
  await plot.focus();
  for (const [what, zoom] of [['the plus key', () => page.keyboard.press('+')], ['the wheel', () => page.mouse.wheel(0, -200)]] as const) {
    await canvas.hover();
    await zoom();
    await until(`${what} did not zoom`, (now) => now !== whole);
    await page.keyboard.press('Home');
    await page.mouse.move(0, 0);
    await until('Home did not show the whole', (now) => now === whole);
  }
}

test.run();
