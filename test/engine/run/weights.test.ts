/** Parts of weights written over, and what depends on them done again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../../src/engine/builder.js';
import type { Node } from '../../../src/engine/graph.js';
import { planGraph } from '../../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../../src/engine/run/program.js';
import { closeDevices, devices } from '../../support/device.js';
import { fails } from '../../support/outcomes.js';

const test = suite('WeightStore.patch');

test('overwrites the elements given and no others', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  store.set('w', Float32Array.of(0, 1, 2, 3, 4, 5));
  store.patch('w', 2, Float32Array.of(20, 30));
  assert.equal([...(await store.get('w'))], [0, 1, 20, 30, 4, 5]);
  store.patch('w', 5, Float32Array.of(9, 50, 9).subarray(1, 2));
  store.patch('w', 6, new Float32Array(0));
  assert.equal([...(await store.get('w'))], [0, 1, 20, 30, 4, 50]);
  store.destroy();
});
test('refuses what does not lie within the weight', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  store.set('w', new Float32Array(6));
  for (const [offset, count] of [[5, 2], [-1, 1], [7, 0], [0.5, 1]]) {
    await fails(async () => store.patch('w', offset, new Float32Array(count)),
      /weight 'w' has 6 elements; \d values from element [-.\d]+ on do not lie within it/);
  }
  await fails(async () => store.patch('v', 0, new Float32Array(1)), /weight 'v' has not been set/);
  store.destroy();
});
test('programs do again what depends on weights alone, and what they share stays shared', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  const x = b.input('x', [2]), w = b.weight('w', [4]);
  const compile = (y: Node) => Program.compile(planGraph({ y }, device.target), device, store);
  store.set('w', Float32Array.of(1, 2, 3, 4));
  const squares = await compile(b.mul(b.sum(b.mul(w, w)), x)); // the sum is in the prologue
  const plain = await compile(b.mul(b.sum(w), x));
  assert.ok(squares.plan.prologue.length > 0);
  const feeds = { x: Float32Array.of(1, 10) };
  assert.equal([...(await squares.run(feeds)).y], [30, 300]);
  assert.equal([...(await plain.run(feeds)).y], [10, 100]);
  store.patch('w', 1, Float32Array.of(0));
  assert.equal([...(await squares.run(feeds)).y], [26, 260]);
  assert.equal([...(await plain.run(feeds)).y], [8, 80]);
  store.patch('w', 1, Float32Array.of(2));
  assert.equal([...(await squares.run(feeds)).y], [30, 300]);
  for (const p of [squares, plain]) p.destroy();
  store.destroy();
});
test.after(closeDevices);
test.run();
