/** Files written whole or not at all, hashes, and CIFAR-10's format. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCifar10 } from '../../src/data/cifar.js';
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
files.after(() => rmSync(folder, { recursive: true }));

files.run();

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
