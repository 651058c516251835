/** Sums and maxima of any length, and the map from positions to what is reduced. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import { dimensionMap } from '../../src/kernels/reduce.js';
import { EPSILON } from '../../reference/tolerances.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { draw, random, uniform } from '../../reference/random.js';

// ---------------------------------------------------------------- sums

const sums = suite('sum');

sums('counts exactly, whatever the length', async () => {
  const [{ device }] = await devices();
  const lengths = [1, 31, 32, 33, 1023, 1024, 1025, 2049, 1024 * 1024 + 1, 3_000_000];
  const one = b.input('one', [1]);
  const outputs = Object.fromEntries(lengths.map((n) => [n, b.sum(b.add(b.broadcast(one, [n]), b.constant(0)))]));
  const got = await evaluateOnDevice(outputs, new Map([[one, [1]]]), device);
  for (const n of lengths) assert.is(got[n][0], n);
});
sums('of a million numbers near 1 keep seven digits', async () => {
  const [{ device }] = await devices();
  const x = b.input('x', [1_000_000]);
  const values = draw(uniform(x.shape, 0.5, 1.5), random('million'));
  const { y } = await evaluateOnDevice({ y: b.sum(x) }, new Map([[x, values]]), device);
  const exact = values.reduce((p, q) => p + q, 0);
  // Blocks of 32 inside runs of 1024 inside runs of 1024: about 32 + 32 + 32 additions deep, rounding at random.
  assert.ok(Math.abs(y[0] - exact) / exact < 4 * EPSILON, `${y[0]} instead of ${exact}`);
});
sums('have bits that do not depend on the batch', async () => {
  const [{ device }] = await devices();
  const values = draw(uniform([5, 3000]), random('rows'));
  const whole = b.input('whole', [5, 3000]);
  const row = b.input('row', [1, 3000]);
  const all = await evaluateOnDevice({ y: b.sum(whole, [1]) }, new Map([[whole, values]]), device);
  for (let k = 0; k < 5; k++) {
    const alone = await evaluateOnDevice({ y: b.sum(row, [1]) }, new Map([[row, values.slice(k * 3000, (k + 1) * 3000)]]), device);
    assert.is(alone.y[0], all.y[k]);
  }
});

sums.run();

// ---------------------------------------------------------------- maxima

const maxima = suite('maximum');

maxima('finds its element at either end of every run, and infinities', async () => {
  const [{ device }] = await devices();
  const n = 2500;
  const x = b.input('x', [6, n]);
  const values = new Float32Array(6 * n).fill(-5);
  values[0] = -1;
  values[n + n - 1] = -2;
  values[2 * n + 1024] = -3;
  values.fill(-Infinity, 3 * n, 4 * n);
  values[4 * n + 7] = Infinity;
  values[5 * n + 1300] = NaN;
  const { y } = await evaluateOnDevice({ y: b.maximum(x, [1]) }, new Map([[x, values]]), device);
  assert.equal([...y], [-1, -2, -3, -Infinity, Infinity, NaN]);
});
maxima.after(closeDevices);

maxima.run();

// ---------------------------------------------------------------- index maps

const maps = suite('dimensionMap');

maps('merges neighbouring dimensions', () => {
  assert.equal(dimensionMap([2, 3, 4, 5], [0, 1]).terms.length, 1);
  assert.equal(dimensionMap([2, 3, 4, 5], [0, 2]).terms.length, 2);
  assert.equal(dimensionMap([2, 1, 4, 5], [0, 2]).terms.length, 1);
});
maps('visits every element once', () => {
  const shape = [2, 3, 1, 4, 2];
  const where = (map: ReturnType<typeof dimensionMap>, i: number): number =>
    map.offset +
    map.terms.reduce((t, { div, mod, stride }) => t + (mod === 0 ? Math.floor(i / div) : Math.floor(i / div) % mod) * stride, 0);
  for (const axes of [[0], [1, 3], [0, 4], [2], [0, 1, 2, 3, 4], [3, 4]]) {
    const kept = shape.map((_, k) => k).filter((k) => !axes.includes(k));
    const inner = axes.reduce((n, k) => n * shape[k], 1);
    const seen = new Set<number>();
    for (let i = 0; i < 48; i++) {
      seen.add(where(dimensionMap(shape, kept), Math.floor(i / inner)) + where(dimensionMap(shape, axes), i % inner));
    }
    assert.is(seen.size, 48);
    assert.is(Math.max(...seen), 47);
  }
});

maps.run();
