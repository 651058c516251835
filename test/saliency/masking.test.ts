/** Which pixels are masked, and what they are filled with. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BLUR, blur, FILLS, fillPixels, filling, putPixels, randomPixels, salientPixels, shiftMap } from '../../src/saliency/masking.js';
import { Random } from '../../src/saliency/random.js';
import { random } from '../../reference/random.js';

const shape = [3, 8, 12];
const draw = random('masking');
const picture = Float32Array.from({ length: 288 }, () => 4 * draw() - 2);
const how = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

// ---------------------------------------------------------------- which pixels

const which = suite('which pixels');

which('the most salient ones, in order, ties by index, and only allowed ones', () => {
  const map = Float32Array.of(1, 5, 3, 5, 0, 2);
  assert.equal(salientPixels(map, 3), [1, 3, 2]);
  assert.equal(salientPixels(map, 2, Uint8Array.of(1, 0, 1, 0, 1, 1)), [2, 5]);
  assert.equal(salientPixels(map, 9, Uint8Array.of(0, 1, 0, 0, 1, 0)), [1, 4]);
  assert.equal(salientPixels(map, 0), []);
  assert.throws(() => salientPixels(map, 1, new Uint8Array(5)), /6 pixels and the mask of allowed ones 5/);
});

which('random ones: different, allowed, each as often as another, the same for the same seed', () => {
  const allowed = Uint8Array.from({ length: 20 }, (_, k) => k % 2);
  const counts = new Float64Array(20);
  for (let seed = 0; seed < 2000; seed++) {
    const chosen = randomPixels(3, 20, new Random(seed), allowed);
    assert.is(new Set(chosen).size, 3);
    for (const p of chosen) counts[p]++;
  }
  // 600 expected, deviation 20.5
  counts.forEach((n, k) => assert.ok(k % 2 ? Math.abs(n - 600) < 100 : n === 0, `pixel ${k} was drawn ${n} times`));
  assert.equal(randomPixels(5, 20, new Random(7, 1)), randomPixels(5, 20, new Random(7, 1)));
  assert.equal(randomPixels(99, 20, new Random(1), allowed).sort((a, b) => a - b), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
});

which('a shifted map is the map, moved, and never where it was', () => {
  const map = Float32Array.from({ length: 6 }, (_, k) => k);
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) seen.add(shiftMap(map, [1, 2, 3], new Random(seed)).join());
  assert.equal([...seen].sort(), ['1,2,0,4,5,3', '2,0,1,5,3,4', '3,4,5,0,1,2', '4,5,3,1,2,0', '5,3,4,2,0,1']);
});

which.run();

// ---------------------------------------------------------------- what stands in their place

const fills = suite('fillPixels');

fills('mean is 0, grey the middle of [0, 1], blur the blurred picture, and nothing else changes', () => {
  const pixels = [0, 13, 95];
  const blurred = blur(picture, shape, BLUR * 8);
  const value = { mean: () => 0, grey: (c: number) => Math.fround((0.5 - how.mean[c]) / how.std[c]),
    blur: (c: number, p: number) => blurred[c * 96 + p] };
  const before = picture.slice();
  for (const fill of FILLS) {
    const filled = fillPixels(picture, shape, pixels, fill, how);
    for (let k = 0; k < 288; k++) {
      const c = Math.floor(k / 96), p = k % 96;
      assert.is(filled[k], pixels.includes(p) ? value[fill](c, p) : picture[k], `${fill} at ${k}`);
    }
  }
  assert.equal(picture, before);
});

fills('every pixel masked is the filling, none the picture itself', () => {
  const all = Array.from({ length: 96 }, (_, k) => k);
  for (const fill of FILLS) assert.equal(fillPixels(picture, shape, all, fill, how), filling(picture, shape, fill, how));
  assert.equal(fillPixels(picture, shape, [], 'grey', how), picture);
});

fills('refuses pixels that are none, pictures of another size, and grey where nothing says what that is', () => {
  for (const p of [-1, 96, 0.5]) assert.throws(() => fillPixels(picture, shape, [p], 'mean', how), /there is no pixel/);
  assert.throws(() => fillPixels(picture, [3, 8, 8], [0], 'mean', how), /288 values is none of 3 x 8 x 8/);
  assert.throws(() => fillPixels(picture, shape, [0], 'grey', null), /came prepared/);
  assert.equal(fillPixels(picture, shape, [1], 'mean', null), putPixels(picture, shape, [1], new Float32Array(288)));
});

fills.run();

// ---------------------------------------------------------------- blur

const blurring = suite('blur');

blurring('is the weighted mean over the picture, straight from the definition', () => {
  for (const sigma of [0.4, 1.3, 5]) {
    const got = blur(picture, shape, sigma);
    const reach = Math.max(1, Math.ceil(3 * sigma));
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 12; x++) {
          let sum = 0, weight = 0;
          for (let v = 0; v < 8; v++) {
            for (let u = 0; u < 12; u++) {
              if (Math.abs(v - y) > reach || Math.abs(u - x) > reach) continue;
              const w = Math.exp(-((v - y) ** 2 + (u - x) ** 2) / (2 * sigma * sigma));
              sum += w * picture[c * 96 + v * 12 + u];
              weight += w;
            }
          }
          const at = c * 96 + y * 12 + x;
          assert.ok(Math.abs(got[at] - sum / weight) < 1e-6, `sigma ${sigma}, value ${at}: ${got[at]} instead of ${sum / weight}`);
        }
      }
    }
  }
});

blurring.run();
