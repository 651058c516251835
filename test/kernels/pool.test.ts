/** Pooling as PyTorch does it: ties, padding, infinities, overlapping windows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import { grad } from '../../src/engine/grad.js';
import type { Node } from '../../src/engine/graph.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';

const windows = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [1, 2] } as const;

const pooling = suite('maxPool');

async function run(outputs: Record<string, Node>, feeds: Map<Node, ArrayLike<number>>): Promise<Record<string, number[]>> {
  const [{ device }] = await devices();
  return Object.fromEntries(Object.entries(await evaluateOnDevice(outputs, feeds, device)).map(([k, v]) => [k, [...v]]));
}

pooling('gives the whole gradient to the first of equal maxima, as PyTorch does', async () => {
  const x = b.input('x', [1, 1, 2, 4]);
  const y = b.maxPool(x, windows);
  const got = await run({ y, g: grad(b.sum(y), [x])[0] }, new Map([[x, [3, 3, 1, 2, 3, 3, 2, 2]]]));
  assert.equal(got, { y: [3, 2], g: [1, 0, 0, 1, 0, 0, 0, 0] });
});
pooling('lets padding never win, not even against negative numbers', async () => {
  const x = b.input('x', [1, 1, 1, 2]);
  const y = b.maxPool(x, { kernel: [3, 3], stride: [1, 2], dilation: [1, 1], pads: [1, 1], output: [1, 1] });
  assert.equal((await run({ y }, new Map([[x, [-7, -5]]]))).y, [-5]);
});
pooling('takes -infinity and NaN for what they are', async () => {
  const x = b.input('x', [1, 1, 2, 4]);
  const y = b.maxPool(x, windows);
  assert.equal((await run({ y }, new Map([[x, [-Infinity, -Infinity, 9, NaN, -Infinity, -Infinity, 8, 7]]]))).y, [-Infinity, NaN]);
});
pooling('sums the gradients of windows that share their maximum', async () => {
  const x = b.input('x', [1, 1, 1, 5]);
  const y = b.maxPool(x, { kernel: [1, 3], stride: [1, 1], dilation: [1, 1], pads: [0, 0], output: [1, 3] });
  assert.equal((await run({ g: grad(b.sum(y), [x])[0] }, new Map([[x, [0, 1, 9, 1, 0]]]))).g, [0, 0, 3, 0, 0]);
});

pooling.run();

const averages = suite('averagePool');

averages('divides by the taps inside, or by those inside the padding', async () => {
  const x = b.input('x', [1, 1, 3, 3]);
  const attrs = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [1, 1], output: [2, 2] } as const;
  const got = await run({ valid: b.averagePool(x, attrs, 'valid'), padded: b.averagePool(x, attrs, [0, 0]) },
    new Map([[x, [1, 2, 3, 4, 5, 6, 7, 8, 9]]]));
  assert.equal(got.valid, [1, 2.5, 5.5, 7]);
  assert.equal(got.padded, [0.25, 1.25, 2.75, 7]);
});
averages('does not count what a rounded-up output adds below and to the right', async () => {
  const x = b.input('x', [1, 1, 1, 3]); // ceil mode: the last window hangs over by one tap
  const attrs = { kernel: [1, 2], stride: [1, 2], dilation: [1, 1], pads: [0, 0], output: [1, 2] } as const;
  assert.equal((await run({ y: b.averagePool(x, attrs, [0, 0]) }, new Map([[x, [2, 4, 5]]]))).y, [3, 5]);
});
averages.after(closeDevices);

averages.run();
