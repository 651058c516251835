/** Labels that may be wrong: the rule against a plain search, over a whole run, and in the words of a report. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { doubtSentence, suspectLines, suspectsCsv } from '../../src/report/suspects.js';
import type { Layer } from '../../src/saliency/network.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import { isSurprising, SUSPECT, SuspectSearch } from '../../src/saliency/suspects.js';
import type { Row } from '../../src/store/format.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { findSuspects } from '../../src/store/suspects.js';
import { random } from '../../reference/random.js';

const FILTERS = 6, DEAD = 3;
const layers: Layer[] = [{ name: 'a', node: 'a', weight: 'a', filters: FILTERS, offset: 0 }];
const draw = random('suspects');
const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: 100, mean: new Float64Array(FILTERS).fill(0.5),
  std: Float64Array.from({ length: FILTERS }, (_, k) => (k === DEAD ? 0 : 0.1 + draw())) };

/** Samples about one direction for each class: the profile of a wrongly labelled one is that of its true class. */
const direction = Array.from({ length: 3 }, () => Float64Array.from({ length: FILTERS }, () => draw()));
const samples = Array.from({ length: 90 }, (_, id) => {
  const truth = id % 3;
  const size = 10 ** (4 * draw() - 4);
  const profile = Float32Array.from(direction[truth], (v) => size * (v + 0.02 * draw()));
  const label = id % 10 === 4 ? (truth + 1) % 3 : truth;
  const mistaken = id % 10 === 7;
  const labelConfidence = label !== truth ? 1e-6 * (1 + id) : mistaken ? 0.2 : 0.9;
  const row: Row = { id, path: `p${id}`, label, predicted: mistaken ? (truth + 2) % 3 : truth, confidence: 0.8, labelConfidence,
    loss: -Math.log(labelConfidence), carried: [] };
  return { row, profile };
});
const planted = samples.filter(({ row }) => row.id % 10 === 4);

const suspects = suite('suspects');

suspects('the first half of the rule: another class, and hardly any probability of the label', () => {
  const answer = (label: number, predicted: number, labelConfidence: number) => isSurprising({ label, predicted, labelConfidence });
  assert.equal([answer(0, 1, 1e-4), answer(0, 1, 1.01e-4), answer(1, 1, 1e-5)], [true, false, false]);
});

suspects('the second half: the nearest by the cosine in units of deviations, by a plain search', () => {
  const right = samples.filter(({ row }) => row.label === row.predicted);
  const search = new SuspectSearch(layers, stats, planted.map(({ row, profile }) => ({ predicted: row.predicted, profile })));
  for (const { row, profile } of right) search.add(row.label, profile, 0, (q) => row.id % planted.length !== q);
  const scaled = (p: Float32Array): number[] => [...p].map((v, k) => (k === DEAD ? 0 : v / stats.std[k]));
  const cosine = (a: number[], b: number[]): number => a.reduce((sum, v, k) => sum + v * b[k], 0) / (Math.hypot(...a) * Math.hypot(...b));
  search.results().forEach(({ agreeing, neighbors, suspect }, q) => {
    const near = right.filter(({ row }) => row.id % planted.length !== q)
      .sort((x, y) => cosine(scaled(y.profile), scaled(planted[q].profile)) - cosine(scaled(x.profile), scaled(planted[q].profile)))
      .slice(0, SUSPECT.neighbors);
    assert.is(neighbors, 10);
    assert.is(agreeing, near.filter(({ row }) => row.label === planted[q].row.predicted).length);
    assert.is(suspect, agreeing >= SUSPECT.agreeing);
  });
});

suspects('too few rightly named pictures make no suspect', () => {
  const search = new SuspectSearch(layers, stats, [{ predicted: 0, profile: samples[0].profile }]);
  for (let k = 0; k < 6; k++) search.add(0, samples[0].profile, 0);
  assert.equal(search.results(), [{ agreeing: 6, neighbors: 6, suspect: false }]);
  search.add(0, samples[0].profile, 0);
  assert.equal(search.results(), [{ agreeing: 7, neighbors: 7, suspect: true }]);
});

/** A run in three parts. */
const run = {
  layers,
  meta: { model: { filters: FILTERS } },
  readStatistics: async () => stats,
  async *parts() {
    for (let from = 0; from < samples.length; from += 30) {
      const some = samples.slice(from, from + 30);
      yield { rows: some.map(({ row }) => row), profiles: Float32Array.from(some.flatMap(({ profile }) => [...profile])) };
    }
  },
} as unknown as StoredRun;

suspects('of a whole run, by falling loss: the planted ones, and not the true mistakes', async () => {
  const found = await findSuspects(run);
  assert.equal([found.surprising, found.checked], [planted.length, planted.length]);
  const byLoss = [...planted].sort((a, b) => b.row.loss - a.row.loss).map(({ row }) => row.id);
  assert.equal(found.suspects.map(({ row }) => row.id), byLoss);
  const some = await findSuspects(run, 4);
  assert.equal([some.surprising, some.checked, some.suspects.map(({ row }) => row.id)], [planted.length, 4, byLoss.slice(0, 4)]);
});

suspects('what is said of them', async () => {
  const { suspects: found } = await findSuspects(run);
  const name = (k: number) => `c${k}`;
  const lines = suspectLines(found, name);
  assert.match(lines[1], new RegExp(`^${found.length} labels that may be wrong`));
  assert.equal([...suspectsCsv(found, name)].length, found.length + 1);
  assert.equal(suspectLines([], name), []);
  assert.is(doubtSentence({ agreeing: 6, neighbors: 10, suspect: false }, 'cat', 'dog'), null);
  assert.equal(doubtSentence({ agreeing: 9, neighbors: 10, suspect: true }, 'cat', 'dog'), [
    'Maybe the label is wrong: the network gives "cat" a probability of at most 1 in 10,000',
    'and 9 of the 10 rightly named pictures with the most similar saliency are "dog"',
  ]);
});

suspects.run();
