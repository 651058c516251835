/** Pictures decoded from files, and files that are none. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import sharp from 'sharp';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../reference/paths.js';
import { decodePicture, readPicture } from '../../src/files/picture.js';

const width = 40, height = 30;
const rgb = new Uint8Array(width * height * 3).map((_, k) => [(k * 5) % 256, (k >> 3) % 256, 200][k % 3]);
const plain = (data = rgb, channels: 1 | 3 | 4 = 3) => sharp(data, { raw: { width, height, channels } });
const read = (bytes: Uint8Array) => decodePicture(bytes, 'x');

// ---------------------------------------------------------------- what is read

const reads = suite('decodePicture');

reads('PNG', async () => {
  const p = await read(await plain().png().toBuffer());
  assert.equal([p.width, p.height], [width, height]);
  assert.equal(p.data, rgb);
});

reads('lossless WebP', async () => assert.equal((await read(await plain().webp({ lossless: true }).toBuffer())).data, rgb));

reads('JPEG, close to what went in', async () => {
  const flat = new Uint8Array(rgb.length).map((_, k) => [30, 180, 90][k % 3]);
  const { data } = await read(await plain(flat).jpeg({ quality: 100 }).toBuffer());
  data.forEach((v, k) => assert.ok(Math.abs(v - flat[k]) <= 2, `value ${k}: ${v}`));
});

reads('grey is repeated', async () => {
  const grey = rgb.slice(0, width * height);
  const { data } = await read(await plain(grey, 1).toColourspace('b-w').png().toBuffer());
  grey.forEach((v, k) => assert.equal([...data.subarray(k * 3, k * 3 + 3)], [v, v, v]));
});

reads('alpha is dropped, not blended', async () => {
  const rgba = new Uint8Array(width * height * 4).map((_, k) => (k % 4 === 3 ? 10 : rgb[(k >> 2) * 3 + (k % 4)]));
  assert.equal((await read(await plain(rgba, 4).png().toBuffer())).data, rgb);
});

reads('16 bits a channel keep the high byte', async () => {
  const wide = new Uint16Array(rgb.length).map((_, k) => rgb[k] * 256 + 200);
  const png = await sharp(wide, { raw: { width, height, channels: 3 } }).toColourspace('rgb16').png().toBuffer();
  assert.is((await sharp(png).metadata()).depth, 'ushort');
  assert.equal((await read(png)).data, rgb);
});

reads('the EXIF orientation is not applied', async () => {
  const p = await read(await plain().jpeg().withMetadata({ orientation: 6 }).toBuffer());
  assert.equal([p.width, p.height], [width, height]);
});

reads('a colour profile is not applied', async () => {
  const png = await plain().withIccProfile('p3').png().toBuffer();
  const stored = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
  assert.equal((await read(png)).data, new Uint8Array(stored));
});

/** 8x8 pixels of ink (40, 200, 0, 60), written by Pillow 9.4, which reads them as RGB (164, 42, 195). */
const CMYK = Buffer.from(
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AA'
    + 'FAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AFcG2fwhj//Z',
  'base64'
);

reads('CMYK is the plain product of ink and white', async () => {
  const { data } = await read(CMYK);
  assert.equal(data, new Uint8Array(8 * 8 * 3).map((_, k) => [164, 42, 195][k % 3]));
});

interface Form {
  readonly form: string;
  readonly mode: string;
  readonly file: string;
  readonly size: readonly [number, number];
  readonly rgb: string;
}
const { cases } = JSON.parse(readFileSync(join(root, 'test/data/pil-forms.json'), 'utf8')) as { cases: Form[] };
for (const { form, mode, file, size, rgb } of cases) {
  reads(`${form} (${mode}): all values as Pillow has them`, async () => {
    const { width, height, data } = await read(Buffer.from(file, 'base64'));
    assert.equal([width, height], size);
    const expected = Buffer.from(rgb, 'base64');
    data.forEach((v, k) => assert.is(v, expected[k], `value ${k}`));
  });
}

reads.run();

// ---------------------------------------------------------------- what is refused

const refuses = suite('readPicture');
const folder = mkdtempSync(join(tmpdir(), 'misfire-picture-'));
const oneSentence = /^[^\n]+\.$/;

async function refused(name: string, bytes: Uint8Array | null, message: RegExp) {
  const path = join(folder, name);
  if (bytes) writeFileSync(path, bytes);
  try {
    await readPicture(path);
  } catch (error) {
    const text = (error as Error).message;
    assert.match(text, message);
    assert.match(text, oneSentence);
    assert.ok(text.includes(path), `"${text}" names the file`);
    return;
  }
  assert.unreachable(`${name} was read`);
}

refuses('a missing file', () => refused('none.png', null, /does not exist/));
refuses('an empty file', () => refused('empty.jpg', new Uint8Array(0), /is empty/));
refuses('random bytes', () => refused('random.jpg', new Uint8Array(5000).map((_, k) => (k * k * 31) % 251), /is not a JPEG, PNG or WebP/));
for (const [what, bytes, message] of [
  ['bitmap.png', Buffer.from('BM\x36\x10\0\0\0\0\0\0'), /but a BMP picture: convert it to PNG\.$/],
  ['animated.jpg', Buffer.from('GIF89a\x0a\0\x0a\0\x80\0'), /but a GIF picture/],
  ['scan.png', Buffer.from('II*\0\x08\0\0\0'), /but a TIFF picture/],
  ['phone.jpg', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0'), /but a HEIC picture/],
  ['small.jpg', Buffer.from('\0\0\0\x1cftypavif\0\0\0\0'), /but an AVIF picture/],
  ['drawing.png', Buffer.from('<?xml version="1.0"?>\n<svg width="1"></svg>'), /but an SVG drawing/],
  ['pointer.png', Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 812\n`),
    /but a Git LFS pointer to a file of 812 bytes: fetch the file itself with "git lfs pull"/],
  ['page.jpg', Buffer.from('\n<!DOCTYPE html>\n<html>'), /but a web page, saved in place of the file/],
  ['missing.jpg', Buffer.from('404: Not Found'), /but text that begins "404: Not Found"/],
  ['pictures.png', Buffer.from('PK\x03\x04\x14\0\0\0\0\0aaaabbbbccccdddd\x05\0\0\0a.pngxx', 'latin1'),
    /but a zip archive \(it begins with a\.png\): unpack/],
  ['zeros.png', new Uint8Array(5000), /but nothing but zeros where it begins/],
] as const) {
  refuses(`${what}, and says what it is`, () => refused(what, bytes, message));
}
refuses('a folder', async () => {
  try {
    await readPicture(folder);
    assert.unreachable('a folder was read');
  } catch (error) {
    assert.match((error as Error).message, /is a folder/);
  }
});
for (const format of ['jpeg', 'png', 'webp'] as const) {
  refuses(`a ${format} cut in half`, async () => {
    const bytes = await plain().toFormat(format).toBuffer();
    await refused(`half.${format}`, bytes.subarray(0, bytes.length >> 1), /is a damaged picture/);
  });
  refuses(`a ${format}'s first 12 bytes followed by noise`, async () => {
    const bytes = await plain().toFormat(format).toBuffer();
    const noise = new Uint8Array(3000).map((_, k) => (k * k * 31) % 251);
    noise.set(bytes.subarray(0, 12));
    await refused(`noise.${format}`, noise, /is a damaged picture/);
  });
}
refuses.after(() => rmSync(folder, { recursive: true }));

refuses.run();
