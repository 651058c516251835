/** Neuron pictures: spectrum, transformations and Adam against their definitions in float64, and what ascent must do whole. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import type { Node } from '../../src/engine/graph.js';
import { adamFactors, adamStep } from '../../src/visualize/adam.js';
import { penultimate, type Unit } from '../../src/visualize/objective.js';
import { frequencyScales, pictureNode, spectrumShape, startingSpectrum } from '../../src/visualize/spectrum.js';
import { composed, drawTransformation, NO_TRANSFORMATIONS, passes, transformed, usualTransformations,
  type Affine } from '../../src/visualize/transformations.js';
import { visualize } from '../../src/visualize/visualize.js';
import { evaluate } from '../../reference/evaluate.js';
import { draw, random, uniform } from '../../reference/random.js';
import { assertClose, checkCase } from '../support/check.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { CLASSES, NETWORKS, PICTURE } from '../support/small-networks.js';

const made = suite('visualize');

// ---- the spectrum -----------------------------------------------------------------------------------------------------

/** q of the definition: the whole Hermitian spectrum, summed frequency by frequency; then colours and sigmoid. */
function pictureOf(spectrum: ArrayLike<number>, [channels, h, w]: readonly number[]): Float64Array {
  const V = Math.floor(w / 2) + 1;
  const planes = Array.from({ length: channels }, (_, c) => {
    const part = (p: number, u: number, v: number): number => {
      const f = Math.hypot(Math.min(u, h - u) / h, v / w);
      return spectrum[((c * 2 + p) * h + u) * V + v] / Math.max(f, 1 / Math.max(h, w)) / 4;
    };
    return Float64Array.from({ length: h * w }, (__, k) => {
      const [y, x] = [Math.floor(k / w), k % w];
      let sum = 0;
      for (let v = 0; v < w; v++) {
        // Columns beyond the stored half are the others' conjugates, mirrored in both directions.
        const mirrored = v >= V;
        for (let u = 0; u < h; u++) {
          const angle = 2 * Math.PI * ((u * y) / h + (v * x) / w);
          const [uu, vv] = mirrored ? [(h - u) % h, w - v] : [u, v];
          sum += Math.cos(angle) * part(0, uu, vv) - Math.sin(angle) * (mirrored ? -1 : 1) * part(1, uu, vv);
        }
      }
      return sum / Math.sqrt(h * w);
    });
  });
  const colours = [[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]];
  const norm = Math.sqrt(0.26 ** 2 + 2 * 0.27 ** 2);
  const mixed = channels === 3
    ? colours.map((row) => planes[0].map((_, k) => row.reduce((s, v, j) => s + (v / norm) * planes[j][k], 0)))
    : planes;
  return Float64Array.from(mixed.flatMap((plane) => [...plane]), (q) => 1 / (1 + Math.exp(-q)));
}

for (const shape of [[3, 6, 8], [3, 7, 5], [1, 5, 6]] as const) {
  made(`the picture of a spectrum, ${shape.join(' x ')}, is the inverse Fourier transform of the definition`, async () => {
    const node = b.input('spectrum', [2, ...spectrumShape(shape)]);
    const values = draw(uniform(node.shape), random(`spectrum ${shape}`));
    const each = values.length / 2;
    const want = Float64Array.from([0, 1].flatMap((n) => [...pictureOf(values.subarray(n * each, (n + 1) * each), shape)]));
    const picture = pictureNode(node, shape);
    // Matrices are float32 in the graph: 1e-6 of values near 1.
    assertClose(evaluate([picture], new Map([[node as Node, values]]))[0], want, 1e-6, 'in float64');
    for (const { name, device } of await devices()) {
      const { got } = await evaluateOnDevice({ got: picture }, new Map([[node as Node, values]]), device);
      assertClose(got, want, 2e-6, name);
    }
  });
}

