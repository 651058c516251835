/** Averages, shares and confusions of a run, from their definitions. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Quantiles } from '../../src/saliency/quantiles.js';
import { parseStatistics, rankFilters, standardize } from '../../src/saliency/standardize.js';
import { GroupedMoments, statisticsText } from '../../src/saliency/statistics.js';
import { RunSummary } from '../../src/saliency/summary.js';
import { random } from '../../reference/random.js';

const SAMPLES = 300, CLASSES = 3, TOP = 4, DEAD = 5;
const layers = [5, 1, 8].map((filters, k, all) => ({ name: `conv${k}`, node: `conv${k}`, weight: `w${k}`, filters,
  offset: all.slice(0, k).reduce((a, b) => a + b, 0) })
);
const FILTERS = 14;
const draw = random('summary');
const rows = Array.from({ length: SAMPLES }, () => {
  const label = Math.floor(CLASSES * draw());
  const predicted = draw() < 0.6 ? label : Math.floor(CLASSES * draw());
  const profile = Float32Array.from({ length: FILTERS },
    (_, k) => (k === DEAD ? 0 : 10 ** -(k % 5) * Math.exp(5 * draw()) * (label === predicted ? 0.1 : 1)));
  return { label, predicted, profile };
});
const grouped = { all: rows, right: rows.filter((r) => r.label === r.predicted), wrong: rows.filter((r) => r.label !== r.predicted) };

const moments = GroupedMoments.empty(FILTERS);
for (const { label, predicted, profile } of rows) (label === predicted ? moments.right : moments.wrong).add(profile);
const stats = parseStatistics(statisticsText({ model: 'm', aggregation: 'mean-abs', layers }, moments), 'statistics');

/** All profiles one after another, as a part of a run has them. */
const joined = new Float32Array(SAMPLES * FILTERS);
rows.forEach(({ profile }, k) => joined.set(profile, k * FILTERS));
function summarized(profiles: boolean): RunSummary {
  const summary = new RunSummary(layers, stats, profiles, TOP);
  rows.forEach((row, k) => summary.add(row, profiles ? joined : new Float32Array(0), k * FILTERS));
  return summary;
}

const sum = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0);
const near = (a: number, b: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1e-300, Math.abs(b)), `${what}: ${a} is not ${b}`);

const summaries = suite('RunSummary');

summaries('averages of each group, from the definition', () => {
  const profiles = summarized(true).groupProfiles();
  assert.equal(profiles.map(({ group }) => group), ['all', 'right', 'wrong']);
  for (const { group, samples, raw, standardized } of profiles) {
    assert.is(samples, grouped[group].length);
    for (let k = 0; k < FILTERS; k++) {
      const values = grouped[group].map(({ profile }) => profile[k]);
      near(raw.mean[k], sum(values) / samples, 1e-12, `${group}, filter ${k}`);
      const scaled = grouped[group].map(({ profile }) => standardize(profile, stats)[k]);
      const mean = sum(scaled) / samples;
      assert.ok(Math.abs(standardized.mean[k] - mean) < 1e-12, `${group}, filter ${k}: ${standardized.mean[k]} is not ${mean}`);
      const std = Math.sqrt(sum(scaled.map((v) => (v - mean) ** 2)) / (samples - 1));
      near(standardized.std[k], std, 1e-10, `${group}, deviation of filter ${k}`);
    }
  }
});

summaries('filters fall within each layer; dead ones are in no standardized order', () => {
  for (const { raw, standardized } of summarized(true).groupProfiles()) {
    for (const [curve, dead] of [[raw, true], [standardized, false]] as const) {
      layers.forEach(({ offset, filters }, l) => {
        const order = curve.order[l];
        const expected = Array.from({ length: filters }, (_, k) => offset + k).filter((k) => dead || k !== DEAD);
        assert.equal([...order].sort((a, b) => a - b), expected);
        for (let r = 1; r < order.length; r++) assert.ok(curve.mean[order[r - 1]] >= curve.mean[order[r]]);
      });
    }
    assert.equal(standardized.order[1], []);
    assert.equal([standardized.mean[DEAD], standardized.low![DEAD], standardized.high![DEAD]], [0, 0, 0]);
  }
});

