/** Nearest profiles on the GPU, against a search in float64. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/engine/device.js';
import type { Backend } from '../../src/engine/run/backend.js';
import { RuntimeBackend } from '../../src/runtime/backend.js';
import { findOnnxruntime } from '../../src/runtime/onnxruntime.js';
import { ABSENT } from '../support/runtime.js';
import { skipUnless } from '../support/skip.js';
import { livingFilters, NeighborSearch, writeUnitRow, type Neighbor } from '../../src/saliency/neighbors.js';
import type { Layer } from '../../src/saliency/network.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import { closeDevices, openDevice } from '../support/device.js';
import { random } from '../../reference/random.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const FILTERS = 70, SAMPLES = 45, DEAD = 7;
const layers: Layer[] = [{ name: 'a', node: 'a', weight: 'a.w', filters: 30, offset: 0 }, { name: 'b', node: 'b', weight: 'b.w',
  filters: 40, offset: 30 }];

/** Profiles over many orders of magnitude, one dead filter, one sample repeated (17 = 3) and one at the mean (20). */
function made(): { profiles: Float32Array; stats: Statistics } {
  const r = random('neighbours');
  const profiles = Float32Array.from({ length: SAMPLES * FILTERS }, (_, i) => 10 ** (-6 * r()) * (1 + (i % FILTERS)));
  const mean = Float64Array.from({ length: FILTERS }, () => Math.fround(r()));
  const std = Float64Array.from({ length: FILTERS }, (_, k) => (k === DEAD ? 0 : 0.1 + r()));
  profiles.copyWithin(17 * FILTERS, 3 * FILTERS, 4 * FILTERS);
  profiles.set(mean, 20 * FILTERS);
  return { profiles, stats: { model: null, aggregation: 'mean-abs', samples: 9, mean, std } };
}

/** The definition, in float64 and with every candidate sorted. */
function plain(profiles: Float32Array, stats: Statistics, filters: readonly number[], q: number): Neighbor[] {
  const row = (n: number) => filters.map((k) => (profiles[n * FILTERS + k] - stats.mean[k]) / stats.std[k]);
  const inner = (x: number[], y: number[]) => x.reduce((sum, v, k) => sum + v * y[k], 0);
  const x = row(q);
  return Array.from({ length: SAMPLES }, (_, index) => {
    const y = row(index);
    return { index, similarity: inner(x, y) / (Math.sqrt(inner(x, x) * inner(y, y)) || 1) };
  }).filter(({ index }) => index !== q).sort((a, b) => b.similarity - a.similarity || a.index - b.index);
}

let opened: Promise<Device> | undefined;
const device = (): Promise<Device> => opened ??= openDevice({});

async function search(profiles: Float32Array, stats: Statistics, filters: Int32Array, k: number, queryRows?: number, candidateRows?: number,
  computer?: Backend) {
  const rows = new Float32Array(SAMPLES * filters.length);
  for (let n = 0; n < SAMPLES; n++) writeUnitRow(profiles, n * FILTERS, stats, filters, rows, n * filters.length);
  const found = await NeighborSearch.open(computer ?? await device(), rows, { k, filters: filters.length, queryRows, candidateRows });
  try {
    for (let from = 0; from < SAMPLES; from += found.candidateRows) {
      const indices = Array.from({ length: Math.min(found.candidateRows, SAMPLES - from) }, (_, c) => from + c);
      await found.add(rows.subarray(from * filters.length), indices, (q, index) => q !== index);
    }
    return found.results();
  } finally {
    found.destroy();
  }
}

const neighbors = suite('NeighborSearch');

for (const [queryRows, candidateRows] of [[undefined, undefined], [8, 16], [45, 1], [1, 44]]) {
  neighbors(`blocks of ${queryRows ?? 'the default'} and ${candidateRows ?? 'the default'} against the definition in float64`, async () => {
    const { profiles, stats } = made();
    const filters = livingFilters(layers, stats);
    (await search(profiles, stats, filters, 6, queryRows, candidateRows)).forEach((list, q) => {
      const want = plain(profiles, stats, [...filters], q);
      assert.is(list.length, 6);
      list.forEach(({ index, similarity }, rank) => {
        assert.ok(Math.abs(similarity - want[rank].similarity) < TOLERANCE.cosineSimilarity,
          `query ${q}, rank ${rank}: ${similarity} is not ${want[rank].similarity}`);
        const tied = want.filter((n) => Math.abs(n.similarity - want[rank].similarity) < TOLERANCE.cosineSimilarity).map((n) => n.index);
        assert.ok(tied.includes(index), `query ${q}, rank ${rank}: ${index} is not among ${tied}`);
      });
    });
  });
}

