/** Profiles by the batch, against those of single pictures. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifier } from '../../src/classifier.js';
import { loadModel } from '../../src/onnx/model.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { closeDevices, devices } from '../support/device.js';
import { random } from '../../reference/random.js';
import { tinyModel, tinyWeights } from '../../reference/tiny-model.js';

const EACH = 3 * 8 * 8;
const draw = random('batches');
const pictures = Array.from({ length: 7 }, () => Float32Array.from({ length: EACH }, () => 2 * draw() - 1));
const labels = [0, 1, 2, 0, 1, 2, 0];
const network = classifier(loadModel(tinyModel(tinyWeights()), { name: 'tiny.onnx' }));
const flat = (from: number, to: number) => Float32Array.from(pictures.slice(from, to).flatMap((p) => [...p]));

const batches = suite('Explainer.profileBatch');

batches('two at once, the second not full, give what explain gives', async () => {
  for (const { device } of await devices()) {
    const explainer = new Explainer(network, device, { batch: 4 });
    assert.is(await explainer.batchSize(), 4);
    const expected = await explainer.explain(pictures, labels);
    const answers = await Promise.all([[0, 4], [4, 7]].map(([from, to]) => explainer.profileBatch(flat(from, to), labels.slice(from, to))));
    for (const [j, { logits, loss, profiles }] of answers.entries()) {
      assert.equal([logits.length, loss.length, profiles.length], j === 0 ? [12, 4, 16] : [9, 3, 12]);
      loss.forEach((l, k) => {
        const e = expected[4 * j + k];
        assert.is(l, e.loss);
        assert.equal(logits.slice(3 * k, 3 * k + 3), e.logits);
        assert.equal(profiles.slice(4 * k, 4 * k + 4), e.profile);
      });
    }
    explainer.destroy();
  }
});

batches('the batch is chosen by the adapter and the plan where none is asked for', async () => {
  const [{ device }] = await devices();
  const explainer = new Explainer(network, device);
  assert.is(await explainer.batchSize(), device.adapter.software ? 16 : 256);
  explainer.destroy();
});

batches('what is no batch is refused', async () => {
  const [{ device }] = await devices();
  const explainer = new Explainer(network, device, { batch: 2 });
  for (const [values, labelled] of [[flat(0, 3), 3], [flat(0, 1), 2], [flat(0, 0), 0]] as const) {
    try {
      await explainer.profileBatch(values, labels.slice(0, labelled));
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /no batch of 1 to 2 pictures of 192 values/);
    }
  }
  explainer.destroy();
});

batches.after(closeDevices);

batches.run();
