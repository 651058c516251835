/**
 * Every kind of page in Chromium: on a phone and on a desk, light and dark, folded and unfolded, axe-core finds nothing serious, nothing is
 * wider than the window, keys reach what scrolls, and a reader finds the paper and the words. PAGES_KEPT=FOLDER keeps the pages.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as engine, type Browser, type Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFloatNpy, parseNpy } from '../../src/data/npy.js';
import { renderReport, renderReports } from '../../src/report/render.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import { misfire as command, type Ended } from '../../reference/command.js';
import { TINY, writeTinyData } from '../../reference/profile-runs.js';
import { writeTinySparse } from '../../reference/sparse-folder.js';
import { closeDevices } from '../support/device.js';
import { ok } from '../support/outcomes.js';
import { skipUnless } from '../support/skip.js';
import { findChromium, FLAGS } from './chromium.js';
import { openIn } from './file.js';
import { illustrated, odd } from './report-fixture.js';
import { thousandClasses } from './thousand-classes.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What a page explains where it uses it. */
const WORDS: readonly (readonly [word: string, used: RegExp])[] = [['Loss', /\bloss\b/i], ['Salient', /\bsalient\b/i], ['Standardized',
  /\bstandardized\b/i], ['Controls', /\bcontrols?\b/i]];
/** Of a page's text, in which a word that stands there is explained. */
const EARLY = 1800;

const folder = mkdtempSync(join(tmpdir(), 'misfire-pages-'));
const at = (...names: string[]): string => join(folder, ...names);
const misfire = (...args: string[]): Promise<Ended> => command(args, folder);

const PAGES: readonly string[] = ['report.html', 'reports.html', 'run/study/page.html', 'run/study/prune/page.html',
  'run/study/finetune/page.html', 'run/study/mask/page.html', 'run/prune/page.html', 'paste/page.html', 'neighbors.html', 'found/page.html',
  'answers/page.html', 'filter/filter.html', 'causes/causes.html', 'compare/compare.html', 'sparse/show/show.html',
  'sparse/biases/biases.html', 'sparse/flips/counterfactuals.html', 'sparse/mistakes/mistakes.html', 'neurons/page.html', 'thousand.html'];

const test = suite('pages');
const chromium = findChromium();

/** The rules of axe-core that a page breaks, and where: of the two highest of its four grades. */
async function broken(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ['violations'] })`) as {
    violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
  };
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map((n) => `${id} (${help}): ${n.html.slice(0, 200)}`));
}

/** Everything that draws itself when it is seen, seen. */
async function drawAll(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    for (const figure of document.querySelectorAll('.chart')) {
      if (!figure.checkVisibility()) continue;
      figure.scrollIntoView();
      while (!figure.dataset.drawn) await new Promise((go) => setTimeout(go, 20));
    }
    scrollTo(0, 0);
  })()`);
}

