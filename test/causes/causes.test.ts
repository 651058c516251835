/** Mistakes in groups: planted causes are found, unrelated mistakes are not called sure, and what is said of a group is counted right. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findCauses, nearestMistakes, type CausesInput } from '../../src/causes/causes.js';
import { groupsOf, numbered } from '../../src/causes/graph.js';
import { planeOf } from '../../src/causes/projection.js';
import { hypergeometricTail, sharedBeyondChance } from '../../src/causes/shared.js';
import { adjustedRandIndex, DOUBTFUL, STABLE } from '../../src/causes/stability.js';
import type { Device } from '../../src/engine/device.js';
import { writeUnitRow } from '../../src/saliency/neighbors.js';
import { Random } from '../../src/saliency/random.js';
import { topFilters } from '../../src/saliency/shared-filters.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import { openDevice } from '../support/device.js';

const FILTERS = 200, EACH = 12, CAUSES = 3, RAISED = 8;
const layers = [{ name: 'a', node: 'a', weight: 'a.w', filters: 120, offset: 0 }, { name: 'b', node: 'b', weight: 'b.w', filters: 80,
  offset: 120 }];
const stats: Statistics = { model: null, aggregation: 'mean-abs', samples: 9, mean: new Float64Array(FILTERS),
  std: new Float64Array(FILTERS).fill(2) };
const options = { k: 6, resolution: 1, seed: 0 };

let opened: Promise<Device> | undefined;
const device = (): Promise<Device> => opened ??= openDevice({});

/** Standardized profiles of noise; each planted cause raises filters of its own in its mistakes. `raise` 0 plants nothing. */
async function made(seed: number, raise: number): Promise<CausesInput & { truth: number[]; planted: number[][] }> {
  const random = new Random(seed, 17);
  const planted = Array.from({ length: CAUSES }, () => random.choose(RAISED, FILTERS));
  const truth = Array.from({ length: CAUSES * EACH }, (_, m) => m % CAUSES);
  const profiles = truth.map((cause) =>
    Float32Array.from({ length: FILTERS }, (_, f) => random.normal() + (planted[cause].includes(f) ? raise : 0))
  );
  const filters = Int32Array.from({ length: FILTERS }, (_, k) => k);
  const rows = new Float32Array(truth.length * FILTERS);
  profiles.forEach((p, m) => writeUnitRow(p, 0, stats, filters, rows, m * FILTERS));
  const neighbors = await nearestMistakes(await device(), rows, FILTERS, options.k);
  const tops = profiles.map((p) => topFilters(p, 0, stats, filters, 10));
  return { truth, planted, mistakes: truth.map((c) => ({ label: c, predicted: 9 })), rows, width: FILTERS, neighbors, tops, layers,
    filters: FILTERS };
}

const causes = suite('causes');

causes('planted causes are found, with their filters, and are called stable: five seeds', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const input = await made(seed, 4);
    const found = findCauses(input, options);
    assert.ok(adjustedRandIndex(found.groups, input.truth) >= 0.9, `seed ${seed}: ${adjustedRandIndex(found.groups, input.truth)}`);
    assert.ok(found.adjustedRand! > 0.9 && found.causes.every((c) => c.jaccard! >= STABLE));
    for (const { members, shared, confusions, layers: where } of found.causes) {
      const planted = input.planted[input.truth[members[0]]];
      const named = shared.map((s) => s.filter);
      assert.ok(planted.filter((f) => named.includes(f)).length >= RAISED - 1, `${planted} and ${named}`);
      assert.ok(named.filter((f) => !planted.includes(f)).length <= 1, `${named} beside ${planted}`);
      assert.equal(confusions, [{ label: input.truth[members[0]], predicted: 9, count: EACH }]);
      assert.is(where.reduce((n, l) => n + l.filters, 0), shared.length);
    }
  }
});

causes('where nothing is planted no group is called stable, and filters are named as rarely as the test allows', async () => {
  let named = 0;
  for (let seed = 0; seed < 5; seed++) {
    const input = await made(seed, 0);
    const found = findCauses(input, options);
    assert.ok(Math.abs(adjustedRandIndex(found.groups, input.truth)) < 0.2);
    assert.ok(found.adjustedRand! < DOUBTFUL, `seed ${seed}: ${found.adjustedRand}`);
    assert.ok(found.causes.every((c) => c.jaccard! < STABLE), `seed ${seed}: ${found.causes.map((c) => c.jaccard)}`);
    named += sharedBeyondChance(input.tops, input.truth.flatMap((c, m) => (c === 0 ? [m] : [])), FILTERS).length;
  }
  assert.ok(named <= 1, `${named} filters of groups that were drawn at random`);
});

