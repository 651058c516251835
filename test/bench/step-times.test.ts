/** What each step of a program takes, on an adapter that can tell. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timeSteps } from '../../bench/step-times.js';
import * as b from '../../src/engine/builder.js';
import type { Node } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../src/engine/run/program.js';
import { fails } from '../support/outcomes.js';
import { closeDevices, devices } from '../support/device.js';

test('times every dispatch, in as many submits as it takes', async () => {
  const [{ device }] = await devices();
  const image = b.input('image', [1, 40]);
  // Sums cannot be fused with one another.
  const chain = Array.from({ length: 5 }, (_, k) => k).reduce((y) => b.add(b.broadcast(b.sum(y, [1]), [1, 40]), image), image as Node);
  const weights = new WeightStore(device);
  const program = await Program.compile(planGraph({ y: chain }, device.target), device, weights);
  try {
    await program.run({ image: new Float32Array(40).fill(1) });
    if (!device.gpu.features.has('timestamp-query')) return await fails(() => timeSteps(device, program.main), /has no timestamps/);
    const whole = await timeSteps(device, program.main);
    assert.is(whole.length, program.plan.main.length);
    assert.ok(whole.length >= 5);
    const pieces = await timeSteps(device, program.main, 2);
    assert.equal(pieces.map(({ name, op }) => [name, op]), whole.map(({ name, op }) => [name, op]));
    assert.ok(pieces.every(({ nanoseconds }) => nanoseconds >= 0));
    assert.ok(pieces.some(({ nanoseconds }) => nanoseconds > 0));
  } finally {
    program.destroy();
    weights.destroy();
  }
});

test.after(closeDevices);
test.run();
