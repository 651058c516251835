/** Gram matrices of windows against plain loops in float64: every geometry, both schedules, segments, and batches against single images. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/engine/device.js';
import type { ConvShape } from '../../src/kernels/conv.js';
import { gram } from '../../src/kernels/gram.js';
import type { Target } from '../../src/kernels/kernel.js';
import { gramReference } from '../../reference/loops.js';
import { random } from '../../reference/random.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import { closeDevices, devices } from '../support/device.js';
import { execute } from '../support/lowering.js';

type Shape = Omit<ConvShape, 'K'>;

/** As matrix.test.ts has it: OH and OW follow from the pads [top, left, bottom, right]. */
function windows(N: number, [C, H, W]: number[], [R, S]: number[],
  more: { stride?: number[]; pads?: number[]; dilation?: number[]; groups?: number } = {}): Shape {
  const [strideH, strideW] = more.stride ?? [1, 1];
  const [padTop, padLeft, padBottom, padRight] = more.pads ?? [0, 0, 0, 0];
  const [dilationH, dilationW] = more.dilation ?? [1, 1];
  const OH = Math.floor((H + padTop + padBottom - (R - 1) * dilationH - 1) / strideH) + 1;
  const OW = Math.floor((W + padLeft + padRight - (S - 1) * dilationW - 1) / strideW) + 1;
  return { N, C, H, W, R, S, OH, OW, strideH, strideW, padTop, padLeft, dilationH, dilationW, groups: more.groups ?? 1 };
}

const SHAPES: Readonly<Record<string, Shape>> = {
  '3x3, more columns than a tile of a GPU, negative pads': windows(3, [9, 8, 7], [3, 3], { pads: [-1, 1, -2, 0] }),
  'stride 2, pads of one side, dilation': windows(2, [4, 11, 10], [3, 2], { stride: [2, 3], pads: [0, 1, 2, 0], dilation: [2, 1] }),
  'two groups': windows(3, [6, 6, 6], [3, 3], { pads: [1, 1, 1, 1], groups: 2 }),
  depthwise: windows(2, [7, 8, 8], [3, 3], { stride: [2, 2], pads: [1, 1, 1, 1], groups: 7 }),
  '1x1': windows(2, [37, 5, 5], [1, 1]),
  'fully connected': windows(9, [45, 1, 1], [1, 1]),
};

/** Both schedules and, of two shapes, the register schedule as it is where there are no subgroups. */
async function settings(all = false): Promise<{ name: string; device: Device; target: Target }[]> {
  const both = (await devices()).map(({ name, device }) => ({ name, device, target: device.target }));
  const { subgroup: _, ...target } = both[0].target;
  return all ? [...both, { ...both[0], name: 'register without subgroups', target }] : both;
}

const values = (seed: string, count: number): Float32Array => {
  const r = random(seed);
  return Float32Array.from({ length: count }, () => 2 * r() - 1);
};
const images = ({ N, C, H, W }: Shape): number => N * C * H * W;
const matrix = ({ C, R, S, groups }: Shape): { size: number; elements: number } => {
  const size = (C / groups) * R * S;
  return { size, elements: groups * size * size };
};
const run = (device: Device, target: Target, s: Shape, x: Float32Array, out: Float32Array): Promise<Float32Array> =>
  execute(device, gram(target, s), { x, out }, out.length);

const test = suite('gram');

for (const [name, s] of Object.entries(SHAPES)) {
  test(`${name}: the lower triangle against float64, nothing else touched`, async () => {
    const { size, elements } = matrix(s);
    const x = values(name, images(s)), before = values(`${name} before`, elements);
    const want = gramReference(s, x);
    for (const { name: where, device, target } of await settings(name === 'two groups' || name === '1x1')) {
      const got = await run(device, target, s, x, before);
      got.forEach((v, i) => {
        const upper = i % size > Math.floor(i / size) % size;
        const expected = upper ? before[i] : before[i] + want[i];
        const error = Math.abs(v - expected) / (Math.sqrt(s.N * s.OH * s.OW) + Math.abs(expected));
        assert.ok(upper ? v === expected : error <= TOLERANCE.matrix, `${where}: element ${i} is ${v}, not ${expected}`);
      });
    }
  });
}

test('images added one batch after another have the bits of one batch', async () => {
  const s = windows(3, [5, 9, 7], [3, 3], { pads: [1, 1, 1, 1] });
  const x = values('batches', images(s)), each = x.length / s.N;
  const zero = (): Float32Array => new Float32Array(matrix(s).elements);
  for (const { name, device, target } of await settings()) {
    const whole = await run(device, target, s, x, zero());
    let apart = await run(device, target, { ...s, N: 1 }, x.slice(0, each), zero());
    apart = await run(device, target, { ...s, N: 2 }, x.slice(each), apart);
    assert.equal(apart, whole, name);
  }
});

test('operands in several segments have the same bits', async () => {
  const s = SHAPES['two groups'];
  const x = values('segments', images(s)), zero = new Float32Array(matrix(s).elements);
  for (const { name, device, target } of await settings()) {
    const whole = await run(device, target, s, x, zero);
    assert.equal(await run(device, { ...target, maxBinding: 4096 }, s, x, zero), whole, name);
  }
});

test.after(closeDevices);
test.run();
