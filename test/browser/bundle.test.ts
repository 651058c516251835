/** The library as a browser's bundle holds nothing of Node, and what is not asked for is left out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle, native } from './bundle.js';

const test = suite('bundle');

test('all that a browser imports', async () => {
  const all = await bundle('../../src/index.js');
  assert.equal(native(all), []);
  assert.ok(Object.keys(all.metafile.inputs).some((path) => path.endsWith('src/report/render.js')));
});

test('what Node imports is no such bundle', async () => {
  let message = '';
  await bundle('../../src/node.js').catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /Could not resolve "node:/);
});

test('without the report there is no drawing library', async () => {
  const profiles = await bundle('./page.js');
  assert.equal(native(profiles), []);
  const [{ inputs }] = Object.values(profiles.metafile.outputs);
  assert.equal(Object.keys(inputs).filter((path) => /node_modules\/vega|src\/report/.test(path)), []);
});

test.run();
