/** Models as they lie on disks: behind links, with their weights beside them or not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';
import { openModel } from '../../tools/shared/model-file.js';
import { fails } from '../support/outcomes.js';

const home = mkdtempSync(join(tmpdir(), 'misfire-model-'));
const weights = tinyWeights();
const conv = new Uint8Array(Float32Array.from(weights.conv).buffer);
const put = (path: string, bytes: Uint8Array | string): string => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), bytes);
  return join(home, path);
};
const link = (path: string, to: string): string => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  symlinkSync(to, join(home, path));
  return join(home, path);
};
const held = async (path: string): Promise<number[]> => [...(await openModel(path)).model.initializers.get('conv.weight')!.data];

const opens = suite('openModel');

opens("in Hugging Face's cache: both the model and its weights are links", async () => {
  put('hub/blobs/1f', tinyModel(weights, { external: 'weights.bin' }));
  put('hub/blobs/2e', conv);
  const model = link('hub/snapshots/c0/onnx/model.onnx', '../../../blobs/1f');
  link('hub/snapshots/c0/onnx/weights.bin', '../../../blobs/2e');
  assert.equal(await held(model), [...weights.conv]);
});

opens('a link from elsewhere to a model with its weights beside it', async () => {
  put('store/model.onnx', tinyModel(weights, { external: 'weights.bin' }));
  put('store/weights.bin', conv);
  assert.equal(await held(link('mine/m.onnx', '../store/model.onnx')), [...weights.conv]);
});

opens('weights behind a link that leads elsewhere are refused, and a pointer to them is called one', async () => {
  put('private/weights.bin', conv);
  const model = put('odd/model.onnx', tinyModel(weights, { external: 'weights.bin' }));
  link('odd/weights.bin', '../private/weights.bin');
  await fails(() => openModel(model), /"weights\.bin" beside the model, which cannot be read \(it is a link that leaves the folder\)/);
  const cloned = put('clone/model.onnx', tinyModel(weights, { external: 'weights.bin' }));
  put('clone/weights.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize ${conv.length}\n`);
  await fails(() => openModel(cloned),
    /"weights\.bin" .*\(it is a Git LFS pointer to a file of \d+ bytes: fetch the file itself with "git lfs pull"\)/);
});

opens.after(() => rmSync(home, { recursive: true }));

opens.run();
