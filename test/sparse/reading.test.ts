/** A sparse layer read: identities that hold exactly, and counts against brute force. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readFileSync } from 'node:fs';
import { parseNpy } from '../../src/data/npy.js';
import { Random } from '../../src/saliency/random.js';
import { contributions } from '../../src/sparse/reading/contributions.js';
import { counterfactuals, flipCounts } from '../../src/sparse/reading/counterfactuals.js';
import { fewestToFlip, randomToFlip } from '../../src/sparse/reading/flip.js';
import { interventions, randomChange, sharedFeatures } from '../../src/sparse/reading/intervention.js';
import { ownLayer, Reading, type LastLayer } from '../../src/sparse/reading/layer.js';
import { classListings, featureListings } from '../../src/sparse/reading/listing.js';
import { blamedMistakes, byFeature, repairs } from '../../src/sparse/reading/mistakes.js';
import { predictability } from '../../src/sparse/reading/predictability.js';
import { shared } from '../../reference/paths.js';
import { random } from '../../reference/random.js';
import { skipUnless } from '../support/skip.js';

const C = 4, P = 7, N = 60;
const draw = random('sparse reading');
const normal = (): number => 2 * (draw() + draw() + draw()) - 3;
/** A third of the weights. */
const layer: LastLayer = { classes: C, features: P, weights: Float64Array.from({ length: C * P }, () => (draw() < 0.4 ? normal() : 0)),
  intercepts: Float64Array.from({ length: C }, () => 0.3 * normal()), mean: Float64Array.from({ length: P }, () => 1 + draw()),
  std: Float64Array.from({ length: P }, () => 0.5 + draw()) };
const reading = new Reading(layer);
const x = Float64Array.from({ length: N * P }, () => 1.5 + normal());
const z = reading.standardized(x);
const labels = Array.from({ length: N }, () => Math.floor(C * draw()));

/** From the definition. */
const logits = (row: number, off: ReadonlySet<number> = new Set()): number[] =>
  Array.from({ length: C }, (_, c) => {
    let sum = layer.intercepts[c];
    for (let j = 0; j < P; j++) if (!off.has(j)) sum += (layer.weights[c * P + j] * (x[row * P + j] - layer.mean[j])) / layer.std[j];
    return sum;
  });
const answer = (row: number, off?: ReadonlySet<number>): number => {
  const all = logits(row, off);
  return all.indexOf(Math.max(...all));
};
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
const subsets = Array.from({ length: 2 ** P },
  (_, bits) => new Set(Array.from({ length: P }, (__, j) => j).filter((j) => bits & (1 << j))));

const test = suite('reading a sparse layer');

test('logits are the definition, and the contributions of every pair of classes add up to their difference', () => {
  for (let row = 0; row < N; row++) {
    const want = logits(row);
    reading.logits(z, row).forEach((v, c) => near(v, want[c]));
    for (let p = 0; p < C; p++) {
      for (let t = 0; t < C; t++) {
        const parts = contributions(reading, z, row, p, t);
        near(parts.reduce((sum, d) => sum + d.difference, 0) + layer.intercepts[p] - layer.intercepts[t], want[p] - want[t]);
        assert.ok(parts.every((d, k) => k === 0 || d.difference <= parts[k - 1].difference));
        for (const { feature, difference } of parts) {
          const off = logits(row, new Set([feature]));
          near(off[p] - off[t], want[p] - want[t] - difference);
        }
      }
    }
  }
});

test('the answer without a feature, looked for among its classes alone, is that of all logits', () => {
  let changed = 0;
  for (let row = 0; row < N; row++) {
    const all = reading.logits(z, row), top = answer(row);
    for (let j = 0; j < P; j++) {
      const without = answer(row, new Set([j]));
      assert.is(reading.answerWithout(all, top, j, z[row * P + j]), without);
      changed += Number(without !== top);
    }
  }
  assert.ok(changed > 20);
  // Of equals the first, as argmax has it.
  const ties = new Reading({ ...layer, classes: 3, weights: Float64Array.from({ length: 3 * P }, (_, k) => (k === P ? 1 : 0)),
    intercepts: [0, 0, 0] });
  assert.equal([ties.answerWithout([0, 1, 0], 1, 0, 1), ties.answerWithout([0, -1, 0], 0, 0, -1), ties.answerWithout([0, -1, 0], 0, 0, -2)],
    [0, 0, 1]);
});

