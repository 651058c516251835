import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { butIs, kindOf, placeholder } from '../../src/data/file-kind.js';
import { loadModel } from '../../src/onnx/model.js';
import { root, shared } from '../../reference/paths.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const zip = (first: string) => latin(`PK\x03\x04\x14\0\0\0\0\0aaaabbbbccccdddd${String.fromCharCode(first.length)}\0\0\0${first}data`);
const safetensors = latin('\x40\0\0\0\0\0\0\0{"__metadata__":{"format":"pt"},"conv1.weight":{"dtype":"F32"}}    ');
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 102530333\n`;

// ---------------------------------------------------------------- what is given for a model

const kinds = suite('what a file is');

for (const [what, bytes, message] of [
  ['a Git LFS pointer', latin(pointer), /a Git LFS pointer to a file of 102530333 bytes: fetch the file itself with "git lfs pull"/],
  ['a git-annex pointer', latin('/annex/objects/SHA256E-s102--ab.onnx\n'), /a git-annex pointer: .*git annex get/],
  ['a web page', latin('<!doctype html>\n<html lang="en">'), /a web page, saved in place of the file: download the file itself/],
  ['a web page with a byte order mark and blanks', latin('\xef\xbb\xbf\n  <HTML>'), /a web page/],
  ['a message of a server', latin('{"error":"Repository not found"}'), /text that begins "\{\\"error\\":/],
  ['a PyTorch file', zip('archive/data.pkl'), /a PyTorch file \(a zip of pickles\): export the network as ONNX \(torch\.onnx\.export\)/],
  ['a Keras file', zip('metadata.json'), /a Keras model: convert it to ONNX \(tf2onnx\)/],
  ['a zip', zip('resnet/model.onnx'), /a zip archive \(it begins with resnet\/model\.onnx\): unpack it/],
  ['an empty zip', latin('PK\x05\x06' + '\0'.repeat(18)), /a zip archive: unpack it/],
  ['arrays', zip('arr_0.npy'), /an archive of NumPy arrays/],
  ['gzip', latin('\x1f\x8b\x08\0\0\0\0\0'), /compressed with gzip: unpack it \(gunzip\)/],
  ['a tar', latin('model.onnx' + '\0'.repeat(247) + 'ustar\x0000'), /a tar archive: unpack it/],
  ['an older PyTorch file', latin('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), /a Python pickle, as older PyTorch writes: export/],
  ['safetensors', safetensors, /a safetensors file, which holds weights without the network: export/],
  ['HDF5', latin('\x89HDF\r\n\x1a\n\0\0'), /an HDF5 file, as Keras writes: convert it/],
  ['TensorFlow Lite', latin('\x1c\0\0\0TFL3\x14\0'), /a TensorFlow Lite model/],
  ["ONNX Runtime's format", latin('\x20\0\0\0ORTM\0\0'), /a model in ONNX Runtime's own format: take the \.onnx file/],
  ['a picture', latin('\xff\xd8\xff\xe0\0\x10JFIF'), /a JPEG picture$/],
  ['zeros', new Uint8Array(4096), /nothing but zeros where it begins: a download or a copy was not finished/],
] as const) {
  kinds(what, () => {
    assert.match(kindOf(bytes, 'model') ?? 'null', message);
    assert.throws(() => loadModel(bytes, { name: 'm.onnx' }), new RegExp(`^m\\.onnx is no ONNX model, but ${message.source}`));
  });
}

kinds('what is a model is taken for nothing else', () => {
  const folder = join(shared, 'data/models');
  const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.onnx')).map((f) => join(folder, f)) : [];
  for (const bytes of [tinyModel(tinyWeights()),
    ...[join(root, 'demo/model.onnx'), ...files].map((f) => readFileSync(f).subarray(0, 5000))]) {
    assert.is(kindOf(bytes, 'model'), null);
  }
});
kinds('bytes that tell nothing', () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(8), Uint8Array.of(8, 7, 18, 0, 0, 0, 0, 0, 0x7b, 0x7b)]) {
    assert.is(butIs(bytes, 'model'), '');
    assert.is(placeholder(bytes), null);
  }
});
kinds('arrays in an archive: how to take one out, where one was wanted', () => {
  assert.match(kindOf(zip('train_images.npy'), 'array')!,
    /numpy\.save\("train_images\.npy", numpy\.load\("FILE\.npz"\)\["train_images"\]\)/);
  assert.is(kindOf(zip('x.npy'), 'model'), 'an archive of NumPy arrays (.npz)');
});

kinds.run();
