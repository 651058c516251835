/** Pictures decoded from files, and files that are none. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import sharp from 'sharp';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