if (skipUnless(chromium, 'no Chromium is installed')) {
  let browser: Browser;

  test.before(async () => {
    browser = await engine.launch({ executablePath: chromium!, args: FLAGS });
    const made = await illustrated();
    writeFileSync(at('report.html'), await renderReport(made.report, made.pictures, await reportScripts()));
    writeFileSync(at('reports.html'), await renderReports([odd(made), made], await reportScripts()));
    writeTinyData(folder, 24);
    writeFileSync(at('classes.txt'), 'a class with a rather long name\n<b>bold</b>\nsupercalifragilisticexpialidocious\n');
    await ok(misfire(...TINY, '--classes', 'classes.txt', '--out', 'run'));
    await ok(misfire('study', 'run', '--limit', '4', '--quiet'));
    await ok(misfire('prune', 'run', '--all', '--limit', '6', '--quiet'));
    const [mistake] = (JSON.parse(readFileSync(at('run/study/prune/result.json'), 'utf8')) as { samples: { id: number }[] }).samples;
    await ok(misfire('mask', 'run', '--paste', '--sample', String(mistake.id), '--top', '2', '--out', 'paste', '--quiet'));
    await ok(misfire('neighbors', 'run', '--page', 'neighbors.html', '-k', '4'));
    await ok(misfire('summary', 'run', '--out', 'found', '--quiet'));
    await ok(misfire(...TINY, '--classes', 'classes.txt', '--forward-only', '--out', 'run2'));
    await ok(misfire('summary', at('run2'), '--out', 'answers', '--quiet'));
    await ok(misfire('filter', at('run'), 'conv:0', '--out', 'filter', '--quiet'));
    await ok(misfire('causes', at('run'), '-k', '4', '--out', 'causes', '--quiet'));
    await ok(misfire('compare', at('run'), at('run2'), '--out', 'compare', '--quiet'));
    const [x, y] = [parseFloatNpy(readFileSync(at('x.npy'))).data, parseNpy(readFileSync(at('y.npy'))).data as Int32Array];
    writeTinySparse(at('sparse'), x, [...y], [at('run')]);
    for (const [name, out] of [['show', 'show'], ['biases', 'biases'], ['counterfactuals', 'flips'], ['mistakes', 'mistakes']]) {
      await ok(misfire('sparse', name, 'sparse', '--classes', 'classes.txt', '--out', join('sparse', out), '--quiet'));
    }
    writeFileSync(at('how.json'), JSON.stringify({ resize: [8, 8], crop: null, mean: [0.5], std: [0.5] }));
    await ok(
      misfire('visualize', '--model', 'tiny.onnx', '--preprocess', 'how.json', '--layer', 'conv', '--channel', '0,1', '--sign', 'both',
        '--steps', '2', '--out', 'neurons', '--quiet')
    );
    writeFileSync(at('thousand.html'), await thousandClasses());
  });
  test.after(async () => {
    await browser.close();
    await closeDevices();
    if (process.env.PAGES_KEPT) cpSync(folder, process.env.PAGES_KEPT, { recursive: true });
    rmSync(folder, { recursive: true });
  });

  test('what is searched for is found', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.setContent('<main><img src="data:,"><div style="width: 500px">wide</div></main>');
    assert.match((await broken(page)).join(), /image-alt/);
    assert.is((await tooWide(page)).length, 1);
    await page.close();
  });

  test('neighbours: every query is in the index, which leads to it; a thousand classes are a matrix of twenty', async () => {
    const { page, close } = await openIn(browser, at('neighbors.html'), { javaScriptEnabled: false });
    const [index, sections] = [await page.locator('#index a').evaluateAll((all) => all.map((a) => a.getAttribute('href'))),
      await page.locator('section[id^=sample]').evaluateAll((all) => all.map((e) => `#${e.id}`))];
    assert.ok(sections.length > 5);
    assert.equal([...index].sort(), [...sections].sort());
    assert.is(await page.locator('.near li').count(), 4 * sections.length);
    assert.match(await page.locator('section[id^=sample]').first().innerText(), /most salient filters they share/);
    await close();
    const thousand = await openIn(browser, at('thousand.html'), { javaScriptEnabled: false });
    assert.is(await thousand.page.locator('.matrix tbody tr').count(), 20);
    assert.is(await thousand.page.locator('.matrix thead th').count(), 21);
    assert.match(await thousand.page.locator('main').innerText(), /20 classes with the lowest accuracy, of 1,000/);
    assert.match(await thousand.page.locator('main').innerText(), /1 label that may be wrong[^]*8 of 10/);
    await thousand.close();
  });

  test('keys reach the slider, the plot, the rows, what scrolls, what is folded and the paper', async () => {
    const { page, close } = await openIn(browser, at('report.html'), { viewport: { width: 1280, height: 900 } });
    try {
      await drawAll(page);
      const kinds = { slider: 'input[type=range]', plot: '.live[role=application]', row: '.filters a', table: '.scroll', folded: 'summary',
        paper: '[href*=arxiv]' };
      const reached = new Set<string>();
      for (let k = 0; k < 60; k++) {
        await page.keyboard.press('Tab');
        for (const [kind, selector] of Object.entries(kinds)) {
          if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) reached.add(kind);
        }
      }
      assert.equal([...reached].sort(), Object.keys(kinds).sort());
      await page.locator('summary').first().focus();
      await page.keyboard.press('Enter');
      assert.ok(await page.locator('details[open] table').isVisible());
    } finally {
      await close();
    }
  });

  test('a sparse layer is browsed by keys: from a class to its features and back', async () => {
    const { page, close } = await openIn(browser, at('sparse/show/show.html'), { viewport: { width: 1280, height: 900 } });
    try {
      const seen: string[] = [];
      for (let k = 0; k < 12 && !seen.some((href) => href.startsWith('#feature')); k++) {
        await page.keyboard.press('Tab');
        seen.push(await page.evaluate('document.activeElement.getAttribute("href") || ""') as string);
      }
      assert.ok(seen.some((href) => href.startsWith('#class')), seen.join());
      await page.keyboard.press('Enter');
      const feature = await page.evaluate('location.hash') as string;
      assert.match(feature, /^#feature-\d$/);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      assert.match(await page.evaluate('location.hash') as string, /^#class-\d$/);
      assert.is(await page.locator(`${feature} img`).count(), 6 + 6 + 2);
    } finally {
      await close();
    }
  });

  for (const path of PAGES) {
    test(`${path}: nothing serious, nothing too wide, on a phone and on a desk, light and dark, folded or not`, async () => {
      const { page, errors, requests, close } = await openIn(browser, at(path), { viewport: { width: 390, height: 844 },
        colorScheme: 'dark' });
      try {
        await drawAll(page);
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 390);
        assert.equal(await broken(page), [], 'dark, on a phone');
        for (const summary of await page.locator('summary').all()) await summary.click();
        await drawAll(page);
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 390, 'unfolded');
        assert.equal(await tooWide(page), []);
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.emulateMedia({ colorScheme: 'light' });
        assert.is(await page.evaluate('document.documentElement.scrollWidth'), 1280);
        assert.equal(await broken(page), [], 'light, on a desk, unfolded');
        assert.equal([...errors, ...requests], []);
      } finally {
        await close();
      }
    });

    test(`${path}: the paper once, the words explained, no place of the machine`, async () => {
      const text = readFileSync(at(path), 'utf8');
      assert.is(text.match(/arxiv\.org\/abs\/2108\.01335/g)?.length, 1);
      assert.is(text.match(/\/tmp\/|\/home\/|\/root\/|\/work\//g), null);
      const { page, close } = await openIn(browser, at(path), { javaScriptEnabled: false });
      try {
        const said = await page.locator('main').first().innerText();
        const explained = await page.locator('dfn').allInnerTexts();
        for (const [word, used] of WORDS) {
          if (!used.test(said)) continue;
          assert.ok(explained.includes(word), `${word} stands there and is not explained`);
          assert.ok(said.indexOf(`${word}: `) - said.search(used) < EARLY, `${word} is explained late`);
        }
      } finally {
        await close();
      }
    });
  }
}

/** Elements that end right of the window, but for what lies in something that scrolls. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll, svg, .live, details:not([open])') &&
    e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120))`) as Promise<string[]>;
}

test.run();