test('the fewest features that change an answer are as few as all subsets have', () => {
  let never = 0;
  for (let row = 0; row < N; row++) {
    const before = answer(row);
    const flipping = subsets.filter((off) => answer(row, off) !== before);
    const found = fewestToFlip(reading, z, row);
    if (flipping.length === 0) {
      assert.is(found, null);
      never++;
      continue;
    }
    assert.is(found!.features.length, Math.min(...flipping.map((s) => s.size)));
    assert.is(answer(row, new Set(found!.features)), found!.to);
    assert.is.not(found!.to, before);
    const at = randomToFlip(reading, z, row, found!.against, new Random(row));
    assert.ok(at === null || at >= found!.features.length);
  }
  assert.ok(never > 0 && never < N, `${never} of ${N} never change`);
});

test('counts of features: shares, and a median whose interval holds it', () => {
  const counts = flipCounts([1, 1, 1, 2, 2, 3, 4, null, null, 1]);
  assert.equal([counts.pictures, counts.flipped.mean, counts.median], [10, 0.8, 2]);
  assert.equal(counts.within.map((w) => w.share.mean), [0.4, 0.6, 0.7, 0.8, 0.8]);
  // Of ten values the second and the ninth: 2 P(Bin(10, 1/2) < 2) = 2.1 %.
  assert.equal([counts.medianLow, counts.medianHigh], [1, null]);
  assert.equal([flipCounts([5]).medianLow, flipCounts([5]).medianHigh, flipCounts([null]).median], [null, null, null]);
  assert.throws(() => flipCounts([]), /no picture/);
  const all = counterfactuals(reading, z, labels);
  assert.equal(all.map((c) => c.predicted), Array.from({ length: N }, (_, row) => answer(row)));
  assert.equal(counterfactuals(reading, z, labels), all, 'the same draws twice');
});

test('mistakes: the first feature, what it repairs, and exactly what a random one does', () => {
  const found = blamedMistakes(reading, z, labels);
  assert.ok(found.length > 20);
  for (const m of found) {
    assert.is(m.predicted, answer(m.row));
    assert.is.not(m.label, m.predicted);
    const first = m.blame[0].feature;
    assert.is(m.after, answer(m.row, new Set([first])));
    assert.is(m.repaired, m.after === m.label);
    near(m.blame.reduce((sum, b) => sum + b.difference, 0) + m.intercepts, m.margin);
    const pool = Array.from({ length: P }, (_, j) => j).filter((j) => layer.weights[m.predicted * P + j] !== 0 && j !== first);
    const share = pool.filter((j) => answer(m.row, new Set([j])) === m.label).length / pool.length;
    if (pool.length === 0) assert.is(m.ofClass, null);
    else near(m.ofClass!, share);
  }
  const groups = byFeature(found);
  assert.is(groups.reduce((n, g) => n + g.mistakes.length, 0), found.length);
  assert.is(groups.reduce((n, g) => n + g.confusions.reduce((k, c) => k + c.count, 0), 0), found.length);
  assert.ok(groups.every((g) => g.mistakes.every((m) => m.blame[0].feature === g.feature)));
  const all = repairs(found);
  near(all.repaired.mean, found.filter((m) => m.repaired).length / found.length);
  const some = found.filter((m) => m.ofClass !== null);
  near(all.ofClass!.difference.mean, some.reduce((sum, m) => sum + Number(m.repaired) - m.ofClass!, 0) / some.length);
});

test('interventions: each feature at its mean, in all and by class, beside every other', () => {
  const found = interventions(reading, z, labels);
  const rows = Array.from({ length: N }, (_, row) => row);
  const share = (off: ReadonlySet<number>, c?: number): number => {
    const some = rows.filter((row) => c === undefined || labels[row] === c);
    return some.filter((row) => answer(row, off) === labels[row]).length / some.length;
  };
  near(found.before.all.mean, share(new Set()));
  assert.equal(found.each.map((e) => e.feature), reading.used);
  for (const e of found.each) {
    near(e.change, share(new Set([e.feature])) - share(new Set()));
    near((e.mended - e.broken) / N, e.change);
    e.changes.forEach((change, c) => near(change!, share(new Set([e.feature]), c) - share(new Set(), c)));
  }
  const [first, ...others] = found.each;
  near(randomChange(found, first.feature)!, others.reduce((sum, e) => sum + e.change, 0) / others.length);
});

