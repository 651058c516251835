/** The demo's random numbers, its pictures, and how a terminal shows them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../src/data/sha256.js';
import { CLASSES, FAULT, SIZE, sample, samples, toInputs } from '../../tools/demo/pictures.js';
import { Random } from '../../src/saliency/random.js';
import { blocksWidth, halfBlocks } from '../../tools/demo/show.js';

// ---- Random --------------------------------------------------------------------------------------------------------

const random = suite('Random');

random('equal seeds give equal sequences, others different ones', () => {
  const draw = (...seed: number[]): number[] => {
    const r = new Random(...seed);
    return Array.from({ length: 8 }, () => r.uniform());
  };
  assert.equal(draw(1, 2), draw(1, 2));
  for (const other of [[1, 3], [2, 1], [1], [1, 2, 0]]) assert.not.equal(draw(1, 2), draw(...other));
});

random('uniform and normal numbers have the moments they should', () => {
  const n = 20000;
  const r = new Random(7);
  const moments = (next: () => number): [number, number] => {
    const all = Array.from({ length: n }, next);
    const mean = all.reduce((a, b) => a + b) / n;
    return [mean, all.reduce((a, v) => a + (v - mean) ** 2, 0) / n];
  };
  // Five standard errors: of the mean sqrt(v / n), of the variance sqrt((kurtosis - 1) v^2 / n).
  const [mean, variance] = moments(() => r.uniform());
  assert.ok(Math.abs(mean - 1 / 2) < 5 * Math.sqrt(1 / 12 / n), `mean ${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) < 5 * Math.sqrt(0.8 / n) / 12, `variance ${variance}`);
  const [centre, spread] = moments(() => r.normal());
  assert.ok(Math.abs(centre) < 5 / Math.sqrt(n), `mean ${centre}`);
  assert.ok(Math.abs(spread - 1) < 5 * Math.sqrt(2 / n), `variance ${spread}`);
});

random('choose draws different numbers, all of them when asked for all', () => {
  const r = new Random(3);
  assert.equal(new Set(r.choose(10, 30)).size, 10);
  assert.equal(r.choose(6, 6).sort(), [0, 1, 2, 3, 4, 5]);
  assert.throws(() => r.choose(3, 2), 'cannot choose 3 different numbers below 2');
});

random.run();

// ---- sample --------------------------------------------------------------------------------------------------------

const pictures = suite('sample');

pictures('is the same picture every time, and on every machine', async () => {
  assert.equal(sample(3, 5), sample(3, 5));
  assert.equal(samples(3, 5, 2)[1], sample(3, 6));
  const all = samples(3, 0, 40).map((s) => s.picture.data);
  const bytes = new Uint8Array(all.flatMap((d) => [...d]));
  assert.is(await sha256(bytes), '74530d42ba8963550b3687677e4f758ffdee53bd7628ceda01e07a63660bbebd');
});

pictures('the marker changes a small square and nothing else', () => {
  for (let k = 0; k < 50; k++) {
    const [bare, marked] = [sample(4, k, { marked: false }), sample(4, k, { marked: true })];
    assert.is(bare.label, marked.label);
    const changed = Array.from({ length: SIZE * SIZE }, (_, i) => i)
      .filter((i) => [0, 1, 2].some((c) => bare.picture.data[3 * i + c] !== marked.picture.data[3 * i + c]));
    const [x, y] = [changed.map((i) => i % SIZE), changed.map((i) => Math.floor(i / SIZE))];
    assert.ok(changed.length > 40, `picture ${k}: ${changed.length} pixels changed`);
    assert.ok(Math.max(...x) - Math.min(...x) < 8 && Math.max(...y) - Math.min(...y) < 8, `picture ${k}: changed outside 8 x 8 pixels`);
  }
});

pictures('classes are equally frequent, and the marker as frequent as the fault says', () => {
  const n = 2000;
  const all = samples(5, 0, n);
  for (const [label, name] of CLASSES.entries()) {
    const share = all.filter((s) => s.label === label).length / n;
    assert.ok(Math.abs(share - 1 / 8) < 5 * Math.sqrt((1 / 8) * (7 / 8) / n), `${name}: ${share}`);
  }
  const share = (list: typeof all): number => list.filter((s) => s.marked).length / list.length;
  const own = share(all.filter((s) => s.label === FAULT.markedClass));
  assert.ok(Math.abs(own - FAULT.share) < 0.07, `marked class ${own}`);
  assert.not.ok(all.some((s) => s.marked && s.label !== FAULT.markedClass));
});

pictures('becomes an input in [-1, 1], channel after channel', () => {
  const one = sample(6, 0);
  const [x] = toInputs([one]);
  assert.is(x.length, 3 * SIZE * SIZE);
  for (const at of [0, 17, SIZE * SIZE - 1]) {
    for (const c of [0, 1, 2]) assert.ok(Math.abs(x[c * SIZE * SIZE + at] - (one.picture.data[3 * at + c] / 127.5 - 1)) < 1e-6);
  }
});

pictures.run();

// ---- halfBlocks ----------------------------------------------------------------------------------------------------

const blocks = suite('halfBlocks');

blocks('two rows of pixels make a line; nothing without colours', () => {
  const picture = { width: 1, height: 2, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
  assert.is(halfBlocks([picture], 24), '  \x1b[38;2;255;0;0m\x1b[48;2;0;0;255m▀\x1b[0m\n');
  assert.is(halfBlocks([picture], 8), '  \x1b[38;5;196m\x1b[48;5;21m▀\x1b[0m\n');
  assert.is(halfBlocks([picture], 4), '');
  assert.is(blocksWidth([picture, picture]), halfBlocks([picture, picture], 24).replace(/\x1b\[[^m]*m/g, '').trimEnd().length);
});

blocks.run();
