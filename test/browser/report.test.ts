/** The report of the demo's picture, opened from the disk in Chromium. REPORT_SCREENSHOT=FILE.png keeps a picture of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../src/report/data.js';
import { renderReport, renderReports } from '../../src/report/render.js';
import { confidence } from '../../src/report/numbers.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import { closeDevices } from '../support/device.js';
import { skipUnless } from '../support/skip.js';
import { findChromium } from './chromium.js';
import { openFile } from './file.js';
import { EVIL, FILE, illustrated, odd, type Fixture } from './report-fixture.js';
import { TOLERANCE } from '../../reference/tolerances.js';

/** What the kept picture shows of the page. */
const PICTURE = { width: 1100, height: 1340 };

const test = suite('report in Chromium');
const chromium = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'misfire-report-'));
const at = (name: string): string => join(folder, name);
const embedded = (page: Page): Promise<Report[]> =>
  page.locator('#data').textContent().then((text) => (JSON.parse(text!) as { reports: Report[] }).reports);
const text = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();

let made: Fixture;

test.before(async () => {
  made = await illustrated();
  writeFileSync(at('report.html'), await renderReport(made.report, made.pictures, await reportScripts()));
  writeFileSync(at('odd.html'), await renderReports([odd(made), made], await reportScripts()));
});
test.after(async () => {
  await closeDevices();
  rmSync(folder, { recursive: true });
});

test('what it says of filters that are off and of covered pixels is what the network says', () => {
  const { report } = made;
  assert.is(report.saliency.values.length, report.made.model.filters);
  for (const [steps, answers] of [[report.off, made.off], [report.masked!, made.covered]] as const) {
    for (const [k, { count, salient, random }] of steps.entries()) {
      assert.is(salient.predicted, answers[k].predicted);
      for (const key of ['wrong', 'label'] as const) {
        assert.ok(Math.abs(salient[key] - answers[k][key]) < TOLERANCE.browserAnswer, `${count}: ${JSON.stringify([salient, answers[k]])}`);
        assert.ok(
          random[key].low <= random[key].mean && random[key].mean <= random[key].high && random[key].low >= 0 && random[key].high <= 1
        );
        // What is drawn differs, and so do the answers.
        assert.is(random[key].low < random[key].high, count > 0);
      }
      assert.ok(random.repaired <= random.moved && random.moved <= report.made.settings.draws);
    }
  }
  assert.is(report.known!.count, 64);
  assert.is(report.known!.salient.predicted, report.answer.label.class);
  assert.equal(report.off.map((s) => s.count), [0, 1, 2, 5, 10, 20, 30, 50]);
  assert.equal(report.masked!.map((s) => s.count), [0, 16, 32, 80, 160]);
});

