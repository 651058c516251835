/** First-order maps against float64 and against what their definitions promise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstOrderMap, type FirstOrder } from '../../src/saliency/attribution.js';
import { Explainer } from '../../src/saliency/explainer.js';
import { pixelMap } from '../../src/saliency/input.js';
import { LABELS, type Question } from '../../src/saliency/questions.js';
import { Random } from '../../src/saliency/random.js';
import { resample } from '../../src/saliency/resample.js';
import { rocArea } from '../../src/saliency/roc.js';
import { assertClose } from '../support/check.js';
import { closeDevices, devices } from '../support/device.js';
import { draw, random, uniform } from '../../reference/random.js';
import { evaluateQuestion } from '../../reference/network.js';
import { CLASSES, NETWORKS, PICTURE } from '../support/small-networks.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const picture = Float32Array.from(draw(uniform(PICTURE), random('attribution')));
const [, height, width] = PICTURE;
const pixels = height * width;

const gradients = suite('Explainer.inputGradients and featureMaps');

for (const [name, network] of Object.entries(NETWORKS)) {
  gradients(`${name}: against float64, every class`, async () => {
    const [{ device }] = await devices();
    const explainer = new Explainer(network, device);
    const classes = Array.from({ length: CLASSES }, (_, k) => k);
    const same = classes.map(() => picture);
    const found = { loss: await explainer.inputGradients(same, classes, 'loss'),
      logit: await explainer.inputGradients(same, classes, 'logit') };
    const features = await explainer.featureMaps(same, classes);
    explainer.destroy();
    for (const k of classes) {
      const expected = (question: Question) => evaluateQuestion(question, network, picture, { [LABELS]: [k] });
      for (const score of ['loss', 'logit'] as const) {
        assertClose(found[score][k], expected(`${score} gradient`).gradient, TOLERANCE.firstOrder, `${score} of class ${k}`);
      }
      const { features: map, gradient } = expected('features');
      assert.is(features[k].shape.reduce((n, d) => n * d, 1), map.length);
      assertClose(features[k].features, map, TOLERANCE.firstOrder, 'the last feature map');
      assertClose(features[k].gradient, gradient, TOLERANCE.firstOrder, `its gradient for class ${k}`);
    }
  });
}

gradients.after(closeDevices);
gradients.run();

const maps = suite('firstOrderMap');

maps('integrated gradients add up to the change of the logit along the path', async () => {
  const [{ device }] = await devices();
  // One picture whose first pixel alone is not 0, so that the map's one value is the whole sum, but for its sign.
  const single = Float32Array.from({ length: picture.length }, (_, k) => (k % pixels === 37 ? picture[k] : 0));
  for (const network of Object.values(NETWORKS)) {
    const explainer = new Explainer(network, device);
    const [at, start] = await explainer.logits([single, new Float32Array(picture.length)]);
    for (let k = 0; k < CLASSES; k++) {
      const map = await firstOrderMap('integrated gradients', explainer, single, PICTURE, k, new Random(1), { score: 'logit' });
      const change = Math.abs(at[k] - start[k]);
      assert.ok(Math.abs(map[37] - change) <= TOLERANCE.integrated * change + TOLERANCE.integratedFloor,
        `class ${k}: ${map[37]}, not ${change}`);
      assert.ok(map.every((v, j) => j === 37 || v === 0));
    }
    explainer.destroy();
  }
});

maps('without noise SmoothGrad is the gradient; with it, the same for the same seed', async () => {
  const [{ device }] = await devices();
  const explainer = new Explainer(NETWORKS['with branches'], device);
  const smooth = (seed: number, noise?: number) =>
    firstOrderMap('SmoothGrad', explainer, picture, PICTURE, 1, new Random(seed), { score: 'loss', noise, samples: 4 });
  const plain = await firstOrderMap('gradient', explainer, picture, PICTURE, 1, new Random(1), { score: 'loss' });
  assertClose(await smooth(1, 0), plain, TOLERANCE.noNoise, 'no noise');
  assert.equal(await smooth(2), await smooth(2));
  assert.not.equal(await smooth(2), await smooth(3));
  explainer.destroy();
});

maps('gradient, gradient x input and Grad-CAM by their definitions', async () => {
  const [{ device }] = await devices();
  const network = NETWORKS['with groups'];
  const explainer = new Explainer(network, device);
  const options = { score: 'logit' } as const;
  const map = (kind: FirstOrder) => firstOrderMap(kind, explainer, picture, PICTURE, 2, new Random(1), options);
  const [gradient, input, cam] = [await map('gradient'), await map('gradient x input'), await map('Grad-CAM')];
  explainer.destroy();
  const exact = evaluateQuestion('logit gradient', network, picture, { [LABELS]: [2] }).gradient;
  assertClose(gradient, pixelMap(Float32Array.from(exact), PICTURE), TOLERANCE.firstOrder, 'gradient');
  assertClose(input,
    Array.from({ length: pixels },
      (_, k) => Math.abs([0, 1, 2].reduce((sum, c) => sum + exact[c * pixels + k] * picture[c * pixels + k], 0))), TOLERANCE.firstOrder,
    'gradient x input');
  const { features, gradient: byFeature } = evaluateQuestion('features', network, picture, { [LABELS]: [2] });
  const [channels, side] = [12, 5];
  const small = Float32Array.from({ length: side * side }, (_, k) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      const own = (values: ArrayLike<number>) => Array.from({ length: side * side }, (__, j) => values[c * side * side + j]);
      sum += (own(byFeature).reduce((a, v) => a + v, 0) / (side * side)) * own(features)[k];
    }
    return Math.max(0, sum);
  });
  assertClose(cam, resample(small, [side, side], [height, width]), TOLERANCE.gradCam, 'Grad-CAM, where channels of either sign cancel');
  assert.ok(small.some((v) => v > 0), 'a map of zeros would test nothing');
});

maps.after(closeDevices);
maps.run();

const host = suite('resample and rocArea');

host('resampling: the same size, twice as large, half as large', () => {
  const map = Float32Array.of(0, 1, 2, 3);
  assert.is(resample(map, [2, 2], [2, 2]), map);
  assert.equal([...resample(map, [2, 2], [2, 4])], [0, 0.25, 0.75, 1, 2, 2.25, 2.75, 3]);
  assert.equal([...resample(map, [1, 4], [1, 2])], [0.5, 2.5]);
});

host('the area under the ROC curve: perfect, reversed, ties, and by counting pairs', () => {
  assert.is(rocArea([1, 2, 3, 4], [0, 0, 1, 1]), 1);
  assert.is(rocArea([1, 2, 3, 4], [1, 1, 0, 0]), 0);
  assert.is(rocArea([5, 5, 5, 5], [1, 0, 1, 0]), 0.5);
  const r = random('roc');
  const scores = Array.from({ length: 60 }, () => Math.floor(12 * r()));
  const inside = scores.map(() => (r() < 0.3 ? 1 : 0));
  let [won, pairs] = [0, 0];
  scores.forEach((s, i) =>
    scores.forEach((t, j) => {
      if (!inside[i] || inside[j]) return;
      pairs++;
      won += s > t ? 1 : s === t ? 0.5 : 0;
    })
  );
  assert.ok(Math.abs(rocArea(scores, inside) - won / pairs) < TOLERANCE.reference64);
  assert.throws(() => rocArea([1, 2], [1, 1]), /2 are inside/);
});

host.run();
