/** What is said of the statistics behind a ranking. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leftOutText, standingSentences } from '../../src/report/statistics.js';

const said = suite('statistics behind a ranking');
const of = (samples: number | null, more: Partial<Parameters<typeof standingSentences>[0]> = {}) =>
  standingSentences({ samples, label: 1, highest: 3, ...more }).join(' ');
const among = { run: 'run', id: 7, label: 1 };

said('nothing, where there are many and the picture is not among them', () => {
  assert.is(of(300), '');
  assert.is(of(null), '');
});

said('few, and what that means for a picture that may be among them; a score above the bound proves that it is not', () => {
  assert.match(of(12),
    /of 12 pictures only: with fewer than 300, .* If this picture is one of them, no score can pass 3\.18, and high ones tie/);
  assert.not.match(of(12, { highest: 3.2 }), /If this picture/);
  assert.match(of(299), /of 299 pictures only/);
});

said('the picture is among them, with its own label or another', () => {
  assert.match(of(1000, { among }),
    /^This picture is one of those .* \(sample 7 of run\): within its own 1,000, no score can pass 31\.6; "left out"/);
  assert.match(of(1000, { among: { ...among, label: 0 } }), /with another label there\.$/);
  assert.not.match(of(2, { among }), /left out/);
});

said('no filter above its mean', () => {
  assert.match(of(1000, { highest: -0.1 }), /^No filter is above its mean/);
});

said('a score without a number', () => {
  const filter = { index: 0, layer: 'a', filter: 0, saliency: 3 };
  assert.equal([undefined, Infinity, 12.3456].map((leftOut) => leftOutText({ ...filter, ...(leftOut !== undefined && { leftOut }) })), ['',
    'beyond measure', '12.35']);
});

said.run();
