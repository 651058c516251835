/** A picture's numbers are its own: all that is said of it has the same bits alone and beside others. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Explainer } from '../../src/saliency/explainer.js';
import { FineTuner } from '../../src/saliency/finetune.js';
import type { Network } from '../../src/saliency/network.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { normalizedStep } from '../../src/saliency/step.js';
import { closeDevices, devices } from '../support/device.js';
import { changedValues } from '../../reference/errors.js';
import { draw, random, uniform } from '../../reference/random.js';
import { CLASSES, kinkedNetwork, sharedNetwork, smallNetworks } from '../support/small-networks.js';

/** Several blocks of positions, so that their sum can be split. */
const PICTURE = [3, 24, 24];
const TAKEN = 5;

const pictures = Array.from({ length: TAKEN }, (_, k) => Float32Array.from(draw(uniform(PICTURE), random(`picture ${k}`))));
const labels = pictures.map((_, k) => k % CLASSES);

/** All that an explainer and a tuner say of each picture. */
async function answers(network: Network, explainer: Explainer, tuner: FineTuner): Promise<Record<string, readonly Float32Array[]>> {
  const explained = await explainer.explain(pictures, labels);
  const filters = explained[0].profile.length;
  const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: TAKEN, mean: new Float64Array(filters).fill(0.01),
    std: new Float64Array(filters).fill(0.02) };
  const boosted = explained.map(({ profile }) => rankFilters(standardize(profile, stats), stats).slice(0, 3));
  const maps = await explainer.inputMaps(pictures, labels, boosted, stats);
  const masks = pictures.map((_, k) => new Float32Array(filters).fill(1).fill(0, k, k + 2));
  const features = await explainer.featureMaps(pictures, labels);
  const step = normalizedStep(network, await tuner.gradient(pictures[0], labels[0]), [0, 1, filters - 1], 0.1);
  return {
    logits: explained.map((e) => e.logits),
    loss: explained.map((e) => Float32Array.of(e.loss)),
    profile: explained.map((e) => e.profile),
    'map of a picture': maps.map((m) => m.gradient),
    distance: maps.map((m) => Float32Array.of(m.distance)),
    'gradient of the loss': await explainer.inputGradients(pictures, labels, 'loss'),
    'gradient of a logit': await explainer.inputGradients(pictures, labels, 'logit'),
    features: features.map((f) => f.features),
    'gradient of the features': features.map((f) => f.gradient),
    'logits with filters off': await explainer.logits(pictures, masks),
    'logits of the tuned network': await tuner.tuned(step, () => tuner.logits(pictures)),
  };
}

const alone = suite('a picture alone and among five');

const networks = { ...smallNetworks(PICTURE), 'with a weight used twice': sharedNetwork(PICTURE), 'with all else': kinkedNetwork(PICTURE) };

for (const [name, network] of Object.entries(networks)) {
  alone(`${name}: the same bits`, async () => {
    for (const { name: schedule, device } of await devices()) {
      const [one, all] = await Promise.all([1, TAKEN].map(async (batch) => {
        const explainer = new Explainer(network, device, { batch });
        const tuner = new FineTuner(network, device, { batch });
        const found = await answers(network, explainer, tuner);
        explainer.destroy();
        tuner.destroy();
        return found;
      }));
      for (const [what, values] of Object.entries(one)) {
        const changed = values.map((v, k) => changedValues(v, all[what][k]));
        assert.equal(changed, values.map(() => 0), `${what}, ${schedule}: values that differ, by picture`);
        assert.ok(values.every((v) => v.every(Number.isFinite) && v.some((x) => x !== 0)), `${what}, ${schedule}: nothing to compare`);
      }
    }
  });
}

alone.after(closeDevices);

alone.run();