made('the spectrum is begun with the declared noise, and divided by frequency', () => {
  const start = startingSpectrum([3, 32, 32], 5);
  assert.is(start.length, 3 * 2 * 32 * 17);
  const deviation = Math.sqrt(start.reduce((s, v) => s + v * v, 0) / start.length);
  assert.ok(Math.abs(deviation - 0.01) < 3e-4, String(deviation));
  assert.equal(startingSpectrum([3, 32, 32], 5), start);
  assert.not.equal(startingSpectrum([3, 32, 32], 6), start);
  assert.equal(frequencyScales(4, 4).map((v) => Math.round(v * 1e6) / 1e6),
    [1, 1, 0.5, 1, Math.SQRT1_2, 0.447214, 0.5, 0.447214, 0.353553, 1, Math.SQRT1_2, 0.447214].map((v) => Math.round(v * 1e6) / 1e6));
});

// ---- transformations --------------------------------------------------------------------------------------------------

const AFFINE: Affine = [0.93, 0.17, -1.2, -0.16, 1.04, 0.7];

/** Two passes of linear interpolation, straight from their description: along rows, then along columns; grey outside. */
function sampled(picture: ArrayLike<number>, [C, ph, pw]: readonly number[], [A, B, c0, D, E, F]: Affine, h: number,
  w: number): Float64Array {
  const along = (value: (k: number) => number, count: number, at: number): number => {
    const low = Math.floor(at), part = at - low;
    const one = (k: number): number => (k >= 0 && k < count ? value(k) - 0.5 : 0);
    return (1 - part) * one(low) + part * one(low + 1);
  };
  return Float64Array.from({ length: C * h * w }, (_, k) => {
    const [c, y, x] = [Math.floor(k / (h * w)), Math.floor(k / w) % h, k % w];
    // Row i of the picture is met by column x of the result where y = (i - D x - F) / E.
    const row = (i: number): number => 0.5 + along((j) => picture[(c * ph + i) * pw + j], pw, A * x + B * ((i - D * x - F) / E) + c0);
    return 0.5 + along(row, ph, D * x + E * y + F);
  });
}

made('a picture along an affine map is two passes of linear interpolation, forward and back', async () => {
  const [C, ph, pw, h, w] = [2, 7, 6, 8, 9];
  const input = b.input('picture', [3, C, ph, pw]);
  const values = draw(uniform(input.shape, 0, 1), random('affine'));
  const each = values.length / 3;
  const want = Float64Array.from(
    [0, 1, 2].flatMap((n) => [...sampled(values.subarray(n * each, (n + 1) * each), [C, ph, pw], AFFINE, h, w)])
  );
  const result = transformed(input, b.literal(passes(AFFINE)), [h, w]);
  assertClose(evaluate([result], new Map([[input as Node, values]]))[0], want, 1e-6, 'in float64');
  await checkCase({ name: 'transformed', inputs: [uniform([3, C, ph, pw], 0, 1)], value: 1e-5, gradient: 1e-5,
    build: (x) => transformed(x, b.literal(passes(AFFINE)), [h, w]) });
});

made('the straight map leaves every bit, whole shifts move pixels, and a slope stays a slope', async () => {
  const [{ device }] = await devices();
  const input = b.input('picture', [1, 1, 6, 6]);
  const along = async (map: Affine, values: Float64Array): Promise<Float32Array> =>
    (await evaluateOnDevice({ got: transformed(input, b.literal(passes(map)), [6, 6]) }, new Map([[input as Node, values]]), device)).got;
  const values = draw(uniform(input.shape, 0, 1), random('straight')).map((v) => Math.round(v * 256) / 256);
  const none = drawTransformation(NO_TRANSFORMATIONS, 3, 1, [6, 6], [6, 6]);
  assert.equal(none.map((v) => v + 0), [1, 0, 0, 0, 1, 0]);
  assert.equal(await along(none, values), Float32Array.from(values));
  const moved = await along([1, 0, -2, 0, 1, 1], values);
  assert.equal(moved, Float32Array.from(values, (_, k) => {
    const [y, x] = [Math.floor(k / 6) + 1, (k % 6) - 2];
    return x >= 0 && y < 6 ? values[y * 6 + x] : 0.5;
  }));
  // Of a plane in x and y a turned, scaled sampling is exact where it stays inside.
  const plane = Float64Array.from(values, (_, k) => 0.1 + 0.05 * (k % 6) + 0.03 * Math.floor(k / 6));
  const map = composed(usualTransformations(6, 6), { first: [0, 0], second: [0, 0], scale: 1.1, angle: 8 }, [6, 6], [6, 6]);
  const turned = await along(map, plane);
  const at = (x: number, y: number): number => 0.1 + 0.05 * (map[0] * x + map[1] * y + map[2]) + 0.03 * (map[3] * x + map[4] * y + map[5]);
  for (const [x, y] of [[2, 2], [3, 3], [2, 3]]) {
    assert.ok(Math.abs(turned[y * 6 + x] - at(x, y)) < 1e-5, `${turned[y * 6 + x]} ${at(x, y)}`);
  }
});

