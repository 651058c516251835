/** Leaving a sample out of the statistics: against statistics made again without it, at the bound, and where scores tie. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../reference/random.js';
import { highestWithin, leftOut, standardizeLeftOut } from '../../src/saliency/leave-one-out.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import { Moments } from '../../src/saliency/statistics.js';

const leaving = suite('leaving a sample out');

function statisticsOf(profiles: readonly Float64Array[]): Statistics {
  const moments = new Moments(profiles[0].length);
  for (const profile of profiles) moments.add(profile);
  return { model: null, aggregation: 'mean-abs', samples: profiles.length, mean: moments.mean, std: moments.std() };
}

/** Saliencies with a heavy tail, as gradients have it. */
function profiles(samples: number, filters: number): Float64Array[] {
  const draw = random(`left out ${samples} ${filters}`);
  return Array.from({ length: samples }, () => Float64Array.from({ length: filters }, () => Math.exp(4 * draw())));
}

leaving('gives what statistics made again without the sample give', () => {
  for (const samples of [3, 4, 12, 100, 1000]) {
    const all = profiles(samples, 30);
    const stats = statisticsOf(all);
    for (const own of [0, samples - 1]) {
      const got = standardizeLeftOut(standardize(all[own], stats), stats);
      const want = standardize(all[own], statisticsOf(all.filter((_, k) => k !== own)));
      want.forEach((v, k) =>
        assert.ok(Math.abs(got[k] - v) <= 1e-9 * Math.max(1, v * v), `${samples} samples, filter ${k}: ${got[k]}, not ${v}`)
      );
    }
  }
});

leaving('within its own sample no score passes (n - 1) / sqrt(n); ties there are told apart, in the same order', () => {
  // One picture with gradients, eleven the network is sure of: what twelve pictures of a good network come to.
  const draw = random('ties');
  const filters = 20;
  const sure = Array.from({ length: 11 }, () => Float64Array.from({ length: filters }, () => 1e-4 * draw()));
  const mistake = Float64Array.from({ length: filters }, (_, k) => 0.5 + k / filters);
  const all = [mistake, ...sure];
  const stats = statisticsOf(all);
  const z = standardize(mistake, stats);
  const bound = highestWithin(12);
  assert.is(bound.toFixed(4), '3.1754');
  assert.ok(z.every((v) => v <= bound && v.toPrecision(4) === '3.175'), [...z].join(' '));
  const got = standardizeLeftOut(z, stats);
  assert.is(new Set(Array.from(got, (v) => v.toPrecision(4))).size, filters, 'every score is its own to four digits');
  assert.equal(rankFilters(got, stats), rankFilters(z, stats));
  const want = standardize(mistake, statisticsOf(sure));
  want.forEach((v, k) => assert.ok(Math.abs(got[k] - v) <= 1e-4 * v, `filter ${k}: ${got[k]}, not ${v}`));
});

leaving('rises with z, is symmetric, and has no value where nothing is left', () => {
  const scores = [-3, -1, 0, 0.5, 3].map((z) => leftOut(z, 12));
  assert.equal(scores, [...scores].sort((a, b) => a - b));
  assert.is(scores[0], -scores[4]);
  assert.is(leftOut(highestWithin(12), 12), Infinity);
  assert.ok(Number.isNaN(leftOut(0.7, 2)));
  const stats = statisticsOf(profiles(5, 2));
  assert.throws(() => standardizeLeftOut([0, 0], { ...stats, samples: 2 }), /at least 3 samples, got 2/);
  assert.throws(() => standardizeLeftOut([0, 0], { ...stats, samples: null }), /none that say/);
  assert.is(standardizeLeftOut([5, 0.1], { ...stats, std: Float64Array.of(0, 1.5) })[0], 0, 'dead');
});

leaving.run();
