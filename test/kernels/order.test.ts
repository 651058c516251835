/** The order of a sum depends on its terms alone: a row of a product has the same bits whatever stands beside it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { draw, random, uniform } from '../../reference/random.js';

const order = suite('a row of a matrix product');

const [K, N] = [300, 40]; // more than two blocks of 128 terms, and not a whole number of steps
const r = random('order');
const row = draw(uniform([K]), r);
const matrix = draw(uniform([K, N]), r);

// Few rows are summed by the kernel for narrow products, many in tiles.
for (const [what, transB] of [['', false], [', transposed', true]] as const) {
  order(`has the same bits in a batch of 1 and of 40${what}`, async () => {
    for (const { name, device } of await devices()) {
      const bits = await Promise.all([1, 7, 16, 17, 40].map(async (M) => {
        const [x, w] = [b.input('x', [M, K]), b.input('w', transB ? [N, K] : [K, N])];
        const feeds = new Map([[x, Array.from({ length: M }, () => [...row]).flat()], [w, [...matrix]]]);
        const { y } = await evaluateOnDevice({ y: b.matmul(x, w, { transA: false, transB }) }, feeds, device);
        return [...new Uint32Array(y.buffer, (M - 1) * N * 4, N)];
      }));
      for (const other of bits.slice(1)) assert.equal(other, bits[0], name);
    }
  });
}
order.after(closeDevices);

order.run();