made('a map is pad, shift, scale, rotation and shift in this order, and is drawn from the lists', () => {
  const how = { pad: 12, shifts: [7, 3], scales: [1], angles: [0] } as const;
  const drawn = { first: [6, 1], scale: 0.9, angle: 7, second: [2, 3] } as const;
  const [A, B, C, D, E, F] = composed(how, drawn, [40, 50], [40, 50]);
  for (const [qx, qy] of [[0, 0], [49, 39], [13.5, 20.25]]) {
    // A place of the picture on its way to the network: the pad and the first shift, scaled and turned about the middle, the second shift.
    const [mx, my] = [(50 + 24 - 1) / 2, (40 + 24 - 1) / 2];
    const [x1, y1] = [qx + 12 + 6 - mx, qy + 12 + 1 - my].map((v) => v * 0.9);
    const t = (7 * Math.PI) / 180;
    const [x3, y3] = [Math.cos(t) * x1 - Math.sin(t) * y1 + mx + 2, Math.sin(t) * x1 + Math.cos(t) * y1 + my + 3];
    const [x, y] = [x3 - 12 - 5, y3 - 12 - 5]; // the network's part begins where the shifts come to on the mean
    assert.ok(Math.abs(A * x + B * y + C - qx) < 1e-9 && Math.abs(D * x + E * y + F - qy) < 1e-9);
  }
  // A picture of half the side is enlarged: corners of its pixels to corners.
  const small = composed(NO_TRANSFORMATIONS, { first: [0, 0], scale: 1, angle: 0, second: [0, 0] }, [20, 25], [40, 50]);
  assert.equal(small.map((v) => v + 0), [0.5, 0, -0.25, 0, 0.5, -0.25]);
  const usual = usualTransformations(224, 224);
  assert.equal([usual.pad, ...usual.shifts, usual.scales.length, usual.angles.length], [12, 7, 3, 11, 26]);
  assert.equal([usual.scales[0], usual.scales[10], usual.angles.filter((v) => v === 0).length], [0.9, 1.1, 6]);
  const tiny = usualTransformations(32, 32);
  assert.equal([tiny.pad, ...tiny.shifts], [2, 2, 0]);
  const maps = Array.from({ length: 300 }, (_, step) => drawTransformation(tiny, step, 1, [32, 32], [32, 32]));
  assert.ok(new Set(maps.map((m) => Math.hypot(m[0], m[3]).toFixed(6))).size === 11 && new Set(maps.map(String)).size > 250);
  assert.equal(drawTransformation(tiny, 7, 1, [32, 32], [32, 32]), maps[7]);
});

// ---- Adam -------------------------------------------------------------------------------------------------------------

made('a step of Adam, against its algorithm', () => {
  const [w, g, factors] = [b.weight('w', [2]), b.input('g', [2]), b.input('f', [2])];
  const { updates, moments: [first, second] } = adamStep(w as Node<'input'>, g, factors);
  let [value, m, v] = [[0.5, -0.25], [0, 0], [0, 0]];
  let now: Float64Array[] = [value, m, v].map((x) => Float64Array.from(x));
  for (let t = 1; t <= 5; t++) {
    const slope = [0.3 * t, -2 / t];
    m = m.map((x, k) => 0.9 * x + 0.1 * slope[k]);
    v = v.map((x, k) => 0.999 * x + 0.001 * slope[k] ** 2);
    value = value.map((x, k) => x - (0.05 * (m[k] / (1 - 0.9 ** t))) / (Math.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8));
    const feeds = new Map<Node, Float64Array>([[w, now[0]], [first, now[1]], [second, now[2]], [g, Float64Array.from(slope)], [factors,
      Float64Array.from(adamFactors(t, 0.05))]]);
    now = evaluate([updates.get(w as Node<'input'>)!, updates.get(first)!, updates.get(second)!], feeds);
    assertClose(now[0], value, 1e-6, `step ${t}`);
  }
});

