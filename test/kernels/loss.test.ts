/** The cross-entropy's digits where the network is very sure, right or wrong. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import { grad } from '../../src/engine/grad.js';
import type { Node } from '../../src/engine/graph.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { random } from '../../reference/random.js';
import { evaluate } from '../../reference/evaluate.js';
import { TOLERANCE } from '../../reference/tolerances.js';

/**
 * Logits that give the label a probability of 1 - q for q from 1/2 to 1e-30, and losses up to 200; then noise on the
 * other classes, and a common offset that float32 still resolves.
 */
const CLASSES = 12;
const SURE = [0.5, 0.1, 0.02, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9, 1e-12, 1e-20, 1e-30].map((q) => -Math.log(q));
const WRONG = [0.1, 1, 5, 20, 88, 100, 200].map((loss) => -loss);
const r = random('loss');
const margins = [...SURE, ...WRONG];
const labels = margins.map((_, n) => n % CLASSES);
const logits = Float64Array.from(
  margins.flatMap((margin, n) =>
    Array.from({ length: CLASSES }, (_, j) => Math.fround((j === labels[n] ? margin : -Math.log(CLASSES - 1) * 0.5 - r()) + (n % 3) - 1))
  )
);

const z = b.input('z', [margins.length, CLASSES]);
const y = b.input('y', [margins.length]);
const feeds = new Map<Node, Float64Array>([[z, logits], [y, Float64Array.from(labels)]]);

const loss = suite('cross-entropy');

loss('and its gradient keep their digits where the network is sure, and where it is very wrong', async () => {
  const [{ device }] = await devices();
  const value = b.crossEntropy(z, y);
  const outputs = { value, gradient: grad(b.sum(value), [z])[0] };
  const got = await evaluateOnDevice(outputs, feeds, device);
  const want = evaluate(Object.values(outputs), feeds);
  margins.forEach((margin, n) => {
    const error = Math.abs(got.value[n] - want[0][n]) / want[0][n];
    assert.ok(error < TOLERANCE.loss, `loss at margin ${margin}: ${got.value[n]} instead of ${want[0][n]}, relative error ${error}`);
    for (let j = 0; j < CLASSES; j++) {
      const [g, w] = [got.gradient[n * CLASSES + j], want[1][n * CLASSES + j]];
      if (Math.abs(w) < TOLERANCE.underflow) {
        assert.ok(Math.abs(g) < TOLERANCE.underflow);
        continue;
      } // below float32's normal numbers
      assert.ok(Math.abs(g - w) / Math.abs(w) < TOLERANCE.loss,
        `gradient at margin ${margin}, class ${j}${j === labels[n] ? ' (the label)' : ''}: ${g} instead of ${w}`);
    }
  });
});
loss('has a second derivative that keeps its digits at the label', async () => {
  const [{ device }] = await devices();
  const u = b.input('u', z.shape);
  const all = new Map(feeds).set(u, Float64Array.from({ length: logits.length }, () => Math.fround(r() + 0.5)));
  const [g] = grad(b.sum(b.crossEntropy(z, y)), [z]);
  const h = grad(b.sum(b.mul(g, u)), [z])[0];
  const { h: got } = await evaluateOnDevice({ h }, all, device);
  const [want] = evaluate([h], all);
  margins.forEach((margin, n) => {
    const at = n * CLASSES + labels[n];
    if (Math.abs(want[at]) > TOLERANCE.underflow) {
      assert.ok(Math.abs(got[at] - want[at]) / Math.abs(want[at]) < TOLERANCE.lossSecond,
        `margin ${margin}: ${got[at]} instead of ${want[at]}`);
    }
  });
});
loss('of one class is 0', async () => {
  const [{ device }] = await devices();
  const one = b.input('one', [2, 1]);
  const value = b.crossEntropy(one, b.literal([0, 0]));
  const got = await evaluateOnDevice({ value, g: grad(b.sum(value), [one])[0] }, new Map([[one, [3, -4]]]), device);
  assert.equal(got, { value: Float32Array.of(0, 0), g: Float32Array.of(-0, -0) });
});
loss.after(closeDevices);

loss.run();
