/** Running mean and deviation of each filter, against two passes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStatistics } from '../../src/saliency/standardize.js';
import { GroupedMoments, Moments, statisticsText } from '../../src/saliency/statistics.js';
import { random } from '../../reference/random.js';

const FILTERS = 7, SAMPLES = 500;
const draw = random('statistics');
/** Saliencies as they are: of very different sizes, one filter dead, one nearly constant far from zero. */
const rows = Array.from({ length: SAMPLES },
  () =>
    Float32Array.from({ length: FILTERS }, (_, k) => (k === 3 ? 0 : k === 4 ? 1000 + 1e-3 * draw() : 10 ** (-k) * Math.exp(6 * draw()))));

/** From the definition, in two passes. */
function twoPass(rows: readonly Float32Array[]): { mean: number[]; std: number[] } {
  const mean = Array.from({ length: FILTERS }, (_, k) => rows.reduce((sum, r) => sum + r[k], 0) / rows.length);
  return { mean, std: mean.map((m, k) => Math.sqrt(rows.reduce((sum, r) => sum + (r[k] - m) ** 2, 0) / (rows.length - 1))) };
}

const moments = (rows: readonly Float32Array[]): Moments => {
  const m = new Moments(FILTERS);
  for (const r of rows) m.add(r);
  return m;
};

function near(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  for (let k = 0; k < b.length; k++) assert.ok(Math.abs(a[k] - b[k]) <= tolerance * Math.abs(b[k]), `${k}: ${a[k]} is not ${b[k]}`);
}

/** The nearly constant filter's mean is 10^6 of its deviations, and so float64 keeps ten digits of them. */
function nearStd(a: Float64Array, b: ArrayLike<number>): void {
  near(a.filter((_, k) => k !== 4), Array.from(b).filter((_, k) => k !== 4), 1e-12);
  near([a[4]], [b[4]], 1e-9);
}

const streams = suite('Moments');

streams('one pass gives what two passes give', () => {
  const { mean, std } = twoPass(rows);
  const m = moments(rows);
  near(m.mean, mean, 1e-13);
  nearStd(m.std(), std);
  assert.is(m.std()[3], 0);
});

streams('merged halves of any sizes give the whole to 1e-12', () => {
  const whole = moments(rows);
  for (const cut of [0, 1, 2, 250, 499, 500]) {
    const m = moments(rows.slice(0, cut)).merged(moments(rows.slice(cut)));
    assert.is(m.count, SAMPLES);
    near(m.mean, whole.mean, 1e-12);
    nearStd(m.std(), whole.std());
  }
});

streams('one sample deviates from nothing', () => {
  assert.equal([...moments(rows.slice(0, 1)).std()], new Array(FILTERS).fill(0));
});

streams('a profile is added from where it begins', () => {
  const m = new Moments(2);
  m.add([9, 9, 1, 2], 2);
  assert.equal([...m.mean], [1, 2]);
});

streams('different numbers of filters are refused', () => {
  assert.throws(() => new Moments(2).merged(new Moments(3)), /2 and of 3 filters/);
});

streams.run();

const groups = suite('GroupedMoments');

const grouped = (): GroupedMoments => {
  const g = GroupedMoments.empty(FILTERS);
  rows.forEach((r, k) => (k % 3 === 0 ? g.wrong : g.right).add(r));
  return g;
};

groups('bytes give every bit back', () => {
  const g = grouped();
  const back = GroupedMoments.fromBytes(g.toBytes(), FILTERS);
  assert.equal(back.toBytes(), g.toBytes());
  assert.is(back.wrong.count, 167);
  assert.throws(() => GroupedMoments.fromBytes(g.toBytes().subarray(8), FILTERS), /damaged/);
});

groups('the statistics file is read back exactly, with its groups', () => {
  const g = grouped();
  const layers = [{ name: 'conv', node: 'conv', weight: 'w', filters: FILTERS, offset: 0 }];
  const text = statisticsText({ model: 'abc', aggregation: 'mean-abs', layers }, g);
  const s = parseStatistics(text, 'stats.json');
  assert.is(s.samples, SAMPLES);
  assert.equal([...s.mean], [...g.all.mean]);
  assert.equal([...s.std], [...g.all.std()]);
  assert.equal([...s.groups!.wrong.mean], [...g.wrong.mean]);
  assert.equal(JSON.parse(text).layers, layers);
  near(Moments.fromStatistics(s.groups!.right).m2, g.right.m2, 1e-14);
});

groups('a group may be empty, but not of other filters', () => {
  const g = GroupedMoments.empty(FILTERS);
  for (const r of rows) g.right.add(r);
  const s = parseStatistics(statisticsText({ model: 'abc', aggregation: 'mean-abs', layers: [] }, g), 'stats.json');
  assert.equal([s.groups!.wrong.samples, s.groups!.wrong.mean.length], [0, 0]);
  const bad = { aggregation: 'mean-abs', mean: [1, 2], std: [1, 2],
    groups: { right: { samples: 3, mean: [1], std: [1] }, wrong: { samples: 0, mean: [], std: [] } } };
  assert.throws(() => parseStatistics(JSON.stringify(bad), 's.json'), /"right" has 1 filters and the whole 2/);
  assert.throws(() => parseStatistics(JSON.stringify({ ...bad, groups: null }), 's.json'), /"groups" must hold/);
});

groups.run();
