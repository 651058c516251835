/** What maps add up to on small networks, what is refused, and what the pieces of the methods promise. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attributor } from '../../src/attribution/attributor.js';
import { drawsFromSeed } from '../../src/attribution/draws.js';
import { linearFit } from '../../src/attribution/lime.js';
import { pixelScore } from '../../src/attribution/methods.js';
import { gaussLegendre } from '../../src/attribution/quadrature.js';
import { attributionGraph, lostAt, REFERENCE, type AttributionQuestion } from '../../src/attribution/questions.js';
import * as b from '../../src/engine/builder.js';
import type { Network } from '../../src/saliency/network.js';
import { LABELS } from '../../src/saliency/questions.js';
import { evaluateOutputs } from '../../reference/network.js';
import { assertClose } from '../support/check.js';
import { closeDevices, devices } from '../support/device.js';
import { CLASSES, kinkedNetwork, NETWORKS, PICTURE, rectifiedNetwork } from '../support/small-networks.js';
import { draw, random, uniform } from '../../reference/random.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const picture = Float32Array.from(draw(uniform(PICTURE), random('attribution methods')));
const reference = picture.map((v) => 0.3 * v - 0.1);
const rectified = rectifiedNetwork(PICTURE);
const small = drawsFromSeed(7, PICTURE, { limeSamples: 20, shapSamples: 3 });

/** The outputs of a question in float64, for a class. */
function exact(question: AttributionQuestion, network: Network, target: number, from = reference): Record<string, Float64Array> {
  return evaluateOutputs(attributionGraph(question, network, 1), network, { image: picture, [REFERENCE]: from, [LABELS]: [target] });
}

const sums = suite('complete methods, in float64');

for (const [name, network] of Object.entries({ ...NETWORKS, rectified })) {
  sums(`${name}: parts add up to the answer, every class`, () => {
    for (let target = 0; target < CLASSES; target++) {
      const lift = exact('deeplift', network, target);
      close(sum(lift.map), lift.logits[target] - lift.start[target], magnitude(lift.map), `DeepLift of class ${target}`);
      const { map, logits } = exact('lrp', network, target);
      const { lost } = exact('lrp lost', network, target);
      assert.is(lost.length, lostAt(network).length);
      close(sum(map) + sum(lost), logits[target], magnitude(map) + magnitude(lost), `LRP of class ${target}`);
    }
  });
}

sums('where picture and reference are the same, DeepLift is the gradient times their difference: nothing', () => {
  assert.ok(exact('deeplift', rectified, 1, picture).map.every((v) => v === 0));
});

sums('DeepLift of what is linear is the gradient times the difference', () => {
  const linear: Network = { layers: [], weights: new Map([['w', Float32Array.of(1, -2, 3, 0.5)]]), build: (batch) => {
    const input = b.input('image', [batch, 1, 1, 2]);
    return { input, logits: b.matmul(b.reshape(input, [batch, 2]), b.weight('w', [2, 2])), convs: [] };
  } };
  const { map } = evaluateOutputs(attributionGraph('deeplift', linear, 1), linear, { image: [2, -1], [REFERENCE]: [0.5, 1],
    [LABELS]: [0] });
  assert.equal([...map], [1.5 * 1, -2 * 3]);
});

sums('what a method has no rule for is refused by its op', () => {
  const kinked = kinkedNetwork([3, 8, 8]);
  assert.throws(() => attributionGraph('deeplift', kinked, 1), /DeepLift has no rule for the op \w+ of shape/);
  assert.throws(() => attributionGraph('lrp', kinked, 1), /LRP has no rule for the op \w+ of shape/);
  attributionGraph('guided-backprop', kinked, 1);
});

sums.run();

const maps = suite('Attributor');

