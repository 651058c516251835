/** The declared task: settings, orders, data and initial weights. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shared } from '../../reference/paths.js';
import { bufferShuffle, ordersOf } from '../../src/reproducibility/order.js';
import { completeSetting, DEFAULTS, tensorsOf } from '../../src/reproducibility/setting.js';
import { initialWeights, parametersOf, taskData } from '../../src/reproducibility/task.js';
import { skipUnless } from '../support/skip.js';

const TABLES = `${shared}irrepro/golden/tables.json`;

const settings = suite('settings');

settings('a field left out has its default; what is unknown or out of range is refused by its name', () => {
  assert.equal(completeSetting({ width: 3 }), { ...DEFAULTS, width: 3 });
  const refused: [object, RegExp][] = [
    [{ widht: 3 }, /unknown field 'widht'; there are seed, data/],
    [{ window: 0 }, /'window' must be a whole number of 1 to 2147483648, got 0/],
    [{ activation: 'relu6' }, /'activation' must be one of identity, relu, smelu, .*, got "relu6"/],
    [{ beta: 0 }, /'beta' must be above 0, got 0/],
    [{ rate: 'fast' }, /'rate' must be a number, got "fast"/],
    [{ train: 10, batch: 4 }, /'train' times 'epochs', 10, must be a multiple of 'batch', 4/],
    [{ truth: 'product', features: 1 }, /'product' multiplies two features/],
    [{ models: 0 }, /'models'/],
    [{ seed: 1.5 }, /'seed'/],
    [{ init: 'Same' }, /'init'/],
  ];
  for (const [given, message] of refused) assert.throws(() => completeSetting(given, 's.json'), message);
  assert.throws(() => completeSetting([]), /must be an object/);
});

settings.run();

const orders = suite('orders');

orders('every example once; none before its place by the window or more; a window of 1 keeps the order', () => {
  for (const [n, window] of [[10, 1], [10, 3], [10, 10], [10, 99], [257, 16]]) {
    const order = bufferShuffle(n, window, 5, 2, 0);
    assert.equal([...order].sort((a, b) => a - b), Array.from({ length: n }, (_, k) => k));
    assert.ok(order.every((v, t) => v <= t + window - 1), `${n}, ${window}`);
  }
  assert.equal([...bufferShuffle(8, 1, 7, 0, 0)], [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal([...bufferShuffle(8, 3, 7, 1, 0)], [1, 0, 2, 3, 6, 5, 7, 4]);
  assert.equal([...bufferShuffle(20, 4, 7, 3, 2)], [1, 0, 2, 6, 7, 8, 3, 4, 10, 12, 11, 5, 13, 15, 16, 9, 14, 17, 19, 18]);
});

orders('models share a row where nothing tells them apart', () => {
  const base = completeSetting({ train: 12, models: 5, epochs: 2 });
  assert.is(ordersOf({ ...base, window: 1 }).rows, 1);
  assert.is(ordersOf({ ...base, orders: 'same' }).rows, 1);
  const all = ordersOf(base);
  assert.equal([all.rows, all.length], [5, 24]);
  assert.equal([...all.values.subarray(24 + 12, 48)], [...bufferShuffle(12, 4096, 1, 1, 1)]);
});

if (skipUnless(existsSync(TABLES), 'the shuffles of the reference are in ../shared')) {
  orders('the shuffles of the reference', () => {
    const { shuffles } = JSON.parse(readFileSync(TABLES, 'utf8')) as { shuffles:
      & Record<'n' | 'window' | 'seed' | 'model' | 'epoch', number>
      & { order: number[] }[] };
    for (const { n, window, seed, model, epoch, order } of shuffles as never as (Record<string, number> & { order: number[] })[]) {
      assert.equal([...bufferShuffle(n, window, seed, model, epoch)], order);
    }
  });
}

orders.run();

const task = suite('task');

task('initial weights: different, the same, or apart by bits of one weight; biases 0', () => {
  const base = completeSetting({ models: 3, width: 2, depth: 2, seed: 7 });
  const count = parametersOf(base);
  assert.equal([count, tensorsOf(base).map((t) => t.name)], [2 * 3 + 2 * 3 + 3, ['W0', 'b0', 'W1', 'b1', 'W2', 'b2']]);
  const different = initialWeights(base), same = initialWeights({ ...base, init: 'same' }), ulp = initialWeights({ ...base, init: 'ulp' });
  for (const m of [1, 2]) {
    assert.equal(same.slice(m * count, (m + 1) * count), different.slice(0, count));
    assert.not.equal(different.slice(m * count, (m + 1) * count), different.slice(0, count));
    assert.equal(ulp.slice(m * count + 1, (m + 1) * count), same.slice(1, count));
    assert.is(new Uint32Array(ulp.buffer)[m * count], new Uint32Array(same.buffer)[0] + m);
  }
  assert.equal([...different.slice(4, 6), ...different.slice(10, 12), different[14]], [0, 0, 0, 0, 0]);
  // Tensor 1 of model 2, seed 7: the reference's normal numbers times sqrt(2 / in).
  const declared = [0.210174560546875, 0.75250244140625, 1.1883087158203125, 0.38909912109375];
  assert.equal([...different.slice(2 * count + 6, 2 * count + 10)], declared.map((v) => Math.fround(v * Math.sqrt(2 / 2))));
});

task('one-hot data never trains on the combinations that are held out, and holds out all of them', () => {
  const s = completeSetting({ data: 'one-hot', groups: 3, values: 4, train: 400, held: 99 });
  const { x, xHeld, pHeld } = taskData(s);
  assert.is(pHeld.length, 16);
  const sums = (v: Float32Array): number[] =>
    Array.from({ length: v.length / 12 }, (_, i) => {
      const ones = [...v.subarray(i * 12, (i + 1) * 12)].flatMap((one, k) => (one === 1 ? [k] : []));
      assert.equal(ones.map((k) => Math.floor(k / 4)), [0, 1, 2]);
      return ones.reduce((a, k) => a + (k % 4), 0) % 4;
    });
  assert.not.ok(sums(x).includes(0));
  assert.ok(sums(xHeld).every((v) => v === 0));
});

task.run();
