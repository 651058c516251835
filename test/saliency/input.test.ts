/** Section 2.2: the map against finite differences of the distance, against float64, and its options. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Explainer } from '../../src/saliency/explainer.js';
import { BOOST, pixelMap, referencePixelMap } from '../../src/saliency/input.js';
import type { Network } from '../../src/saliency/network.js';
import { BOOSTS, LABELS, MEAN, STD } from '../../src/saliency/questions.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { closeDevices, devices } from '../support/device.js';
import { fails } from '../support/outcomes.js';
import { draw, random, uniform } from '../../reference/random.js';
import { evaluateQuestion } from '../../reference/network.js';
import { CLASSES, NETWORKS, PICTURE } from '../support/small-networks.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const PIXELS = PICTURE[0] * PICTURE[1] * PICTURE[2];
const BOOSTED = 3;
const TAKEN = 6;
/** Relative to the picture's values, which are of the size of 1. */
const STEP = 1e-3;
const DIRECTIONS = 8;

const pictures = Array.from({ length: TAKEN }, (_, k) => Float32Array.from(draw(uniform(PICTURE), random(`picture ${k}`))));
const labels = pictures.map((_, k) => k % CLASSES);

async function statisticsOf(explainer: Explainer): Promise<{ stats: Statistics; boosted: number[][] }> {
  const profiles = (await explainer.explain(pictures, labels)).map((e) => e.profile);
  const mean = Float64Array.from(profiles[0], (_, k) => profiles.reduce((sum, p) => sum + p[k], 0) / TAKEN);
  const std = mean.map((m, k) => Math.sqrt(profiles.reduce((sum, p) => sum + (p[k] - m) ** 2, 0) / (TAKEN - 1)));
  const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: TAKEN, mean, std };
  return { stats, boosted: profiles.map((p) => rankFilters(standardize(p, stats), stats).slice(0, BOOSTED)) };
}

/** Eq. 3 in float64, s' given. */
function distance(s: Float64Array, other: Float64Array): number {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, k) => sum + v * y[k], 0);
  return 1 - dot(s, other) / Math.sqrt(dot(s, s) * dot(other, other));
}

const boostedCopy = (s: Float64Array, filters: readonly number[]): Float64Array => s.map((v, k) => (filters.includes(k) ? BOOST * v : v));

const maps = suite('Explainer.inputMaps');

for (const [name, network] of Object.entries(NETWORKS)) {
  maps(`${name}: against central differences of the distance, step ${STEP}`, async () => {
    for (const { name: schedule, device } of await devices()) {
      const explainer = new Explainer(network, device);
      const { stats, boosted } = await statisticsOf(explainer);
      const found = await explainer.inputMaps(pictures, labels, boosted, stats);
      const r = random(`directions ${name}`);
      for (const k of [0, 1]) {
        const fixed = boostedCopy(standardize((await explainer.explain([pictures[k]], [labels[k]]))[0].profile, stats), boosted[k]);
        const directions = Array.from({ length: DIRECTIONS }, () => draw(uniform([PIXELS]), r));
        const moved = directions.flatMap((d) => [1, -1].map((side) => pictures[k].map((v, j) => v + side * STEP * d[j])));
        const distances = (await explainer.explain(moved, moved.map(() => labels[k]))).map((e) =>
          distance(standardize(e.profile, stats), fixed)
        );
        const differences = directions.map((_, j) => (distances[2 * j] - distances[2 * j + 1]) / (2 * STEP));
        const derivatives = directions.map((d) => found[k].gradient.reduce((sum, g, j) => sum + g * d[j], 0));
        // All directions together: in a direction across the gradient there is nothing to be relative to.
        const norm = (v: number[]) => Math.hypot(...v);
        const error = norm(differences.map((v, j) => v - derivatives[j])) / norm(differences);
        console.log(`${schedule}, ${name}, picture ${k}: relative error ${error.toExponential(1)}`);
        assert.ok(error < TOLERANCE.mapDifferences, `${schedule}, picture ${k}: finite differences are off by ${error}`);
      }
      explainer.destroy();
    }
  });

  maps(`${name}: against float64, a batch`, async () => {
    const [{ device }] = await devices();
    const explainer = new Explainer(network, device);
    const { stats, boosted } = await statisticsOf(explainer);
    const found = await explainer.inputMaps(pictures, labels, boosted, stats);
    const again = await explainer.inputMaps(pictures, labels, boosted, stats);
    explainer.destroy();
    pictures.forEach((picture, k) => {
      const expected = inFloat64(network, picture, labels[k], boosted[k], stats);
      assert.ok(Math.abs(found[k].distance - expected.distance[0]) <= TOLERANCE.mapDistanceSmall * expected.distance[0],
        `distance ${found[k].distance}, not ${expected.distance[0]}`);
      const scale = expected.gradient.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      const worst = expected.gradient.reduce((m, v, j) => Math.max(m, Math.abs(v - found[k].gradient[j])), 0);
      assert.ok(worst <= TOLERANCE.mapPixel * scale, `picture ${k}: off by ${worst / scale} of the largest`);
      assert.equal(found[k].gradient, again[k].gradient, 'reruns are equal bit for bit');
    });
  });
}

/** One picture through the reference interpreter. */
function inFloat64(network: Network, picture: Float32Array, label: number, boosted: readonly number[],
  stats: Statistics): Record<string, Float64Array> {
  const boost = Array.from(stats.mean, (_, k) => (boosted.includes(k) ? BOOST : 1));
  return evaluateQuestion('map', network, picture, { [LABELS]: [label], [MEAN]: stats.mean, [STD]: stats.std, [BOOSTS]: boost });
}

maps('what does not fit is refused', async () => {
  const [{ device }] = await devices();
  const explainer = new Explainer(NETWORKS['with groups'], device);
  const { stats } = await statisticsOf(explainer);
  await fails(() => explainer.inputMaps(pictures, labels, [[0]], stats), /6 pictures and 1 sets of filters were given/);
  await fails(() => explainer.inputMaps(pictures.slice(0, 1), [0], [[28]], stats), /there is no filter 28; the network has 28/);
  await fails(() => explainer.inputMaps(pictures.slice(0, 1), [CLASSES], [[0]], stats), /label 4 is out of range/);
  explainer.destroy();
});

maps.after(closeDevices);
maps.run();

const drawing = suite('pixel maps');

drawing("ours takes the absolute value first, the authors' last and of the similarity", () => {
  const gradient = Float32Array.of(1, -4, 0, -3, 2, 0, 2, -5, -1, 1, 1, 0);
  assert.equal(pixelMap(gradient, [3, 2, 2]), Float32Array.of(2, 4, 2, 5));
  assert.equal(referencePixelMap(gradient, [3, 2, 2]), Float32Array.of(1, 4, 0, 5));
});

drawing.run();