maps('on the device as in float64, by both schedules', async () => {
  for (const { name: schedule, device } of await devices()) {
    const attributor = new Attributor(rectified, device);
    for (const method of ['deeplift', 'guided-backprop'] as const) {
      assertClose(await attributor.map(method, picture, 2), exact(method, rectified, 2, picture.map(() => 0)).map, TOLERANCE.firstOrder,
        `${schedule}, ${method}`);
    }
    assertClose(await attributor.map('lrp', picture, 1), exact('lrp', rectified, 1).map, TOLERANCE.firstOrder, `${schedule}, LRP`);
    attributor.destroy();
  }
});

maps('LRP refuses an answer of which it loses much, and names where', async () => {
  const [{ device }] = await devices();
  const attributor = new Attributor(rectified, device);
  const allowed = new Attributor(rectified, device, { incomplete: true });
  await rejected(attributor.map('lrp', picture, 2), /LRP hands 0\.00 of the logit -0\.691 back .* at the op matmul/);
  assert.is((await allowed.map('lrp', picture, 2)).length, picture.length);
  attributor.destroy();
  allowed.destroy();
});

maps('integrated gradients refuse a change that their points miss', async () => {
  const [{ device }] = await devices();
  const scaled: Network = { layers: [], weights: new Map([['w', Float32Array.of(1, -2, 3, 0.5)]]), build: (batch) => {
    const input = b.input('image', [batch, 1, 1, 2]);
    const x = b.reshape(input, [batch, 2]);
    const length = b.sqrt(b.add(b.sum(b.mul(x, x), [1]), b.constant(1e-8)));
    return { input, logits: b.matmul(b.div(x, length), b.weight('w', [2, 2])), convs: [] };
  } };
  const own = Float32Array.of(0.3, 0.4);
  const attributor = new Attributor(scaled, device);
  await rejected(attributor.map('integrated-gradients', own, 0), /of the 3\.00 that the logit changes by .* since the op div divides by/);
  attributor.destroy();
  const allowed = new Attributor(scaled, device, { incomplete: true });
  const map = await allowed.map('integrated-gradients', own, 0);
  assert.ok(Math.abs(map[0] + map[1]) < 1, 'most of it is missed');
  allowed.destroy();
});

maps('other weights give the maps of that network, and its own come back', async () => {
  const [{ device }] = await devices();
  const [name, own] = [...rectified.weights][0];
  const changed = new Map([[name, own.map((v, k) => (k % 3 === 0 ? 0 : v))]]);
  const attributor = new Attributor(rectified, device);
  const map = () => attributor.map('deeplift', picture, 2);
  const before = await map();
  attributor.use(changed);
  const other = await map();
  attributor.use(null);
  assert.equal(await map(), before, 'its own weights');
  assert.not.equal(other, before);
  const fresh = new Attributor(rectified, device, { weights: changed, batch: 3 });
  assert.equal(await fresh.map('deeplift', picture, 2), other, 'another batch, given from the start');
  assert.throws(() => attributor.use(new Map([['none', own]])), /no weight "none"/);
  assert.throws(() => attributor.use(new Map([[name, own.slice(1)]])), /elements, got/);
  attributor.destroy();
  fresh.destroy();
});

maps('many pictures at once are each as it is alone, and what does not fit is a sentence', async () => {
  const [{ device }] = await devices();
  const attributor = new Attributor(rectified, device);
  const second = picture.map((v) => 0.5 - v);
  for (const method of ['deeplift', 'guided-gradcam', 'gradient-shap'] as const) {
    const both = await attributor.maps(method, [picture, second], [0, 3], small);
    assert.equal(both[0], await attributor.map(method, picture, 0, small), method);
    assert.equal(both[1], await attributor.map(method, second, 3, small), method);
  }
  await rejected(attributor.map('lrp', picture, CLASSES), /label 4 is out of range/);
  await rejected(attributor.map('lime', picture, -1, small), /out of range/);
  await rejected(attributor.map('saliency', picture.slice(1), 0), /values per picture/);
  await rejected(attributor.maps('saliency', [picture], []), /each picture needs one/);
  await rejected(attributor.map('nothing' as 'lrp', picture, 0), /no attribution method "nothing"; there are saliency/);
  attributor.destroy();
});

