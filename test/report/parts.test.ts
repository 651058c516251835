/** The parts that pages are made of: axes, forest plots, tables within a terminal's width. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forest, tally } from '../../src/report/figures/forest.js';
import { spacing } from '../../src/report/figures/spacing.js';
import { fittedTable, WIDTH, hanging } from '../../src/report/text-table.js';
import { difference } from '../../tools/shared/page-table.js';

// ---------------------------------------------------------------- axes

const axes = suite('spacing');

axes('an even axis serves values of one size, negative ones and zero among them', () => {
  assert.equal(spacing([0, 1, 2, -3, 4, 5]), {});
  assert.equal(spacing(Array.from({ length: 100 }, (_, k) => k)), {});
  assert.equal(spacing([]), {});
  assert.equal(spacing([0, 0, 0]), {});
});

axes('by powers of ten where one value flattens the others', () => {
  const { scale, axis } = spacing([...Array.from({ length: 99 }, (_, k) => 0.001 * (k + 1)), 900]);
  assert.is(scale?.type, 'symlog');
  assert.ok(scale!.constant > 0 && scale!.constant < 0.1);
  assert.equal(axis?.values.map((v) => Number(v.toPrecision(3))), [0, 0.1, 1, 10, 100]);
  assert.equal(spacing([-0.01, 0.01, 0.02, 0.03, 500]).axis?.values[0], -100);
});

axes.run();

// ---------------------------------------------------------------- forest plots

const interval = (low: number, high: number) => ({ mean: (low + high) / 2, low, high });

const plots = suite('forest');

plots('an interval is drawn where it lies, and what it decides is said', () => {
  const text = forest({ quantity: 'Share <corrected>', n: '48 mistakes', salient: interval(0.4, 0.6), side: 'more', comparisons: [
    { with: 'random', other: interval(0, 0.2), difference: interval(0.1, 0.4), verdict: 'holds' },
    { with: 'least', other: interval(0, 0.2), difference: interval(-0.1, 0.2), verdict: 'undecided' },
  ] }).html;
  // The axis ends at 50 percentage points, 48 % of the width from the middle.
  assert.match(text, /x1="59\.60%" x2="88\.40%"[^>]*\/><circle cx="74\.00%" cy="9" r="4\.5" fill="currentColor"/);
  assert.match(text, /x1="40\.40%" x2="69\.20%"[^>]*\/><circle cx="54\.80%" cy="9" r="4\.5" fill="none"/);
  assert.match(text, /25\.0 \[10\.0, 40\.0\]<\/span><\/td><td>holds/);
  assert.match(text, /5\.0 \[-10\.0, 20\.0\]<\/span><\/td><td>not decided/);
  assert.match(text, /Share &lt;corrected&gt;: 50\.0 \[40\.0, 60\.0\] with the most salient \(n = 48 mistakes\)/);
  assert.match(text, /<span>-50<\/span><span>0<\/span><span>50<\/span>/);
});

plots('nothing measured at all still has an axis', () => {
  const none = interval(0, 0);
  assert.not.match(
    forest({ quantity: 'q', n: '1 mistake', salient: none, side: 'same',
      comparisons: [{ with: 'all', other: none, difference: none, verdict: 'holds' }] })
      .html,
    /NaN|Infinity/
  );
});

plots('verdicts counted in words, none that does not occur', () => {
  assert.is(tally(['holds', 'undecided', 'undecided', 'contradicted']), '1 holds, 1 goes the other way round, 2 are not decided');
  assert.is(tally(['holds', 'holds']), '2 hold');
});

plots('a difference is marked where its interval does not hold 0', () => {
  assert.is(difference(interval(-0.1, 0.1)), '0.0 [-10.0, 10.0]');
  assert.match((difference(interval(0.1, 0.2)) as { html: string }).html, /<strong>15\.0 \[10\.0, 20\.0\] \*<\/strong>/);
  assert.match((difference(interval(-0.2, -0.1)) as { html: string }).html, /<strong>/);
  assert.is(difference(interval(0, 0.2)), '10.0 [0.0, 20.0]');
});

plots.run();

// ---------------------------------------------------------------- a terminal's width

const terminal = suite('a terminal');

terminal('a table that is too wide is told in several, each with its first column', () => {
  const cell = '-12.3 [-45.6, 78.9]';
  const rows = [['filters', ...Array.from({ length: 7 }, (_, k) => `choice ${k}`)], ['1', ...Array(7).fill(cell)], ['100',
    ...Array(7).fill(cell)]];
  const lines = fittedTable(rows, rows[0].map((_, c) => c), '  ');
  assert.ok(lines.every((line) => line.length <= WIDTH), lines.join('\n'));
  assert.is(lines.filter((line) => line.trimStart().startsWith('filters')).length, 2);
  for (let k = 0; k < 7; k++) assert.is(lines.join('\n').split(`choice ${k}`).length, 2);
  assert.is(lines.join('').split(cell).length - 1, 14);
  assert.equal(fittedTable([['a', 'b'], ['1', '2']], [1], ' '), [' a  b', ' 1  2']);
  assert.equal(fittedTable([['alone'], ['1']]), ['alone', '1']);
});

terminal('sentences are broken at blanks, and nothing is lost', () => {
  const text = `${'word '.repeat(60)}${'x'.repeat(120)} end`;
  const lines = hanging(text);
  assert.is(lines.filter((line) => line.length > WIDTH).length, 1);
  assert.is(lines.map((line) => line.trim()).join(' '), text);
  assert.equal(hanging('short'), ['short']);
});

terminal.run();
