/** Trained networks side by side: closed cases of the measures, neighbours and layer shapes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../reference/random.js';
import { alsoSentence, sharingOf } from '../../src/report/also.js';
import { classMeasures } from '../../src/reproducibility/classes.js';
import { explanationAgreement, nearestPictures, overlaps, shapeCosines, statisticsOf,
  type Profiles } from '../../src/reproducibility/explanations.js';
import type { Network } from '../../src/saliency/network.js';
import { closeDevices, devices } from '../support/device.js';

const models = suite('trained networks');
models.after(closeDevices);

models('measures of two networks and three pictures', () => {
  const log = (...p: number[]): number[] => p.map(Math.log);
  const a = Float32Array.from([log(0.7, 0.2, 0.1), log(0.1, 0.8, 0.1), log(0.2, 0.2, 0.6)].flat());
  const b = Float32Array.from([log(0.3, 0.6, 0.1), log(0.1, 0.8, 0.1), log(0.2, 0.1, 0.7)].flat());
  const { pairs: [{ measures: m }], unanimous, error } = classMeasures({ logits: [a, b], classes: 3, labels: [1, 1, 0] });
  const close = (got: number, want: number) => assert.ok(Math.abs(got - want) < 1e-6, `${got}, not ${want}`);
  close(m.churn, 1 / 3);
  close(m.total_variation, (0.4 + 0 + 0.1) / 3);
  close(m.pd_sym, (0.8 / 0.8) / 3);
  assert.equal([m.error, m.both_wrong, m.same_wrong, m.mistakes_shared], [[2 / 3, 1 / 3], 1, 1, 1 / 2]);
  close(m.error_kappa, 0.4);
  assert.equal([unanimous, error], [2 / 3, [2 / 3, 1 / 3]]);
  const { pairs: [{ measures: bad }] } = classMeasures({ logits: [a, a.map((v, k) => (k === 0 ? NaN : v))], classes: 3,
    labels: [1, 1, 0] });
  assert.ok([bad.churn, bad.total_variation, bad.mistakes_shared, bad.same_wrong].every(Number.isNaN));
});

function profiles(seed: string, pictures: number, filters: readonly number[]): Profiles {
  const draw = random(seed), total = filters.reduce((a, b) => a + b, 0);
  const values = Float32Array.from({ length: pictures * total }, () => draw() ** 3);
  let offset = 0;
  const layers = filters.map((n, k) => {
    const layer = { name: `l${k}`, node: `n${k}`, weight: `w${k}`, filters: n, offset };
    offset += n;
    return layer;
  });
  return { layers, values, stats: statisticsOf(values, total, 'mean-abs') };
}

const network = (p: Profiles): Network => ({ layers: p.layers, weights: new Map(), build: () => ({}) as never });

models('a network agrees with itself, and with another as chance has it', async () => {
  const [{ device }] = await devices();
  const [a, b] = [profiles('first', 60, [4, 6, 8]), profiles('second', 60, [5, 5, 5])];
  const all = Array.from({ length: 60 }, (_, k) => k);
  const own = (await explanationAgreement(device, [network(a), network(a)], [a, a], all, 5, 100))!;
  assert.equal([own.overlap.mean, own.chance, own.pictures], [1, 5 / 59, 60]);
  assert.ok(Math.abs(own.shape!.own.mean - 1) < 1e-12 && own.shape!.other.mean < 0.3);
  const other = (await explanationAgreement(device, [network(a), network(b)], [a, b], all, 5, 200))!;
  assert.ok(other.overlap.low < other.chance && other.chance < other.overlap.high, JSON.stringify(other.overlap));
  assert.is(await explanationAgreement(device, [network(a), network(b)], [a, b], all.slice(0, 6), 5), null);
});

models('neighbours are the nearest by cosine, itself left out; overlaps are shares of k', async () => {
  const [{ device }] = await devices();
  const p = profiles('near', 9, [3, 4]);
  const got = await nearestPictures(device, p, [0, 2, 4, 6, 8], 2);
  const unit = [0, 2, 4, 6, 8].map((n) => {
    const s = Array.from({ length: 7 }, (_, f) => (p.values[n * 7 + f] - p.stats.mean[f]) / p.stats.std[f]);
    return s.map((v) => v / Math.hypot(...s));
  });
  const want = unit.map((x, q) =>
    unit.map((y, c) => ({ c, cosine: c === q ? -9 : x.reduce((sum, v, f) => sum + v * y[f], 0) })).sort((i, j) => j.cosine - i.cosine)
      .slice(0, 2).map(({ c }) => c)
  );
  assert.equal(got, want);
  assert.equal(overlaps([[1, 2], [3, 4]], [[2, 1], [4, 5]], 2), [1, 0.5]);
  const { own, other } = shapeCosines(Float64Array.of(1, 0, 0, 1), Float64Array.of(1, 0, 0.5, 0.75), 2);
  assert.equal([own, other], [[1, 0.75], [0.5, 0]]);
});

models('a mistake is its own luck, shared by some, by all, or no mistake', () => {
  const answer = (k: number, probability = 0.5) => ({ class: k, name: ['cat', 'dog', 'cow'][k], probability });
  const other = (k: number) => ({ model: `dir/${k}.onnx`, predicted: answer(k), label: 0.1 });
  const mistake = { predicted: answer(0), label: answer(1) };
  const kinds = [[1, 1], [0, 0], [0, 2], [0, 1]].map((given) => sharingOf(mistake, given.map(other)));
  assert.equal(kinds, ['own', 'shared', 'wrong', 'some']);
  assert.is(sharingOf({ predicted: answer(1), label: answer(1) }, [other(0)]), null);
  assert.match(alsoSentence(mistake, [other(1)]), /^Its own luck: the other network \(1.onnx\) says dog, the label/);
  assert.match(alsoSentence(mistake, [other(0), other(0)]), /^Shared by all: all 2 other networks say cat too/);
  assert.match(alsoSentence(mistake, [other(0), other(2)]), /^Wrong in all: .* are wrong too, 1 with the same answer/);
  assert.match(alsoSentence(mistake, [other(0), other(1)]),
    /^Shared by some: 1 of 2 other networks is wrong too \(1 with the same answer\)/);
  assert.match(alsoSentence({ predicted: answer(1), label: answer(1) }, [other(1)]), /^Right in all/);
  assert.match(alsoSentence({ predicted: answer(1), label: answer(1) }, [other(0)]), /^Not right in all: 1 of 1 other network calls it/);
});

models.run();