summaries('the band is the 10th and 90th percentile of samples', () => {
  for (const { group, samples, raw, standardized } of summarized(true).groupProfiles()) {
    for (let k = 0; k < FILTERS; k++) {
      if (k === DEAD) continue;
      const sorted = grouped[group].map(({ profile }) => profile[k]).sort((a, b) => a - b);
      for (const [p, curve] of [[0.1, 'low'], [0.9, 'high']] as const) {
        // The sample at that rank, to the width of a bin.
        near(raw[curve]![k], sorted[Math.ceil(p * samples) - 1], 1 / 8, `${group}, filter ${k}, ${curve}`);
        near(standardized[curve]![k], (raw[curve]![k] - stats.mean[k]) / stats.std[k], 1e-12, `${group}, filter ${k}, ${curve}`);
      }
    }
  }
});

summaries('the most salient filters are the first of the ranking', () => {
  const summary = summarized(true);
  const counts = layers.map(() => 0);
  rows.forEach(({ label, predicted, profile }, k) => {
    const expected = rankFilters(standardize(profile, stats), stats).slice(0, TOP);
    assert.equal(summary.topFilters(joined, k * FILTERS), expected);
    if (label !== predicted) {
      for (const f of expected) counts[layers.findIndex(({ offset, filters }) => f >= offset && f < offset + filters)]++;
    }
  });
  const shares = summary.layerShares()!;
  assert.equal(shares.map(({ count }) => count), counts);
  assert.equal(shares.map(({ living }) => living), [5, 0, 8]);
  assert.ok(Math.abs(sum(shares.map(({ share }) => share)) - 1) < 1e-12);
  assert.equal(shares.map(({ chance }) => chance), [5 / 13, 0, 8 / 13]);
  assert.is(counts[0] + counts[2], TOP * grouped.wrong.length);
});

summaries('equal saliencies are ranked by index, and there may be fewer filters than asked for', () => {
  const flat = new Float32Array(FILTERS);
  const same = { ...stats, mean: new Float64Array(FILTERS), std: stats.std.map((s, k) => (k === DEAD ? s : 2)) };
  assert.equal(new RunSummary(layers, same, true, 3).topFilters(flat, 0), [0, 1, 2]);
  assert.equal(new RunSummary(layers, same, true, 100).topFilters(flat, 0), [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13]);
});

summaries('confusions, most frequent first', () => {
  const summary = summarized(false);
  const found = summary.confusions();
  assert.is(sum(found.map(({ count }) => count)), grouped.wrong.length);
  for (const { label, predicted, count, ofLabel } of found) {
    assert.is.not(label, predicted);
    assert.is(count, rows.filter((r) => r.label === label && r.predicted === predicted).length);
    assert.is(ofLabel, count / rows.filter((r) => r.label === label).length);
  }
  for (let k = 1; k < found.length; k++) assert.ok(found[k - 1].count >= found[k].count);
});

summaries('without profiles there are averages and no band', () => {
  const summary = summarized(false);
  assert.is(summary.layerShares(), null);
  const [all] = summary.groupProfiles();
  assert.equal([all.raw.low, all.raw.high, all.standardized.low], [null, null, null]);
  assert.equal(all.raw.mean, stats.mean);
});

summaries.run();

const quantiles = suite('Quantiles');

quantiles('zeros, what is too small and what is too large', () => {
  const q = new Quantiles(3);
  for (let k = 0; k < 10; k++) q.add(Float32Array.of(9, 0, k < 5 ? 1e-20 : 1, 1e6), 1);
  assert.equal([...q.quantile(0.4)].slice(0, 2), [0, 0]);
  const [zero, one, large] = q.quantile(0.9);
  assert.is(zero, 0);
  assert.ok(one >= 1 && one <= 1.125);
  assert.ok(large >= 2 ** 8 * (15 / 16) && large <= 2 ** 8 * (9 / 8));
});

quantiles('two together are as one; other filters are refused', () => {
  const [a, b, both] = [new Quantiles(FILTERS), new Quantiles(FILTERS), new Quantiles(FILTERS)];
  rows.forEach(({ profile }, k) => {
    (k % 3 === 0 ? a : b).add(profile);
    both.add(profile);
  });
  a.addAll(b);
  assert.equal(a.quantile(0.3), both.quantile(0.3));
  assert.throws(() => a.addAll(new Quantiles(2)), /14 and of 2 filters/);
});

quantiles.run();
