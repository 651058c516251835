/** Pages: markup that stays text, the policy on scripts, colours that can be read. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportScripts } from '../../src/local/page-scripts.js';
import { chart, COLORS, html, page } from '../../tools/shared/page.js';
import { page as assemble } from '../../src/report/page/page.js';
import { STYLE } from '../../src/report/page/style.js';

const EVIL = '</script><script>alert("1")</script>';
const bars = { height: 100, data: { values: [{ name: EVIL, n: 3 }] }, mark: 'bar',
  encoding: { y: { field: 'name', title: EVIL }, x: { field: 'n', type: 'quantitative' } } };

// ---------------------------------------------------------------- html

const markup = suite('html');

markup('what is put in stays text, in attributes too', () => {
  assert.is(html`<p title="${'"\'&'}">${'<b>'}</p>`.html, '<p title="&quot;&#39;&amp;">&lt;b&gt;</p>');
});

markup('markup, lists and nothing', () => {
  assert.is(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>${null}${undefined}${false}${''}`.html, '<ul><li>1</li><li>2</li></ul>');
});

markup('an object that only looks like markup is refused', () => {
  assert.throws(() => html`${JSON.parse('{"html":"<b>"}')}`, /can be put into a page/);
});

markup.run();

// ---------------------------------------------------------------- page

const pages = suite('page');

pages('names end no element, and every script is one the policy names', async () => {
  const figure = await chart('figure', bars, { title: EVIL, description: EVIL });
  const text = await page({ title: EVIL, body: html`<h1>${EVIL}</h1>${figure.html}`, data: { [EVIL]: EVIL }, charts: [figure],
    script: 'document.title;' });
  const scripts = [...text.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)].map(([, attributes, body]) => ({ attributes, body }));
  assert.is((text.match(/<script/g) ?? []).length, scripts.length);
  assert.equal(scripts.map((s) => s.attributes), [' type="application/json" id="data"', ' type="application/json" id="charts"',
    ' type="text/javascript"', ' type="module"', ' type="module"']);
  assert.equal(JSON.parse(scripts[0].body), { [EVIL]: EVIL });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)![1].replaceAll('&#39;', "'");
  assert.match(policy, /default-src 'none'/);
  for (const { body } of scripts.slice(2)) assert.ok(policy.includes(`'sha256-${createHash('sha256').update(body).digest('base64')}'`));
  assert.match(text, /Copyright .* University of Washington/);
});

pages('without charts there is no Vega', async () => {
  const text = await page({ title: 'a', body: html`<p>b</p>`, charts: [] });
  assert.ok(text.length < 10_000);
  assert.match(text, /script-src &#39;none&#39;/);
  assert.not.match(text, /<script/);
});

pages('a script that would end its element is refused', async () => {
  let message = '';
  await page({ title: 'a', body: html``, charts: [], script: 'x = "</SCRIPT>"' }).catch((e: Error) => {
    message = e.message;
  });
  assert.match(message, /cannot stand in a page/);
});

pages('charts without the scripts that draw them are refused', async () => {
  const figure = await chart('figure', bars, { title: 'a', description: 'b' });
  let message = '';
  await assemble({ title: 'a', body: figure.html, charts: [figure] }).catch((e: Error) => {
    message = e.message;
  });
  assert.match(message, /needs the scripts that draw them/);
});

pages('a module that stands in a page imports nothing', async () => {
  const { charts, maps } = await reportScripts();
  for (const text of [charts, maps]) assert.not.match(text, /^import|sourceMappingURL/m);
});

pages('contrast: text 4.5 to 1, marks 3 to 1, in light, dark and print', () => {
  const schemes = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, rules]) =>
    Object.fromEntries([...rules.matchAll(/--(\w+): (#\w+)/g)].map(([, name, color]) => [name, color]))
  );
  assert.is(schemes.length, 3);
  for (const { ground, raised, line, ...text } of schemes) {
    assert.ok(line);
    for (const [name, color] of Object.entries(text)) {
      for (const under of [ground, raised]) assert.ok(contrast(color, under) >= 4.5, `${name} ${color} on ${under}`);
    }
    for (const [name, color] of Object.entries(COLORS)) assert.ok(contrast(color, ground) >= 3, `${name} ${color} on ${ground}`);
  }
});

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const hex = color.length === 4 ? [...color.slice(1)].map((c) => c + c).join('') : color.slice(1);
    const [r, g, blue] = [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

pages.run();
