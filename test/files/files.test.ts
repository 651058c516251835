/** Files written whole or not at all, hashes, and CIFAR-10's format. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseCifar10 } from '../../src/data/cifar.js';
import { readWithin } from '../../src/files/external.js';
import { checkWritable, readBytes, readText, writeAtomic } from '../../src/files/files.js';
import { sha256 } from '../../src/data/sha256.js';

async function rejects(promise: Promise<unknown>, message: RegExp) {
  try {
    await promise;
  } catch (error) {
    return assert.match((error as Error).message, message);
  }
  assert.unreachable(`expected an error like ${message}`);
}

// ---------------------------------------------------------------- files

const files = suite('files');
const folder = mkdtempSync(join(tmpdir(), 'misfire-files-'));
const at = (name: string) => join(folder, name);

files('writeAtomic replaces a file and leaves nothing else', async () => {
  await writeAtomic(at('a.txt'), 'one');
  await writeAtomic(at('a.txt'), Uint8Array.of(0x32));
  assert.is(readFileSync(at('a.txt'), 'utf8'), '2');
  assert.equal(readdirSync(folder), ['a.txt']);
});

files('a failed write leaves no file', async () => {
  mkdirSync(at('sub'));
  await rejects(writeAtomic(at('sub'), 'x'), /^Cannot write .*sub: it is a folder\.$/);
  await rejects(writeAtomic(at('none/x.txt'), 'x'), /the folder .*none does not exist/);
  assert.equal(readdirSync(folder).sort(), ['a.txt', 'sub']);
});

files('a device is written directly', () => writeAtomic('/dev/null', 'x'));
files('checkWritable says no before the work', () => rejects(checkWritable(at('none/x')), /^Cannot write /));
files('reading says why not', async () => {
  await rejects(readBytes(at('none')), /^Cannot read .*: it does not exist\.$/);
  writeFileSync(at('empty'), '');
  await rejects(readBytes(at('empty')), /it is empty/);
  writeFileSync(at('binary'), Uint8Array.of(0xff, 0xfe, 0xfd));
  await rejects(readText(at('binary')), /not UTF-8 text/);
});
files('a link that leads nowhere, and a file that stands for another', async () => {
  symlinkSync(at('no such'), at('dangling'));
  await rejects(readBytes(at('dangling')), /^Cannot read .*dangling: it is a link to .*no such, which does not exist\.$/);
  writeFileSync(at('classes.txt'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 42\n');
  await rejects(readText(at('classes.txt')), /classes\.txt: it is a Git LFS pointer to a file of 42 bytes: fetch the file itself/);
});
files.after(() => rmSync(folder, { recursive: true }));

files.run();

// ---------------------------------------------------------------- readWithin

const within = suite('readWithin');
const home = mkdtempSync(join(tmpdir(), 'misfire-within-'));
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};
const link = (from: string, to: string) => {
  mkdirSync(dirname(join(home, from)), { recursive: true });
  symlinkSync(to, join(home, from));
};
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const reader = (model: string) => readWithin(dirname(join(home, model)), join(home, model));

// As Hugging Face keeps downloads: names are links to files called by their hashes.
put('hub/models--a--b/blobs/1f', 'model');
put('hub/models--a--b/blobs/2e', 'weights');
link('hub/models--a--b/snapshots/c0/onnx/model.onnx', '../../../blobs/1f');
link('hub/models--a--b/snapshots/c0/onnx/model.onnx_data', '../../../blobs/2e');
put('secret.bin', 'secret!');
put('plain/model.onnx', 'model');
put('plain/sub/w.bin', 'weights');
link('plain/out.bin', '../secret.bin');
link('hub/models--a--b/snapshots/c0/onnx/out.bin', '../../../../../secret.bin');
link('bench/model.onnx', '../plain/model.onnx');
put('plain/pointer.bin', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 99\n');

within('a file of the folder, from a place on, and what there is where it ends', () => {
  assert.is(text(reader('plain/model.onnx')('sub/w.bin', 2, 3)), 'igh');
  assert.is(text(reader('plain/model.onnx')('sub/w.bin', 2, 30)), 'ights');
});
within("links into Hugging Face's cache, beside the real model", () => {
  assert.is(text(reader('hub/models--a--b/snapshots/c0/onnx/model.onnx')('model.onnx_data', 0, 7)), 'weights');
});
within('a model that is a link: data beside what it links to',
  () => assert.is(text(reader('bench/model.onnx')('sub/w.bin', 0, 7)), 'weights'));
within('links that lead elsewhere stay refused', () => {
  for (const model of ['plain/model.onnx', 'hub/models--a--b/snapshots/c0/onnx/model.onnx', 'bench/model.onnx']) {
    assert.throws(() => reader(model)('out.bin', 0, 7), /it is a link that leaves the folder/, model);
  }
  assert.throws(() => readWithin(join(home, 'hub/models--a--b/snapshots/c0/onnx'))('model.onnx_data', 0, 7), /it is a link that leaves/);
});
within('what is not there, and what stands for a file that is elsewhere', () => {
  assert.throws(() => reader('plain/model.onnx')('none.bin', 0, 1), /it does not exist/);
  assert.throws(() => reader('plain/model.onnx')('pointer.bin', 0, 99), /it is a Git LFS pointer to a file of 99 bytes: fetch/);
  assert.throws(() => reader('plain/model.onnx')('pointer.bin', 0, 8), /it is a Git LFS pointer/, 'also where it is long enough');
});
within.after(() => rmSync(home, { recursive: true }));

within.run();

// ---------------------------------------------------------------- sha256

const hash = suite('sha256');

hash('of "abc" is the standard\'s example', async () => {
  assert.is(await sha256(new TextEncoder().encode('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

hash.run();

// ---------------------------------------------------------------- parseCifar10

const cifar = suite('parseCifar10');

cifar('labels, and planes interleaved', () => {
  const bytes = new Uint8Array(2 * 3073);
  bytes[0] = 7;
  bytes[3073] = 9;
  bytes.set([1, 2], 3074);
  bytes[3074 + 1024] = 3;
  bytes[3074 + 2048] = 4;
  const { labels, pictures } = parseCifar10(bytes);
  assert.equal([...labels], [7, 9]);
  assert.equal([...pictures[1].data.subarray(0, 6)], [1, 3, 4, 2, 0, 0]);
});
cifar('a wrong length', () => assert.throws(() => parseCifar10(new Uint8Array(3000), 'c.bin'), /c\.bin: 3000 bytes are not/));
cifar('no bytes', () => assert.throws(() => parseCifar10(new Uint8Array(0)), /0 bytes/));
cifar('a label above 9', () => assert.throws(() => parseCifar10(new Uint8Array(3073).fill(10)), /label 10/));

cifar.run();