maps.after(closeDevices);
maps.run();

const pieces = suite('pieces of the methods');

pieces('Gauss and Legendre: polynomials of degree 2 n - 1 are exact', () => {
  for (const n of [1, 2, 5, 50]) {
    const { points, weights } = gaussLegendre(n);
    for (const degree of [0, 1, 2 * n - 1]) {
      const integral = points.reduce((t, x, k) => t + weights[k] * x ** degree, 0);
      assert.ok(Math.abs(integral * (degree + 1) - 1) < TOLERANCE.reference64, `${n} points, degree ${degree}: ${integral}`);
    }
    assert.ok([...points].every((x, k) => x > 0 && x < 1 && (k === 0 || x > points[k - 1])));
  }
});

pieces('the linear fit finds what is linear, and less of it the stronger the ridge', () => {
  const { masks } = drawsFromSeed(1, [3, 4, 4], { cell: 2, limeSamples: 64 });
  const wanted = [3, -1, 0, 0.5];
  const y = Array.from({ length: 64 }, (_, s) => 2 + wanted.reduce((t, v, f) => t + v * masks[4 * s + f], 0));
  const [exact, shrunk] = [linearFit(masks, y, 0.25, 1e-12), linearFit(masks, y)];
  wanted.forEach((v, f) => assert.ok(Math.abs(exact[f] - v) < TOLERANCE.nested64, `${exact[f]} instead of ${v}`));
  assert.ok(Math.abs(shrunk[0]) < 3 && Math.abs(shrunk[0]) > 1);
});

pieces('pixel scores as the methods are read', () => {
  const map = Float32Array.of(1, -5, -2, 1, 0.5, 2);
  const score = (method: Parameters<typeof pixelScore>[0]) => [...pixelScore(method, map, [3, 1, 2])];
  assert.equal(score('saliency'), [2, 5]);
  assert.equal(score('deeplift'), [0.5, 2]);
  assert.equal(score('lrp'), [-0.5, -2]);
  assert.equal(score('lime'), [1, -5]);
  assert.throws(() => pixelScore('lrp', map, [3, 2, 2]), /12 values, got 6/);
});

pieces('draws: the same of a seed, the first of many those of few, and what does not fit is a sentence', () => {
  const shape = [3, 6, 5];
  const [few, many] = [drawsFromSeed(3, shape, { limeSamples: 5, shapSamples: 2 }),
    drawsFromSeed(3, shape, { limeSamples: 9, shapSamples: 4 })];
  assert.equal(many.masks.slice(0, few.masks.length), few.masks);
  assert.equal(many.ways.slice(0, 2), few.ways);
  assert.ok(few.masks.slice(0, few.masks.length / 5).every((v) => v === 1), 'the first mask hides nothing');
  assert.not.equal(drawsFromSeed(4, shape).masks, drawsFromSeed(3, shape).masks);
  assert.throws(() => drawsFromSeed(1, shape, { stride: 0 }), /stride must be a whole number/);
  assert.throws(() => drawsFromSeed(1, shape, { baselines: [new Float32Array(4)] }), /must be of \[3,6,5\]/);
});

pieces.run();

const sum = (values: Float64Array): number => values.reduce((n, v) => n + v, 0);
const magnitude = (values: Float64Array): number => values.reduce((n, v) => n + Math.abs(v), 0);

function close(found: number, expected: number, scale: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= TOLERANCE.reference64 * scale, `${what}: ${found} instead of ${expected}`);
}

async function rejected(work: Promise<unknown>, words: RegExp): Promise<void> {
  const error = await work.then(() => null, (e: Error) => e);
  assert.match(error?.message ?? 'nothing was refused', words);
}
