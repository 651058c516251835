/** Regions of a picture (section 3.4): found, drawn at random, pasted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../src/saliency/random.js';
import { isWhole, pasteRegion, randomRegion, salientRegion, type Region } from '../../src/saliency/experiments/regions.js';
import { random } from '../../reference/random.js';

const shape = [3, 32, 48];

const regions = suite('regions');

regions('the salient one lies around the heaviest patch, not around noise, and outside what is not allowed', () => {
  const draw = random('region');
  const map = Float32Array.from({ length: 1536 }, () => 0.1 * draw());
  map[5 * 48 + 3] = 4; // one bright pixel
  for (let y = 20; y < 27; y++) for (let x = 30; x < 39; x++) map[y * 48 + x] = 1;
  const near = (got: Region, want: Region) =>
    (['x0', 'y0', 'x1', 'y1'] as const).forEach((k) => assert.ok(Math.abs(got[k] - want[k]) <= 2, JSON.stringify(got)));
  near(salientRegion(map, [3, 32, 48], null), { x0: 30, y0: 20, x1: 39, y1: 27 });
  const allowed = Uint8Array.from({ length: 1536 }, (_, p) => (p % 48 < 20 ? 1 : 0));
  const { x0, y0, x1, y1 } = salientRegion(map, [3, 32, 48], allowed);
  assert.ok(x0 <= 3 && x1 > 3 && x1 <= 20 && y0 <= 5 && y1 > 5, 'around the bright pixel, the patch not being allowed');
  assert.throws(() => salientRegion(map, [3, 32, 48], new Uint8Array(1536)), /boxes cover the whole picture/);
});

regions('a random one has the same size and does not touch it where there is room', () => {
  const region = { x0: 10, y0: 8, x1: 22, y1: 20 };
  const places = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    const { x0, y0, x1, y1 } = randomRegion(region, shape, new Random(seed));
    assert.equal([x1 - x0, y1 - y0], [12, 12]);
    assert.ok(x0 >= 0 && y0 >= 0 && x1 <= 48 && y1 <= 32);
    assert.ok(x0 >= region.x1 || x1 <= region.x0 || y0 >= region.y1 || y1 <= region.y0);
    places.add(`${x0},${y0}`);
  }
  assert.ok(places.size > 150);
  const large = { x0: 0, y0: 0, x1: 47, y1: 32 };
  assert.equal(randomRegion(large, shape, new Random(1)), { x0: 1, y0: 0, x1: 48, y1: 32 });
  const whole = { x0: 0, y0: 0, x1: 48, y1: 32 };
  assert.equal([isWhole(whole, shape), isWhole(large, shape)], [true, false]);
  assert.throws(() => randomRegion(whole, shape, new Random(1)), /whole picture/);
});

regions('pasting moves exactly those pixels, all channels of them', () => {
  const source = Float32Array.from({ length: 3 * 1536 }, (_, k) => k);
  const onto = new Float32Array(3 * 1536).fill(-1);
  const from = { x0: 40, y0: 1, x1: 48, y1: 4 }, to = { x0: 2, y0: 20, x1: 10, y1: 23 };
  const out = pasteRegion(onto, source, shape, from, to);
  out.forEach((v, k) => {
    const [c, y, x] = [Math.floor(k / 1536), Math.floor(k / 48) % 32, k % 48];
    const inside = x >= 2 && x < 10 && y >= 20 && y < 23;
    assert.is(v, inside ? c * 1536 + (y - 20 + 1) * 48 + (x - 2 + 40) : -1);
  });
  assert.ok(onto.every((v) => v === -1));
});

regions.run();
