/** How far `misfire explain` says it has come: the parts of its work add up to all of it, and it never goes back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST_ORDER } from '../../src/saliency/attribution.js';
import { trialsOf } from '../../tools/explain/changes.js';
import { trialsFor } from '../../tools/explain/sample-explainer.js';
import { costOf, Work, type Parts } from '../../tools/explain/work.js';
import { Progress } from '../../tools/shared/progress.js';

class Told extends Progress {
  readonly all: [done: number, what: string][] = [];
  override update(done: number, what = ''): void {
    this.all.push([done, what]);
  }
}

const works = suite('the work of explain');

for (const [what, parts] of [
  ['filters alone', { map: false, compare: [], trials: 0 }],
  ['a report', { map: true, compare: FIRST_ORDER, trials: 99 }],
] as const) {
  works(what, () => {
    const samples = 2;
    const told = new Told(samples * costOf(parts), 0);
    const work = new Work(told);
    const at = () => [0.5, 1].forEach((share) => work.at(share));
    work.profiles(samples);
    at();
    if (parts.map) {
      work.maps(samples);
      at();
    }
    for (let k = 0; k < samples; k++) {
      for (const kind of parts.compare) {
        work.comparison(kind);
        at();
      }
      work.trials(parts.trials);
      at();
    }
    const done = told.all.map(([d]) => d);
    assert.equal(done, [...done].sort((a, b) => a - b));
    assert.is(done[done.length - 1], samples * costOf(parts satisfies Parts));
    assert.ok(told.all.every(([, name]) => name !== ''));
  });
}

works('as many answers are counted as are asked for', () => {
  const off = { off: true, masked: true, draws: 4 };
  assert.is(trialsOf(off), 5 * (5 + 3));
  assert.is(trialsFor({ report: false, map: null, changes: off }), trialsOf(off));
  assert.is(trialsFor({ report: true, map: { boosted: { kind: 'salient', count: 1 }, boost: 1, reference: false }, changes: off }),
    9 * (7 + 4));
});

works.run();
