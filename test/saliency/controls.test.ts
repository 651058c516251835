/** Filters chosen by saliency and, as controls, otherwise. */
import { namedLayers } from '../../src/data/layer-names.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHOICES, chooseFilters, chooseSets, lastStage, type ChooseFrom } from '../../src/saliency/controls.js';
import type { Layer, Network } from '../../src/saliency/network.js';
import { Random } from '../../src/saliency/random.js';
import { golden, hasShared, openClassifier } from '../../reference/golden.js';
import { skipUnless } from '../support/skip.js';

const layersOf = (sizes: readonly number[]): Layer[] =>
  sizes.map((filters, k) => ({ name: `n${k}`, node: `n${k}`, weight: `w${k}`, filters, offset: sizes.slice(0, k).reduce((a, b) =>
    a + b, 0) })
  );
const layers = layersOf([4, 6, 10]);
const draw = new Random(5);
const values = () => Float64Array.from({ length: 20 }, () => draw.normal());
/** Filters 3 and 12 are dead, and their values would lead every ranking. */
const DEAD = [3, 12];
const std = Float64Array.from({ length: 20 }, (_, k) => (DEAD.includes(k) ? 0 : 2));
const stats = { model: null, aggregation: 'mean-abs', samples: 5, mean: new Float64Array(20), std } as const;
const filters: ChooseFrom = {
  saliency: values().map((v, k) => (k === 3 ? 100 : k === 12 ? -100 : v)),
  profile: values().map((v, k) => (DEAD.includes(k) ? 100 : Math.abs(v))),
  stats,
  layers,
  lastStage: layers.slice(2),
};
const byFalling = (v: ArrayLike<number>) =>
  Array.from({ length: 20 }, (_, k) => k).filter((k) => !DEAD.includes(k)).sort((a, b) => v[b] - v[a]);

const choose = suite('chooseFilters');

choose('ranks by standardized saliency, its opposite and raw saliency, without dead filters', () => {
  for (const k of [0, 1, 5, 18]) {
    assert.equal(chooseFilters('salient', k, filters, draw), byFalling(filters.saliency).slice(0, k));
    assert.equal(chooseFilters('least', k, filters, draw), byFalling(filters.saliency).reverse().slice(0, k));
    assert.equal(chooseFilters('gradient', k, filters, draw), byFalling(filters.profile).slice(0, k));
  }
  assert.is(chooseFilters('salient', 50, filters, draw).length, 18);
  const even = { ...filters, saliency: new Float64Array(20) };
  assert.equal(chooseFilters('salient', 4, even, draw), [0, 1, 2, 4]);
  assert.equal(chooseFilters('least', 4, even, draw), [0, 1, 2, 4]);
});

choose("random choices are different filters, of the place they are to be from, and the seed's", () => {
  for (const choice of CHOICES) {
    const got = chooseFilters(choice, 8, filters, new Random(1));
    assert.is(new Set(got).size, 8);
    assert.equal(got, chooseFilters(choice, 8, filters, new Random(1)));
  }
  assert.ok(chooseFilters('random-last-stage', 8, filters, draw).every((k) => k >= 10));
  assert.equal(chooseFilters('random-last-stage', 50, filters, draw).sort((a, b) => a - b), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  assert.equal(chooseFilters('random', 50, filters, draw).sort((a, b) => a - b), Array.from({ length: 20 }, (_, k) => k));
  const perLayer = (filters: readonly number[]) =>
    layers.map(({ offset, filters: n }) => filters.filter((k) => k >= offset && k < offset + n).length);
  for (const k of [1, 7, 12]) {
    assert.equal(perLayer(chooseFilters('random-per-layer', k, filters, draw)), perLayer(chooseFilters('salient', k, filters, draw)));
  }
});

choose('sets of several sizes are what one at a time would be', () => {
  for (const choice of CHOICES) {
    const sets = chooseSets(choice, [1, 5, 8], filters, new Random(9));
    assert.equal(sets.map((s) => s.length), [1, 5, 8]);
    if (choice !== 'random-per-layer') {
      assert.equal(sets, [1, 5, 8].map((k) => chooseFilters(choice, 8, filters, new Random(9)).slice(0, k)));
    }
  }
});

choose('every filter is drawn equally often', () => {
  const counts = new Float64Array(20);
  const trials = 4000;
  for (let t = 0; t < trials; t++) for (const k of chooseFilters('random', 3, filters, draw)) counts[k]++;
  // 600 each, with a deviation of 22.6: five of these for twenty counts.
  for (const n of counts) assert.ok(Math.abs(n - (3 * trials) / 20) < 115, `${n}`);
});

choose('refuses numbers that count nothing', () => {
  for (const k of [-1, 1.5, NaN]) assert.throws(() => chooseFilters('salient', k, filters, draw), /whole number from 0/);
});

choose.run();

const stage = suite('lastStage');

stage('of a deep network the last ten convolutions', () => {
  const network: Network = { layers: layersOf(new Array<number>(30).fill(2)), weights: new Map(), build: () => {
    throw new Error('not needed');
  } };
  assert.equal(lastStage(network).map((l) => l.weight), Array.from({ length: 10 }, (_, k) => `w${20 + k}`));
});

if (skipUnless(hasShared, 'the golden numbers are absent')) {
  stage('in ResNet-50 that is conv5_x, as in the golden rows; in ResNet-20 the 8 x 8 convolutions', () => {
    const { layers: fifty } = golden('imagenet-resnet50').meta;
    const last = lastStage({ layers: namedLayers(fifty), weights: new Map(), build: () => {
      throw new Error('not needed');
    } });
    assert.equal(last.map((l) => l.weight), fifty.filter((l) => l.weight.startsWith('layer4.')).map((l) => l.weight));
    const twenty = openClassifier('cifar10-resnet20.onnx');
    assert.equal(lastStage(twenty).map((l) => l.weight), twenty.layers.filter((l) => l.weight.startsWith('layer3.')).map((l) => l.weight));
  });
}

stage.run();
