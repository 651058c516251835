/** Preparing pictures: resize, crop and normalization, against Pillow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNpy } from '../../src/data/npy.js';
import type { Picture } from '../../src/data/picture.js';
import { readPicture } from '../../src/files/picture.js';
import { frame, parsePreprocessing, preprocess, PREPROCESSINGS } from '../../src/data/preprocess.js';
import { root, shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';

/** The same formula as in pil.py. */
function generated(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[k++] = (x * x + 3 * y) % 256;
      data[k++] = (7 * x + y * y) % 256;
      data[k++] = (x + 2 * y) % 31 < 9 ? 255 : (x * y) % 90;
    }
  }
  return { width, height, data };
}

// ---------------------------------------------------------------- frame

const framing = suite('frame');

interface Case {
  picture: [number, number];
  resize: number | null;
  crop: number | null;
  size: [number, number];
  rgb: string;
}
const { cases } = JSON.parse(readFileSync(join(root, 'test/data/pil.json'), 'utf8')) as { cases: Case[] };

for (const c of cases) {
  framing(`${c.picture.join('x')} resize ${c.resize} crop ${c.crop} is Pillow's, byte for byte`, () => {
    const out = frame(generated(...c.picture), c);
    assert.equal([out.width, out.height], c.size);
    assert.equal(Buffer.from(out.data).toString('base64'), c.rgb);
  });
}

const pictures = join(shared, 'data/imagenet/full');
const python = spawnSync('/usr/bin/python3', ['-c', 'import PIL, torchvision']).status === 0;
if (skipUnless(existsSync(pictures), 'real pictures against Pillow: ../shared/data/imagenet/full is absent')
  && skipUnless(python, 'real pictures against Pillow: /usr/bin/python3 has no PIL and torchvision')) {
  framing('real pictures: at most 1/255 from torchvision on 99.9 % of values', async () => {
    const files = readdirSync(pictures).filter((f) => /\.jpe?g$/i.test(f)).map((f) => join(pictures, f));
    const out = mkdtempSync(join(tmpdir(), 'misfire-pil-'));
    try {
      execFileSync('/usr/bin/python3', [join(root, 'test/data/pil.py'), out, ...files]);
      let values = 0, off = 0;
      for (const file of files) {
        const expected = parseNpy(readFileSync(join(out, `${file.slice(pictures.length + 1)}.npy`))).data as Uint8Array;
        const { data } = frame(await readPicture(file), PREPROCESSINGS.imagenet);
        assert.is(data.length, expected.length);
        values += data.length;
        for (let k = 0; k < data.length; k++) if (Math.abs(data[k] - expected[k]) > 1) off++;
      }
      assert.ok(values > 4e6);
      assert.ok(off <= values / 1000, `${off} of ${values} values differ by more than 1/255`);
    } finally {
      rmSync(out, { recursive: true });
    }
  });
}

framing.run();

// ---------------------------------------------------------------- preprocess

const input = suite('preprocess');

input('planes, scaled and normalized per channel', () => {
  const picture: Picture = { width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 102, 204, 153) };
  const x = preprocess(picture, { resize: null, crop: null, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] });
  assert.equal(x.shape, [3, 1, 2]);
  [-1, -0.2, -0.2, 2.2, 0.5, 0.3].forEach((v, k) => assert.ok(Math.abs(x.data[k] - v) < 1e-6, `value ${k} is ${x.data[k]}, not ${v}`));
});

input('CIFAR-10 keeps the size', () => {
  assert.equal(preprocess(generated(32, 32), PREPROCESSINGS.cifar10).shape, [3, 32, 32]);
});

input.run();

// ---------------------------------------------------------------- parsePreprocessing

const file = suite('parsePreprocessing');
const good = { resize: 256, crop: null, mean: [0, 0.5, 1], std: [1, 1, 2] };

file('reads what is well formed', () => assert.equal(parsePreprocessing(JSON.stringify(good)), good));

for (const [what, text, message] of [
  ['text that is no JSON', '{', /^p\.json is not JSON/],
  ['an array', '[]', /one JSON object/],
  ['an unknown key', JSON.stringify({ ...good, scale: 1 }), /unknown key "scale"/],
  ['a missing key', '{"crop":224}', /"resize".*is missing/],
  ['a size of 0', JSON.stringify({ ...good, crop: 0 }), /"crop".*is 0/],
  ['two means', JSON.stringify({ ...good, mean: [1, 2] }), /"mean" must be three numbers/],
  ['a deviation of 0', JSON.stringify({ ...good, std: [1, 0, 1] }), /"std" must be three numbers above 0/],
] as const) {
  file(`refuses ${what}`, () => assert.throws(() => parsePreprocessing(text, 'p.json'), message));
}

file.run();