causes('the same bits twice; members by typicality; groups given are kept', async () => {
  const input = await made(3, 2.5);
  assert.equal(findCauses(input, options), findCauses(input, options));
  assert.equal(planeOf(input.neighbors, 6, 1), planeOf(input.neighbors, 6, 1));
  const { causes: [first] } = findCauses(input, options);
  assert.equal([...first.typicality].sort((a, b) => b - a), first.typicality);
  const [m] = first.members;
  const cosines = first.members.slice(1).map((o) => {
    let sum = 0;
    for (let k = 0; k < FILTERS; k++) sum += input.rows[m * FILTERS + k] * input.rows[o * FILTERS + k];
    return sum;
  });
  assert.ok(Math.abs(first.typicality[0] - cosines.reduce((a, b) => a + b, 0) / cosines.length) < 1e-6);
  const given = numbered(input.truth.map((c) => 2 - c));
  const kept = findCauses({ ...input, given }, options);
  assert.is(kept.adjustedRand, null);
  assert.equal(kept.causes.map((c) => [...c.members].sort((a, b) => a - b)),
    [0, 1, 2].map((c) => input.truth.flatMap((t, k) => (t === c ? [k] : []))));
  assert.throws(() => findCauses({ ...input, mistakes: input.mistakes.slice(0, 2) }, options), /there are 2 mistakes, too few/);
});

causes('mistakes on the plane are nearer to those of their group', async () => {
  const input = await made(1, 4);
  const plane = planeOf(input.neighbors, 6, 0);
  const apart = (a: number, b: number): number => Math.hypot(plane[a][0] - plane[b][0], plane[a][1] - plane[b][1]);
  const pairs = input.truth.flatMap((_, a) => input.truth.map((__, b) => [a, b]).filter(([, b]) => b > a));
  const mean = (list: number[][]): number => list.reduce((sum, [a, b]) => sum + apart(a, b), 0) / list.length;
  const own = pairs.filter(([a, b]) => input.truth[a] === input.truth[b]),
    other = pairs.filter(([a, b]) => input.truth[a] !== input.truth[b]);
  assert.ok(mean(own) < 0.6 * mean(other), `${mean(own)} and ${mean(other)}`);
});

causes('a mistake without neighbours is alone', () => {
  const lists = [[{ index: 1, similarity: 0.9 }], [{ index: 0, similarity: 0.9 }], [{ index: 0, similarity: 0 }]];
  assert.equal([...groupsOf(lists, options)], [0, 0, 1]);
  assert.equal([...groupsOf([[], [], []], options)], [0, 1, 2]);
});

causes('the tail of the hypergeometric distribution, and the adjusted Rand index, by hand', () => {
  // 10 things, 4 marked; a group of 3 has at least 2 marked: (6 * 6 + 4) / 120.
  assert.ok(Math.abs(hypergeometricTail(10)(2, 3, 4) - 40 / 120) < 1e-12);
  assert.ok(Math.abs(hypergeometricTail(10)(0, 3, 4) - 1) < 1e-12);
  assert.ok(Math.abs(hypergeometricTail(10)(3, 3, 4) - 4 / 120) < 1e-12);
  assert.is(adjustedRandIndex([0, 0, 1, 1], [5, 5, 3, 3]), 1);
  assert.ok(Math.abs(adjustedRandIndex([0, 0, 0, 1, 1, 2], [0, 0, 1, 0, 0, 0]) -
    byPairs([0, 0, 0, 1, 1, 2], [0, 0, 1, 0, 0, 0])) < 1e-12);
  assert.is(adjustedRandIndex([0, 0, -1], [1, 1, 1]), 1);
  assert.throws(() => adjustedRandIndex([0], [0, 1]), /of 1 and 2 things/);
});

/** The index by its definition, pair by pair. */
function byPairs(a: readonly number[], b: readonly number[]): number {
  let both = 0, inA = 0, inB = 0, all = 0;
  a.forEach((_, i) =>
    a.forEach((__, j) => {
      if (j <= i) return;
      all++;
      const [x, y] = [a[i] === a[j], b[i] === b[j]];
      inA += Number(x);
      inB += Number(y);
      both += Number(x && y);
    })
  );
  const expected = inA * inB / all;
  return (both - expected) / ((inA + inB) / 2 - expected);
}

causes.run();
