/** A report drawn in Chromium: of the same numbers and pictures the same page as Node's, to the byte. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { loadModel } from '../../src/onnx/model.js';
import type { Report } from '../../src/report/data.js';
import { gatherReport } from '../../src/report/gather.js';
import { reportPictures, shownPicture, type ReportPictures } from '../../src/report/pictures.js';
import { renderReport } from '../../src/report/render.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { encodePicture } from '../../src/local/encode-picture.js';
import { reportScripts } from '../../src/local/page-scripts.js';
import { closeDevices, devices } from '../support/device.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { bundle } from './bundle.js';
import { findChromium, openPage, type Session } from './chromium.js';
import type { Drawn } from './report-page.js';

const SHAPE = [3, 8, 8], LABEL = 1;

const test = suite('a report drawn in Chromium');
const chromium = findChromium();
const model = tinyModel(tinyWeights());
const next = random('drawn');
const picture = Float32Array.from({ length: 3 * 8 * 8 }, () => next() - 0.5);

/** As a user of the library in Node computes it. */
async function here(): Promise<{ report: Report; pictures: ReportPictures }> {
  const [{ device }] = await devices();
  const explainer = new Explainer(classifier(loadModel(model, { name: 'model.onnx' })), device);
  const [explanation] = await explainer.explain([picture], [LABEL]);
  const map = Float32Array.from({ length: 8 * 8 }, (_, k) => k);
  const report = await gatherReport({ input: 'tiny', picture, shape: SHAPE, label: LABEL, explanation, top: 2,
    map: { values: map, distance: 0.5, boosted: [0, 1], boost: 100 }, comparisons: new Map(), neighbors: null }, { explainer,
    model: { path: 'model.onnx', sha256: 'a'.repeat(64) }, adapter: device.adapter, stats: null, statsName: null, aggregation: 'mean-abs',
    classes: null, version: '0' });
  explainer.destroy();
  const shown = shownPicture(picture, SHAPE, null);
  return { report, pictures: await reportPictures({ shown, map, comparisons: new Map() }, encodePicture) };
}

if (skipUnless(chromium, 'no Chromium is installed')) {
  let session: Session;
  const call = <T>(name: string, ...args: readonly unknown[]): Promise<T> =>
    session.page.evaluate(`${name}(...${JSON.stringify(args)})`) as Promise<T>;

  test.before(async () => {
    const { vega, charts, maps } = await reportScripts();
    const script = (body: string) => ({ type: 'text/javascript', body });
    session = await openPage(chromium!, new Map<string, { type: string; body: Uint8Array | string }>([
      ['/', { type: 'text/html', body: '<!doctype html><title>misfire</title><script type="module" src="/page.js"></script>' }],
      ['/page.js', script((await bundle('./report-page.js')).text)],
      ['/vega.js', script(vega)],
      ['/charts.js', script(charts)],
      ['/maps.js', script(maps)],
      ['/model.onnx', { type: 'application/octet-stream', body: model }],
      ['/favicon.ico', { type: 'image/x-icon', body: '' }],
    ]));
    await session.page.waitForFunction('typeof explain === "function"');
  });
  test.after(async () => {
    await session.close();
    await closeDevices();
  });

  test('the same numbers and pictures are the same HTML', async () => {
    const { report, pictures } = await here();
    const expected = await renderReport(report, pictures, await reportScripts());
    assert.is(await call<string>('draw', report, pictures), expected);
  });

  test('from a picture to its page without Node: the same sentences, numbers to rounding', async () => {
    const { report } = await here();
    const drawn = await call<Drawn>('explain', [...picture], LABEL);
    assert.equal(drawn.report.top.map((f) => f.index), report.top.map((f) => f.index));
    assert.equal(drawn.report.conclusion, report.conclusion.slice(0, 2));
    drawn.report.saliency.values.forEach((v, k) =>
      assert.ok(Math.abs(v - report.saliency.values[k]) <= 2e-5 * Math.abs(v), `filter ${k}: ${v}, ${report.saliency.values[k]}`)
    );
    assert.match(drawn.html, /^<!doctype html>[^]*data:image\/png;base64,[^]*<\/html>\n$/);
    assert.equal(session.errors, []);
  });

  test('the canvas keeps every pixel of a map, and a large neighbour is made small', async () => {
    const data = Array.from({ length: 3 * 5 * 4 }, () => Math.floor(256 * next()));
    assert.equal(await call('encoded', { width: 5, height: 4, data }), data);
    assert.equal(await call('thumbnail', 100, 50), { type: 'data:image/png', size: [100, 50] });
    assert.equal(await call('thumbnail', 900, 450), { type: 'data:image/jpeg', size: [224, 112] });
  });
}

test.run();
