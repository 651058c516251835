/** Paired t-test and Wilcoxon's signed-rank test, against SciPy's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pairedT, wilcoxonSignedRank } from '../../src/saliency/significance.js';
import { root } from '../../reference/paths.js';

interface Case {
  readonly name: string;
  readonly x: number[];
  readonly y: number[];
  readonly exact: boolean;
  readonly t: [number, number];
  readonly wilcoxon: [number, number];
}

const { tests } = JSON.parse(readFileSync(join(root, 'test/saliency/scipy_numbers.json'), 'utf8')) as { tests: Case[] };
const close = (got: number | null, want: number, what: string) =>
  assert.ok(got !== null && Math.abs(got - want) <= 1e-9 * Math.abs(want) + 1e-14, `${what}: ${got}, SciPy ${want}`);

const significance = suite('significance');

for (const { name, x, y, t, wilcoxon } of tests) {
  significance(`agrees with SciPy: ${name}`, () => {
    const [mine, ranks] = [pairedT(x, y), wilcoxonSignedRank(x, y)];
    assert.equal([mine.n, mine.note, ranks.n, ranks.note], [x.length, null, x.length, null]);
    close(mine.statistic, t[0], 't');
    close(mine.p, t[1], 'p of t');
    close(ranks.statistic, wilcoxon[0], 'ranks');
    close(ranks.p, wilcoxon[1], 'p of ranks');
  });
}

significance('both ways of the distribution are among the cases', () => {
  assert.equal([...new Set(tests.map((c) => c.exact))].sort(), [false, true]);
});

significance('what cannot be tested says why', () => {
  for (const test of [pairedT, wilcoxonSignedRank]) {
    assert.equal(test([1, 2, 3], [1, 2, 3]), { statistic: null, p: null, n: 3, note: 'every difference is zero' });
    assert.match(test([1], [2]).note!, /at least two pairs/);
    assert.match(test([], []).note!, /at least two pairs/);
    assert.throws(() => test([1, 2], [1]), /no pairs/);
    assert.throws(() => test([1, NaN], [1, 2]), /pair 1 is NaN and 2/);
  }
  assert.match(pairedT([2, 3], [1, 2]).note!, /all differences are the same/);
  assert.is(wilcoxonSignedRank([2, 3], [1, 2]).note, null);
  // In the middle of the exact distribution, twice one side is above 1.
  assert.is(wilcoxonSignedRank([1, -2, -3, 4], [0, 0, 0, 0]).p, 1);
});

significance.run();
