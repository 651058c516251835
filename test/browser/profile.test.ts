/** The same ResNet-20 profile in a browser and in Node, from the same code; the bundle holds nothing of Node. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpy } from '../../src/data/npy.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { classifier, Explainer, loadModel, openDawnDevice } from '../../src/node.js';
import { bundle, native } from './bundle.js';
import { findChromium, openPage } from './chromium.js';
import type { PageResult } from './page.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const SAMPLES = [0, 4, 24, 25]; // two the network is sure of, two it gets wrong

const test = suite('browser');
const golden = `${shared}golden/cifar10-resnet20`;
const model = `${shared}data/models/cifar10-resnet20.onnx`;
const chromium = findChromium();

if (skipUnless(existsSync(golden) && existsSync(model), '../shared is absent') && skipUnless(chromium, 'no Chromium is installed')) {
  test('the bundle needs nothing of Node, and profiles agree with Node to 1e-5', async () => {
    const page = await bundle('./page.js');
    assert.equal(native(page), []);
    const labels = (JSON.parse(readFileSync(`${golden}/meta.json`, 'utf8')) as { labels: number[] }).labels;
    const inputs = parseNpy(readFileSync(`${golden}/inputs.npy`), 'inputs.npy');
    const each = inputs.data.length / inputs.shape[0];
    const pictures = SAMPLES.map((k) => Float32Array.from(inputs.data.slice(k * each, (k + 1) * each) as Float32Array));
    const chosen = SAMPLES.map((k) => labels[k]);
    const packed = new Uint8Array(Float32Array.from(pictures.flatMap((p) => [...p])).buffer);

    const session = await openPage(chromium!, new Map([
      ['/', { type: 'text/html', body: '<!doctype html><title>misfire</title><script type="module" src="/page.js"></script>' }],
      ['/page.js', { type: 'text/javascript', body: page.text }],
      ['/model.onnx', { type: 'application/octet-stream', body: readFileSync(model) }],
      ['/inputs.bin', { type: 'application/octet-stream', body: packed }],
      ['/favicon.ico', { type: 'image/x-icon', body: '' }],
    ]));
    let there: PageResult;
    try {
      await session.page.waitForFunction('typeof profiles === "function"');
      there = await session.page.evaluate(`profiles(${JSON.stringify(chosen)})`) as PageResult;
      assert.equal(session.errors, []);
    } finally {
      await session.close();
    }

    const device = await openDawnDevice();
    const network = classifier(loadModel(readFileSync(model), { name: 'cifar10-resnet20.onnx' }));
    const explainer = new Explainer(network, device);
    const here = await explainer.explain(pictures, chosen);
    explainer.destroy();
    device.destroy();

    let worst = 0;
    here.forEach(({ profile }, n) => {
      for (const { offset, filters } of network.layers) {
        const layer = profile.subarray(offset, offset + filters);
        const floor = TOLERANCE.browserFloor * Math.max(...layer);
        layer.forEach((v, k) => {
          if (v > floor) worst = Math.max(worst, Math.abs(there.profiles[n][offset + k] - v) / v);
        });
      }
    });
    console.log(
      `largest relative difference, Chromium (${there.adapter}) to Node (${device.adapter.description}): ${worst.toExponential(1)}`
    );
    assert.ok(worst <= TOLERANCE.browserProfile, `profiles differ by ${worst}`);
  });
}

test.run();
