/** Tails of the binomial distribution, exact intervals of shares, McNemar's test: against SciPy and against sums of whole numbers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atMostOf, shareOf } from '../../src/saliency/binomial.js';
import { compareAnswers } from '../../src/saliency/compare.js';
import { mcnemar } from '../../src/saliency/significance.js';
import { root } from '../../reference/paths.js';
import { random } from '../../reference/random.js';

interface Count {
  readonly k: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly mcnemar: number;
  readonly cdf: readonly number[];
}

const { counts } = JSON.parse(readFileSync(join(root, 'test/saliency/scipy_numbers.json'), 'utf8')) as { counts: Count[] };
const close = (got: number | null, want: number, what: string, tolerance = 1e-9) =>
  assert.ok(got !== null && Math.abs(got - want) <= tolerance * Math.abs(want) + 1e-300, `${what}: ${got}, SciPy ${want}`);

const binomial = suite('binomial');

for (const { k, n, low, high, mcnemar: p, cdf } of counts) {
  binomial(`agrees with SciPy: ${k} of ${n}`, () => {
    const share = shareOf(k, n);
    assert.is(share.mean, k / n);
    close(share.low, low, 'low');
    close(share.high, high, 'high');
    close(mcnemar(k, n - k).p, p, "McNemar's p");
    assert.is(mcnemar(k, n - k).p, mcnemar(n - k, k).p);
    [0.01, 0.3, 0.7].forEach((q, j) => close(atMostOf(k, n, q), cdf[j], `cdf at ${q}`));
  });
}

binomial("McNemar's test is the exact sum of whole numbers", () => {
  for (let n = 1; n <= 50; n++) {
    let binomial = 1n, sum = 0n;
    for (let k = 0; 2 * k <= n; k++) {
      sum += binomial;
      const exact = 2 * k === n ? 1 : Math.min(1, Number(sum) / 2 ** (n - 1));
      close(mcnemar(k, n - k).p, exact, `${k} against ${n - k}`, 1e-14);
      binomial = (binomial * BigInt(n - k)) / BigInt(k + 1);
    }
  }
});

binomial('what is no count is refused, and nothing that changed is no test', () => {
  assert.equal(mcnemar(0, 0), { statistic: null, p: null, n: 0, note: 'no pair changed' });
  assert.throws(() => mcnemar(-1, 2), /-1 is no number of pairs/);
  for (const [k, n] of [[1, 0], [3, 2], [0.5, 2], [-1, 2]] as const) assert.throws(() => shareOf(k, n), /is no share/);
});

binomial('two networks compared, by counting', () => {
  const draw = random('compare');
  const pairs = Array.from({ length: 400 }, (_, id) => {
    const label = Math.floor(3 * draw());
    const say = () => ({ id, label, predicted: draw() < 0.7 ? label : (label + 1 + Math.floor(2 * draw())) % 3 });
    return [say(), say()] as const;
  });
  const right = (k: 0 | 1) => pairs.filter((p) => p[k].label === p[k].predicted);
  const c = compareAnswers(pairs);
  assert.equal(c.right, [right(0).length, right(1).length]);
  assert.equal(c.fixed, right(1).filter((p) => !right(0).includes(p)));
  assert.equal(c.broken, right(0).filter((p) => !right(1).includes(p)));
  assert.is(c.bothRight + c.bothWrong + c.fixed.length + c.broken.length, c.samples);
  assert.is(c.sameMistake, pairs.filter(([a, b]) => a.predicted === b.predicted && a.predicted !== a.label).length);
  assert.equal(c.classes.map((k) => [k.label, k.samples]), [0, 1, 2].map((l) => [l, pairs.filter(([a]) => a.label === l).length]));
  for (const k of [0, 1] as const) assert.is(c.classes.reduce((n, each) => n + each.right[k], 0), c.right[k]);
  assert.is(c.classes.reduce((n, each) => n + each.fixed - each.broken, 0), c.fixed.length - c.broken.length);
  assert.throws(() => compareAnswers([]), /no picture that both/);
  assert.throws(() => compareAnswers([[{ label: 1, predicted: 1 }, { label: 2, predicted: 1 }]]), /labelled 1 in one and 2 in the other/);
});

binomial('the interval of the difference holds 0 just where the test is above 0.05', () => {
  const answers = (fixed: number, broken: number, rest: number) =>
    [[1, fixed, 0], [0, broken, 1], [0, rest, 0]].flatMap(([a, n, b]) =>
      Array.from({ length: n }, () => [{ label: 0, predicted: a }, { label: 0, predicted: b }] as const)
    );
  for (let fixed = 0; fixed < 30; fixed++) {
    for (let broken = fixed === 0 ? 1 : 0; broken < 30; broken++) {
      const { difference: { mean, low, high }, test } = compareAnswers(answers(fixed, broken, 7));
      assert.is(mean, (fixed - broken) / (fixed + broken + 7));
      assert.is(low <= 0 && high >= 0, test.p! > 0.05, `${fixed} against ${broken}: [${low}, ${high}], p ${test.p}`);
    }
  }
});

binomial.run();