// ---- whole ------------------------------------------------------------------------------------------------------------

const HOW = { resize: null, crop: null, mean: [0.5], std: [0.25] } as const;
const [network] = Object.values(NETWORKS);
const UNITS: readonly Unit[] = [{ kind: 'channel', layer: 0, index: 2, at: 'mean' }, { kind: 'channel', layer: 0, index: 5, at: 'mean' }, {
  kind: 'channel',
  layer: 0,
  index: 0,
  at: 'mean',
}];

made('the value rises, or falls where that is asked, and the same bits come of any batch', async () => {
  const [{ device }] = await devices();
  let told = 0;
  const three = await visualize(network, device, HOW, UNITS, { steps: 12, seed: 3, batch: 2, onProgress: (done) => (told = done) });
  assert.is(told, 36);
  assert.equal(three.map((p) => p.unit), UNITS);
  for (const { picture, before, after, values, shape } of three) {
    assert.ok(after > before, `${before} to ${after}`);
    assert.equal([values.length, ...shape], [12, ...PICTURE]);
    assert.ok(picture.every((v) => v > 0 && v < 1));
  }
  const [alone] = await visualize(network, device, HOW, UNITS.slice(1, 2), { steps: 12, seed: 3 });
  assert.equal(alone, three[1]);
  const [other] = await visualize(network, device, HOW, UNITS.slice(1, 2), { steps: 12, seed: 4 });
  assert.not.equal(other.picture, alone.picture);
  const [fallen] = await visualize(network, device, HOW, UNITS.slice(0, 1), { steps: 12, seed: 3, sign: -1 });
  assert.ok(fallen.after < fallen.before, `${fallen.before} to ${fallen.after}`);
});

made('classes, middle places and features, and a smaller picture', async () => {
  const [{ device }] = await devices();
  const features = penultimate(network.build(2));
  assert.equal(features.shape[0], 2);
  const units: Unit[] = [{ kind: 'class', index: CLASSES - 1 }, { kind: 'channel', layer: 1, index: 0, at: 'centre' }, { kind: 'feature',
    index: features.shape[1] - 1 }];
  for (const { before, after } of await visualize(network, device, HOW, units, { steps: 12 })) assert.ok(after > before);
  const [small] = await visualize(network, device, { ...HOW, order: 'BGR' }, units.slice(0, 1), { steps: 8, size: [5, 5] });
  assert.ok(small.picture.length === 75 && small.after > small.before);
});

made('what is none of the network is refused by name', async () => {
  const [{ device }] = await devices();
  const refused = (unit: Unit, pattern: RegExp, options = {}, how: object = HOW) =>
    visualize(network, device, how as typeof HOW, [unit], { steps: 1, ...options }).then(() => assert.unreachable(), (error: Error) =>
      assert.match(error.message, pattern));
  await refused({ kind: 'class', index: CLASSES }, /there is no class 4; the network has 4, 0 to 3/);
  await refused({ kind: 'channel', layer: 0, index: 6, at: 'mean' }, /there is no channel 6; w0 has 6, 0 to 5/);
  await refused({ kind: 'channel', layer: 9, index: 0, at: 'mean' }, /there is no layer 9/);
  await refused({ kind: 'feature', index: -1 }, /there is no feature -1; the last layer reads/);
  await refused(UNITS[0], /2 x 2 to 10 x 10 pixels, got 11 x 10/, { size: [11, 10] });
  await refused(UNITS[0], /the network takes 3 channels and its preprocessing makes 1/, {}, { ...HOW, channels: 1 });
});

made.after(closeDevices);
made.run();