if (skipUnless(chromium, 'no Chromium is installed')) {
  test("numbers are the JSON's, the slider and the plot answer, nothing is asked for", async () => {
    const { page, errors, requests, close } = await openFile(chromium!, at('report.html'), { viewport: PICTURE });
    try {
      const [report] = await embedded(page);
      assert.equal(report, JSON.parse(JSON.stringify(made.report)));
      const { predicted, label } = report.answer;
      const lead = (await text(page, '.lead')).join();
      for (const part of ['triangle.png', predicted.name, confidence(predicted.probability), label.name, confidence(label.probability)]) {
        assert.ok(lead.includes(part), `${part} in ${lead}`);
      }
      assert.equal(
        await page.locator('.filters tbody tr').evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.textContent))),
        report.top.map((f) => [f.layer, String(f.filter), String(f.index), f.saliency.toPrecision(4)])
      );
      const rows = await page.locator('details').first().locator('tbody tr').evaluateAll((all) =>
        all.map((r) => [...r.children].slice(0, 4).map((c) => c.textContent))
      );
      const wanted = report.off.map((
        { count, salient }
      ) => [String(count), report.classes[salient.predicted], confidence(salient.wrong), confidence(salient.label)]);
      assert.equal(rows, wanted);
      const random = await page.locator('details').first().locator('tbody tr:nth-child(n+2) td:nth-last-child(2)').allTextContents();
      assert.equal(random, report.off.slice(1).map((s) => `${s.random.moved} of ${report.made.settings.draws}`));
      assert.equal((await text(page, '.conclusion')).join().trim(), report.conclusion.slice(1).join(' '));

      const slider = page.getByLabel('Map over picture');
      const opacity = () => page.locator('.over').first().evaluate((e) => Number(getComputedStyle(e).opacity));
      const before = await opacity();
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      assert.ok(Math.abs((await opacity()) - before - 0.05) < TOLERANCE.browserOpacity);
      await page.keyboard.press('Home');
      assert.is(await opacity(), 0);
      assert.is(await page.locator('output').textContent(), '0 %');
      await slider.fill('65');
      assert.equal(await page.locator('figure[data-map]').evaluateAll((all) => all.map((e) => e.getAttribute('data-map'))), ['this method',
        ...report.comparisons]);
      const captions = await text(page, '[data-map] figcaption');
      assert.match(captions[0], /gradient of the distance between the profile .* 10 most salient filters/);
      assert.match(captions[1], new RegExp(`gradient of the loss against ${label.name}`));
      const [left, right] = await page.locator('.pair figure').evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
      assert.ok(left.top === right.top && left.right < right.left, 'picture and map stand side by side');

      await hoverHighest(page, report);
      await zooms(page);
      await linksRows(page, report);
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
    const { page, errors, requests, close } = await openFile(chromium!, at('odd.html'), { viewport: { width: 360, height: 740 },
      colorScheme: 'dark' });
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
      const colours = () =>
        page.evaluate(
          '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]'
            + '.map((c) => c.match(/\\d+/g).reduce((sum, v) => sum + Number(v), 0))'
        ) as Promise<number[]>;
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
      assert.is(await page.locator('.still svg:visible').count(), 5);
      assert.is(await page.locator('.maps img:visible').count(), 3);
      assert.equal(errors, []);
    } finally {
      await close();
    }
    const printed = await openFile(chromium!, at('report.html'));
    try {
      await printed.page.emulateMedia({ media: 'print' });
      assert.is(await printed.page.locator('.still svg:visible').count(), 5);
      assert.is(await printed.page.locator('.maps img:visible').count(), 3);
      assert.is(await printed.page.locator('form:visible').count(), 0);
    } finally {
      await printed.close();
    }
  });
}

/** The most salient filter is the highest point of its layer; the mouse is moved over the plot there. */
async function hoverHighest(page: Page, report: Report): Promise<void> {
  const canvas = page.locator('#s1-profile canvas');
  await page.locator('#s1-profile').scrollIntoViewIfNeeded();
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
      assert.ok(Math.abs(Number(said!.slice(expected.length)) - saliency) < TOLERANCE.browserText * saliency, said!);
      return;
    }
  }
  assert.unreachable(`no point of the plot says "${expected}"`);
}

/** A row that is focused rings its point in the plot; a click on a point goes to its row. */
async function linksRows(page: Page, report: Report): Promise<void> {
  const canvas = page.locator('#s1-profile canvas');
  const drawn = (): Promise<string> => canvas.evaluate((e) => (e as HTMLCanvasElement).toDataURL());
  const before = await drawn();
  const row = page.locator(`.filters tr[data-mark="${report.top[1].index}"]`);
  await row.locator('a').focus();
  await page.waitForFunction(`document.querySelector('#s1-profile canvas').toDataURL() !== ${JSON.stringify(before)}`);
  assert.is(await page.locator('tr.chosen').getAttribute('data-mark'), String(report.top[1].index));
  await row.locator('a').evaluate((e) => (e as HTMLElement).blur());
  await hoverHighest(page, report);
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(`tr.chosen[data-mark="${report.top[0].index}"]`).waitFor();
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
