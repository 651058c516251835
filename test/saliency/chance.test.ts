/** Accuracy at chance: the exact binomial rule, against sums of whole numbers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atChance, farFromConfidence, binomialTail } from '../../src/saliency/chance.js';

const chance = suite('chance');

// Summed in exact fractions (Python's fractions and math.comb).
for (const [k, n, classes, want] of [[10, 50, 10, 0.024537935704591455], [0, 50, 1000, 1], [1, 50, 1000, 0.04879437180296865], [60, 1000,
  20, 0.08673217838486096], [64, 1000, 20, 0.028428397283994933], [400, 1000, 2, 0.9999999999099158]] as const) {
  chance(`at least ${k} of ${n} among ${classes}`, () => {
    const found = binomialTail(k, n, 1 / classes);
    assert.ok(Math.abs(found - want) <= 1e-11 * want, `${found}, not ${want}`);
  });
}

chance('50,000 samples of 1000 classes neither underflow nor take long', () => {
  assert.is(atChance(50, 50_000, 1000), true);
  assert.is(atChance(80, 50_000, 1000), false);
  assert.is(atChance(35_000, 50_000, 1000), false);
});

chance('too few samples, most of them right, or better than chance: nothing is said', () => {
  assert.is(atChance(0, 49, 10), false);
  assert.is(atChance(0, 50, 10), true);
  assert.is(atChance(10, 50, 10), false);
  assert.is(atChance(26, 50, 2), false);
  assert.is(atChance(25, 50, 2), true);
});

chance('far from its own confidence: 20 points below it, on 50 samples or more', () => {
  assert.is(farFromConfidence(30, 50, 0.81), true);
  assert.is(farFromConfidence(30, 50, 0.79), false);
  assert.is(farFromConfidence(0, 49, 1), false);
  assert.is(farFromConfidence(50, 50, 0.2), false);
});

chance.run();
