/** Insertion, deletion and the mean over a box, against what can be worked out by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { boxMean } from '../../src/saliency/box-mean.js';
import { causalAreas } from '../../src/saliency/insertion.js';
import { blur, BLUR } from '../../src/saliency/masking.js';
import { draw, random, uniform } from '../../reference/random.js';

const test = suite('insertion and deletion');
const SHAPE = [2, 4, 5];
const picture = Float32Array.from(draw(uniform(SHAPE), random('insertion')));

/** A network that counts: the logits are the sum over the picture, and 0. */
const counting = (pictures: readonly Float32Array[]): Promise<Float32Array[]> =>
  Promise.resolve(pictures.map((x) => Float32Array.of(x.reduce((s, v) => s + v, 0), 0)));
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

test('areas are trapezoids over the steps of pixels, highest score first', async () => {
  const scores = Float32Array.from({ length: 20 }, (_, k) => (k * 7) % 20);
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  const blurred = blur(picture, SHAPE, BLUR * 4);
  const at = (n: number, from: ArrayLike<number>, to: ArrayLike<number>): number => {
    const put = new Set(order.slice(0, n));
    let sum = 0;
    for (let k = 0; k < 40; k++) sum += put.has(k % 20) ? to[k] : from[k];
    return sigmoid(sum);
  };
  const zeros = new Float32Array(40);
  const counts = [0, 7, 13, 20]; // three steps of 20 pixels
  const area = (from: ArrayLike<number>, to: ArrayLike<number>): number =>
    [0, 1, 2].reduce((s, k) => s + ((at(counts[k], from, to) + at(counts[k + 1], from, to)) / 2) * ((counts[k + 1] - counts[k]) / 20), 0);
  const [found, other] = await causalAreas([scores, scores.map((v) => -v)], picture, SHAPE, 0, counting, 3);
  assert.ok(Math.abs(found.insertion - area(blurred, picture)) < 1e-6, `${found.insertion}`);
  assert.ok(Math.abs(found.deletion - area(picture, zeros)) < 1e-6, `${found.deletion}`);
  assert.not.equal(other, found);
});

test('what is no map of the picture is refused', async () => {
  const refused = (work: Promise<unknown>, pattern: RegExp) =>
    work.then(() => assert.unreachable(), (e: Error) => assert.match(e.message, pattern));
  await refused(causalAreas([new Float32Array(19)], picture, SHAPE, 0, counting), /a map has 19 scores; the picture has 20 pixels/);
  await refused(causalAreas([], picture, SHAPE, 0, counting, 0), /whole number of steps of at least 1, got 0/);
});

test('the mean over a box repeats the edges', () => {
  const map = Float32Array.from({ length: 12 }, (_, k) => k * k);
  const at = (y: number, x: number): number => map[Math.min(2, Math.max(0, y)) * 4 + Math.min(3, Math.max(0, x))];
  for (const [k, v] of boxMean(map, [3, 4]).entries()) {
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) sum += at(Math.floor(k / 4) + dy, (k % 4) + dx);
    assert.ok(Math.abs(v - sum / 25) < 1e-4, `${k}`);
  }
  assert.equal(boxMean(map, [3, 4], 1), map);
});

test.run();
