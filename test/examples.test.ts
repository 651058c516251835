/** The files of examples/, run as their first lines say. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { misfire } from '../reference/command.js';
import { root } from '../reference/paths.js';
import { TINY, writeTinyData } from '../reference/profile-runs.js';
import { ndarray } from '../src/data/ndarray.js';
import { writeNpy } from '../src/data/npy.js';
import { CLASSES, sample } from '../tools/demo/pictures.js';
import { writePng } from '../tools/demo/show.js';
import { findChromium, openPage } from './browser/chromium.js';
import { ok } from './support/outcomes.js';
import { skipUnless } from './support/skip.js';

const folder = mkdtempSync(join(tmpdir(), 'misfire-examples-'));
const at = (name: string): string => join(folder, name);

/** Standard output of an example that ends well. */
function run(command: string, example: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, [join(root, 'examples', example), ...args], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

/** The numbers of the run, as the store's own columns have them. */
const SAMPLES = 40;
const examples = suite('examples');

/** The demo's picture: a triangle whose sticker makes the network call it a star. */
const shown = sample(3, 25, { marked: true });

examples.before(async () => {
  await writePng(at('triangle.png'), shown.picture, 1);
  writeTinyData(folder, SAMPLES);
  await ok(misfire([...TINY, '--out', 'run'], folder));
});
examples.after(() => rmSync(folder, { recursive: true }));

examples('every example has a test: here, run.ts in test/library.test.ts, kubernetes and slurm in test/clusters', () => {
  assert.equal(readdirSync(join(root, 'examples')).sort(), ['duckdb.mjs', 'kubernetes', 'library.mjs', 'onnxruntime_profile.py', 'page',
    'run.ts', 'slurm', 'with_pandas.py']);
});

examples('library.mjs explains a picture and repairs it', () => {
  const lines = run(process.execPath, 'library.mjs', at('triangle.png'), CLASSES[shown.label]).trim().split('\n');
  assert.match(lines[0], /triangle\.png: predicted star, label triangle, loss \d/);
  assert.is(lines.filter((line) => /^  \S+, filter \d+: \d+\.\d deviations above its mean$/.test(line)).length, 5);
  assert.match(lines[6], /^with 0 filters off: star/);
  assert.match(lines[lines.length - 1], /^with 10 filters off: triangle, \d+\.\d % for triangle$/);
});

examples('duckdb.mjs reads a run', () => {
  const text = run(process.execPath, 'duckdb.mjs', at('run'));
  assert.match(text, new RegExp(`^${SAMPLES} samples, \\d+ misclassified\n`));
  assert.is(text.match(/^  sample \d+: class \d taken for \d, loss \d\.\d{3}$/gm)?.length, 5);
  assert.is(text.match(/^  filter [0-3]: \d\.\d+ times as high$/gm)?.length, 4);
});

const python = process.env.PYTHON ?? 'python3';
if (skipUnless(spawnSync(python, ['-c', 'import pandas, pyarrow']).status === 0, `${python} has no pandas with pyarrow`)) {
  examples('with_pandas.py reads a run, and counts what duckdb.mjs counts', () => {
    const text = run(python, 'with_pandas.py', at('run'));
    assert.is(text.split('\n')[0], run(process.execPath, 'duckdb.mjs', at('run')).split('\n')[0]);
    assert.is(text.match(/^filter [0-3]: -?\d\.\d\d deviations above its mean in the mistakes$/gm)?.length, 4);
  });
}

if (skipUnless(spawnSync(python, ['-c', 'import onnxruntime']).status === 0, `${python} has no onnxruntime`)) {
  examples('onnxruntime_profile.py computes a profile from the exported file', async () => {
    await ok(misfire(['export', join(root, 'demo/model.onnx'), at('profile.onnx')], folder));
    writeFileSync(at('pictures.npy'), writeNpy(ndarray(new Float32Array(3 * 40 * 40).fill(0.5), [1, 3, 40, 40])));
    writeFileSync(at('labels.npy'), writeNpy(ndarray(Float32Array.of(1), [1])));
    assert.match(run(python, 'onnxruntime_profile.py', at('profile.onnx'), at('pictures.npy'), at('labels.npy')),
      /^picture 0: \S+, filter \d+, saliency \d/);
  });
}

const chromium = findChromium();
if (skipUnless(chromium, 'no Chromium is installed')) {
  examples('page/ explains the picture in a browser', async () => {
    const bundle = await build({ entryPoints: [join(root, 'examples/page/page.mjs')], bundle: true, format: 'esm', write: false,
      logLevel: 'silent' });
    for (const file of readdirSync(join(root, 'demo'))) cpSync(join(root, 'demo', file), at(file));
    const types: Record<string, string> = { '.png': 'image/png', '.json': 'application/json', '.txt': 'text/plain' };
    const files = [...readdirSync(join(root, 'demo')), 'triangle.png'].map((name) =>
      [`/${name}`, { type: types[extname(name)] ?? 'application/octet-stream', body: readFileSync(at(name)) }] as const
    );
    const session = await openPage(chromium!, new Map<string, { type: string; body: Uint8Array | string }>([
      ['/', { type: 'text/html', body: readFileSync(join(root, 'examples/page/index.html'), 'utf8') }],
      ['/page.js', { type: 'text/javascript', body: bundle.outputFiles[0].text }],
      ...files,
    ]));
    try {
      await session.page.waitForSelector('body.done', { timeout: 240_000 });
      const said = (await session.page.locator('output').textContent())!.trim().split('\n');
      assert.match(said[0], /: a triangle, predicted star$/);
      assert.is(said.length, 6, said.join('\n'));
      assert.equal(session.errors, []);
    } finally {
      await session.close();
    }
  });
}

examples.run();
