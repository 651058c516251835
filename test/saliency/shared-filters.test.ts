/** What neighbours share, and the part of a confusion matrix that can be read. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { confusionBlock } from '../../src/saliency/confusion-block.js';
import { sharedFilters, topFilters } from '../../src/saliency/shared-filters.js';
import type { Statistics } from '../../src/saliency/standardize.js';

const filters = suite('filters in common');

filters('the most salient by eq. 2, among those asked about, without dead ones', () => {
  const stats = { mean: Float64Array.of(0, 1, 0, 0, 5), std: Float64Array.of(2, 0.1, 0, 2, 10), samples: 9 } as unknown as Statistics;
  const profiles = [9, 9, 9, 9, 9, /* the one looked at: */ 3, 1.5, 100, 8, 5];
  assert.equal(topFilters(profiles, 5, stats, [0, 1, 2, 3, 4], 3), [1, 3, 0]);
  assert.equal(topFilters(profiles, 5, stats, [0, 2, 4], 3), [0, 4]);
});

filters('what most lists have stands first, and what one has alone is not shared', () => {
  assert.equal(sharedFilters([[1, 2, 3], [3, 2], [3, 7, 7]]), [{ filter: 3, samples: 3 }, { filter: 2, samples: 2 }]);
  assert.equal(sharedFilters([]), []);
});

filters.run();

const blocks = suite('confusionBlock');
const confusion = (label: number, predicted: number, count: number) => ({ label, predicted, count, ofLabel: 0 });

blocks('few classes: all of them, each sample in its place', () => {
  const counts = [{ label: 0, samples: 10, right: 7 }, { label: 2, samples: 5, right: 5 }];
  const block = confusionBlock(counts, [confusion(0, 2, 2), confusion(0, 1, 1)], 20);
  assert.equal(block, { classes: [0, 1, 2], whole: true, counts: [[7, 1, 2, 0], [0, 0, 0, 0], [0, 0, 5, 0]], outside: 0 });
});

blocks('a thousand classes: the pairs most often confused, the rest counted together, and no mistake lost', () => {
  const counts = Array.from({ length: 1000 }, (_, label) => ({ label, samples: 50, right: 40 }));
  const confusions = [confusion(7, 900, 30), confusion(900, 7, 9), confusion(3, 4, 20),
    ...Array.from({ length: 996 }, (_, k) => confusion(k < 3 ? k : k + 2, (k + 500) % 1000, 1))];
  const block = confusionBlock(counts, confusions, 6);
  assert.is(block.whole, false);
  assert.equal(block.classes.slice(0, 4), [7, 900, 3, 4]);
  assert.is(block.classes.length, 6);
  assert.is(block.counts[0][1], 30);
  assert.is(block.counts[1][0], 9);
  assert.is(block.counts[0][0], 40);
  const off = block.counts.flatMap((row, i) => row.filter((_, j) => i !== j)).reduce((a, b) => a + b, 0);
  assert.is(off + block.outside, confusions.reduce((n, c) => n + c.count, 0));
});

blocks.run();
