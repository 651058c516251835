/** Bootstrap intervals, against SciPy's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bootstrapDifference, bootstrapMean, bootstrapMeans, constantInterval, SHARE, SHARE_CHANGE } from '../../src/saliency/bootstrap.js';
import { Random } from '../../src/saliency/random.js';
import { root } from '../../reference/paths.js';

interface Case {
  readonly name: string;
  readonly values: number[];
  readonly mean: number;
  readonly intervals: readonly (readonly [number, number])[];
}

const { intervals, exact } = JSON.parse(readFileSync(join(root, 'test/saliency/scipy_numbers.json'), 'utf8')) as { intervals: Case[];
  exact: readonly (readonly [k: number, n: number, low: number, high: number])[] };

const bootstrap = suite('bootstrap');

/*
 * The end of an interval is a quantile of so many resampled means: its own deviation is sqrt(q (1 - q) / resamples) over
 * the density of the mean there, for a normal mean 2.7 standard errors / sqrt(resamples). Five of these, and a step of
 * 1 / n, in which the means of shares lie.
 */
for (const { name, values, mean, intervals: theirs } of intervals) {
  bootstrap(`agrees with SciPy's percentile intervals to Monte Carlo error: ${name}`, () => {
    const resamples = 100_000;
    const got = bootstrapMean(values, new Random(3), resamples);
    assert.ok(Math.abs(got.mean - mean) < 1e-12);
    const error = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0)) / values.length;
    const step = values.every((v) => Number.isInteger(v)) ? 1 / values.length : 0;
    for (const [low, high] of theirs) {
      const tolerance = (5 * 2.7 * error) / Math.sqrt(resamples) + step + 1e-12;
      assert.ok(Math.abs(got.low - low) <= tolerance, `low ${got.low}, SciPy ${low}, allowed ${tolerance}`);
      assert.ok(Math.abs(got.high - high) <= tolerance, `high ${got.high}, SciPy ${high}, allowed ${tolerance}`);
      // An interval of another level would be outside: 90 % ends lie 0.3 standard errors further in.
      assert.ok(tolerance < 0.3 * error || step > 0 || error === 0);
    }
  });
}

bootstrap('covers the true mean about as often as it says', () => {
  const draw = new Random(11);
  let covered = 0;
  const trials = 400;
  for (let t = 0; t < trials; t++) {
    const { low, high } = bootstrapMean(Float64Array.from({ length: 60 }, () => draw.normal()), draw, 500);
    if (low <= 0 && high >= 0) covered++;
  }
  // 0.95 less what 60 samples and the percentile method lose; the deviation of the share over 400 trials is 0.011.
  assert.ok(covered / trials > 0.89 && covered / trials < 0.98, `${covered} of ${trials}`);
});

bootstrap('the same seed gives the same interval, columns share resamples, and a difference is a column', () => {
  const x = Float64Array.from({ length: 30 }, (_, k) => Math.sin(k)), y = x.map((v, k) => v - 0.1 * Math.cos(k));
  const [a, b, c] = bootstrapMeans([x, y, x.map((v, k) => v - y[k])], new Random(1), 200);
  assert.equal(a, bootstrapMean(x, new Random(1), 200));
  assert.equal(c, bootstrapDifference(x, y, new Random(1), 200));
  assert.ok(Math.abs(a.mean - b.mean - c.mean) < 1e-12);
  assert.ok(c.high - c.low < 0.5 * (a.high - a.low), 'pairs that move together leave a narrow difference');
  assert.not.equal(a, bootstrapMean(x, new Random(2), 200));
});

bootstrap("where all or nothing happened, a share has Clopper and Pearson's interval, as SciPy has it", () => {
  for (const [k, n, low, high] of exact) {
    const column = new Float64Array(n).fill(k / n);
    const [got, mean] = bootstrapMeans([column, column], new Random(1), 50, [SHARE, null]);
    assert.ok(Math.abs(got.low - low) < 1e-12 && Math.abs(got.high - high) < 1e-12, `${k} of ${n}: ${got.low} to ${got.high}`);
    assert.equal([mean.low, mean.high], [k / n, k / n], 'a mean of measurements is as its values are');
    assert.equal(bootstrapMean(column, new Random(1), 50, SHARE), got);
  }
  assert.equal([0, 0.0740].map((v) => v.toFixed(4)), [constantInterval(0, 48, SHARE).low, constantInterval(0, 48, SHARE).high]
    .map((v) => v.toFixed(4)));
});

bootstrap('a difference of shares that is 0 throughout may be either way', () => {
  const { high } = constantInterval(0, 48, SHARE);
  assert.equal(constantInterval(0, 48, SHARE_CHANGE), { mean: 0, low: -high, high });
  // The interval holds the mean in at least 95 % of samples: a mean just beyond its end leaves all values the same in 2.5 % at most.
  const beyond = constantInterval(0.5, 20, SHARE).high;
  assert.ok(Math.abs(((1 - beyond) / 0.5) ** 20 - 0.025) < 1e-12);
  assert.equal(bootstrapMeans([[0, 0, 1]], new Random(1), 50, [SHARE]), bootstrapMeans([[0, 0, 1]], new Random(1), 50));
  assert.throws(() => constantInterval(2, 5, SHARE), /not within 0 to 1/);
  assert.throws(() => constantInterval(0, 0, SHARE), /at least 1/);
});

bootstrap('refuses what has no mean', () => {
  assert.equal(bootstrapMeans([], new Random(1)), []);
  assert.throws(() => bootstrapMean([], new Random(1)), /length of at least 1/);
  assert.throws(() => bootstrapMeans([[1], [1, 2]], new Random(1)), /one length/);
  assert.throws(() => bootstrapMean([1], new Random(1), 0), /number of resamples/);
  assert.throws(() => bootstrapDifference([1], [1, 2], new Random(1)), /no pairs/);
});

bootstrap.run();