neighbors('a repeated sample is nearest; equals come by index; a profile at the mean is similar to none', async () => {
  const { profiles, stats } = made();
  const found = await search(profiles, stats, livingFilters(layers, stats), 3, 8, 16);
  assert.is(found[3][0].index, 17);
  assert.ok(Math.abs(found[3][0].similarity - 1) < TOLERANCE.cosineSimilarity);
  assert.is(found[17][0].index, 3);
  assert.equal(found[20].map(({ index, similarity }) => [index, similarity]), [[0, 0], [1, 0], [2, 0]]);
});

if (skipUnless(await findOnnxruntime() !== null, ABSENT)) {
  neighbors('onnxruntime finds the same, from queries given once', async () => {
    const { profiles, stats } = made();
    const filters = livingFilters(layers, stats);
    const backend = await RuntimeBackend.open();
    for (const [queryRows, candidateRows] of [[undefined, undefined], [8, 16]]) {
      assert.equal(await search(profiles, stats, filters, 6, queryRows, candidateRows, backend),
        await search(profiles, stats, filters, 6, queryRows, candidateRows));
    }
    backend.destroy();
  });
}

neighbors('gives all there are where they are fewer than k', async () => {
  const { profiles, stats } = made();
  const found = await search(profiles, stats, livingFilters(layers, stats), 100, 45, 20);
  assert.ok(found.every((list, q) => list.length === SAMPLES - 1 && list.every((n) => n.index !== q)));
});

neighbors('close neighbours of long rows keep the order that float64 gives them', async () => {
  const width = 20_000, near = 40;
  const r = random('long rows');
  const unit = (row: Float64Array) => {
    const norm = Math.hypot(...row);
    return row.map((v) => v / norm);
  };
  const base = Float64Array.from({ length: width }, () => r() + 0.5);
  const query = Float32Array.from(unit(base));
  // Their cosines lie about 1e-7 apart, far less than a float32 sum of so many terms resolves.
  const rows = new Float32Array(near * width);
  for (let c = 0; c < near; c++) rows.set(unit(base.map((v) => v + (0.02 + 0.00002 * ((c * 7) % near)) * (r() - 0.5))), c * width);
  const want = Array.from({ length: near }, (_, c) => ({ c, s: query.reduce((sum, v, k) => sum + v * rows[c * width + k], 0) })).sort((a,
    b) => b.s - a.s
  );
  const found = await NeighborSearch.open(await device(), query, { k: 10, filters: width, candidateRows: 16 });
  for (let from = 0; from < near; from += 16) {
    const indices = Array.from({ length: Math.min(16, near - from) }, (_, c) => from + c);
    await found.add(rows.subarray(from * width), indices, () => true);
  }
  assert.equal(found.results()[0].map((n) => n.index), want.slice(0, 10).map((n) => n.c));
  found.destroy();
});

neighbors('layers are chosen without their dead filters', () => {
  const { stats } = made();
  assert.equal([...livingFilters(layers, stats)], Array.from({ length: FILTERS }, (_, k) => k).filter((k) => k !== DEAD));
  assert.equal([...livingFilters([layers[1]], stats)], Array.from({ length: 40 }, (_, k) => 30 + k));
  assert.throws(() => livingFilters([{ name: 'c', node: 'c', weight: 'c.w', filters: 1, offset: DEAD }], stats),
    /every filter of these layers is dead/);
});

neighbors('refuses values that are not finite, and too many candidates', async () => {
  const { profiles, stats } = made();
  const filters = livingFilters(layers, stats);
  profiles[5] = NaN;
  assert.throws(() => writeUnitRow(profiles, 0, stats, filters, new Float32Array(filters.length), 0), /not finite/);
  const found = await NeighborSearch.open(await device(), new Float32Array(4), { k: 1, filters: 4, candidateRows: 2 });
  try {
    await found.add(new Float32Array(12), [0, 1, 2], () => true);
    assert.unreachable('three candidates were taken in a block of two');
  } catch (error) {
    assert.match((error as Error).message, /3 candidates do not fit in a block of 2/);
  }
  found.destroy();
});

neighbors.after(closeDevices);
neighbors.run();