test('listings: features of a class, classes of a feature, the pictures that excite it', () => {
  const lists = classListings(reading, z, labels);
  for (const { class: c, features } of lists) {
    assert.equal(features.map((f) => f.weight), [...Array.from({ length: P }, (_, j) => layer.weights[c * P + j]).filter((w) => w !== 0)]
      .sort((a, b) => Math.abs(b) - Math.abs(a)));
    for (const { feature, inside } of features) {
      const some = labels.flatMap((t, row) => (t === c ? [z[row * P + feature]] : []));
      near(inside!, some.reduce((sum, v) => sum + v, 0) / some.length);
    }
  }
  for (const { feature, sign, exciting, classes } of featureListings(reading, z, 5)) {
    assert.is(sign, Math.sign(classes[0].weight));
    const order = labels.map((_, row) => sign * z[row * P + feature]).sort((a, b) => b - a);
    assert.equal(exciting.map((e) => sign * e.z), order.slice(0, 5));
  }
  const sharing = sharedFeatures(reading);
  assert.ok(sharing.length > 0 && sharing.every((s) => s.classes.length > 1));
  assert.ok(sharing.every((s, k) => k === 0 || s.classes.length <= sharing[k - 1].classes.length));
});

test('a layer that rests on one feature is predictable from it; a dense one that is not is less so', () => {
  const one = new Reading({ ...layer, weights: Float64Array.from({ length: C * P }, (_, k) => Number(k === 0)),
    intercepts: new Float64Array(C), mean: new Float64Array(P), std: new Float64Array(P).fill(1) });
  // Class 0 alone has a weight, and its probability rises with that feature.
  const only = Float64Array.from({ length: 30 * P }, (_, k) => (k % P === 0 ? normal() : 0));
  assert.is(predictability(one, only)!.share.mean, 1);
  const found = predictability(reading, z, { features: 1 })!, five = predictability(reading, z)!;
  assert.ok(five.share.mean > found.share.mean && found.triples === five.triples, `${five.share.mean} ${found.share.mean}`);
  assert.is(predictability(one, new Float64Array(2 * P)), null);
});

test("the network's own layer is the same function in the standardised scale", () => {
  const weights = Float32Array.from({ length: C * P }, normal), bias = Float32Array.from({ length: C }, normal);
  const own = new Reading(ownLayer(weights, bias, layer));
  const got = own.logits(z, 3);
  for (let c = 0; c < C; c++) {
    let sum = bias[c];
    for (let j = 0; j < P; j++) sum += weights[c * P + j] * x[3 * P + j];
    assert.ok(Math.abs(got[c] - sum) < 1e-10);
  }
  assert.throws(() => ownLayer(weights.subarray(1), bias, layer), /27 weights, and not 4 x 7/);
});

test('what cannot be read', () => {
  assert.throws(() => new Reading({ ...layer, intercepts: [1] }), /does not have 28, 1, 7, 7 weights/);
  assert.throws(() => new Reading({ ...layer, intercepts: [1, NaN, 0, 0] }), /not finite/);
  assert.throws(() => reading.standardized([1, 2, 3]), /3 values are no rows of 7 features/);
  assert.throws(() => reading.standardized([1, 2, 3, NaN, 5, 6, 7]), /feature 3 of row 0 is NaN/);
});

const golden = `${shared}sparse/golden/cifar10-resnet20/`;
if (skipUnless(existsSync(golden), `${golden} is absent`)) {
  const array = (name: string) => Float64Array.from(parseNpy(readFileSync(`${golden}${name}.npy`), name).data as Float64Array, Number);

  test('ResNet-20: the accuracies of the reference, with 2.4 weights a class and by its own layer', () => {
    const [weights, intercepts, mean, std] = ['a99_W', 'a99_b', 'mean', 'std'].map(array);
    const sparse: LastLayer = { classes: 10, features: 64, weights: weights.subarray(2 * 640, 3 * 640),
      intercepts: intercepts.subarray(20, 30), mean, std };
    const own = ownLayer(array('head_W'), array('head_b'), sparse);
    const truth = array('labels_held'), held = array('features_held');
    const right = (of: LastLayer): number => {
      const read = new Reading(of);
      return read.answers(read.standardized(held)).filter((a, k) => a === truth[k]).length;
    };
    assert.equal([right(sparse), right(own)], [871, 915]);
    const read = new Reading(sparse), rows = read.standardized(held);
    const mistakes = blamedMistakes(read, rows, truth);
    assert.is(mistakes.length, 129);
    // docs/sparse-findings.md
    assert.equal([mistakes.filter((m) => m.repaired).length, byFeature(mistakes)[0].feature, byFeature(mistakes)[0].mistakes.length], [57,
      59, 30]);
    const flips = counterfactuals(read, rows, truth);
    assert.equal([1, 2, 3].map((n) => flips.filter((f) => f.flip && f.flip.features.length <= n).length), [693, 902, 991]);
    for (const m of mistakes) assert.ok(Math.abs(m.blame.reduce((sum, b) => sum + b.difference, m.intercepts) - m.margin) < 1e-12);
  });
}

test.run();
