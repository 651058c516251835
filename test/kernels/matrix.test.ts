/**
 * The matrix kernels against plain loops in float64, without the engine: every form, in both schedules, and the
 * register schedule also without subgroups, as on an adapter that lacks them.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/engine/device.js';
import { convForward, convInputGrad, convWeightGrad, filterSaliency, type ConvShape } from '../../src/kernels/conv.js';
import type { Lowering, Target } from '../../src/kernels/kernel.js';
import { matmul, type MatmulShape } from '../../src/kernels/matmul.js';
import type { Pointwise } from '../../src/kernels/pointwise.js';
import { closeDevices, devices } from '../support/device.js';
import { execute } from '../support/lowering.js';
import { random, type Random } from '../../reference/random.js';
import { convReference, convSizes, inputGradReference, matmulReference, saliencyReference,
  weightGradReference } from '../../reference/loops.js';
import { TOLERANCE } from '../../reference/tolerances.js';

interface Setting {
  readonly name: string;
  readonly device: Device;
  readonly target: Target;
}

async function settings(): Promise<Setting[]> {
  return (await devices()).map(({ name, device }) => ({ name, device, target: device.target }));
}

/** And the register schedule as it is where there are no subgroups. */
async function allSettings(): Promise<Setting[]> {
  const both = await settings();
  const { subgroup: _, ...target } = both[0].target;
  return [...both, { ...both[0], name: 'register without subgroups', target }];
}

const values = (r: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * r() - 1);

/** The largest error relative to what `terms` products of numbers below 1 amount to: see `matrix` in the table. */
function assertClose(got: Float32Array, want: Float64Array, terms: number, what: string): void {
  const scale = Math.sqrt(Math.max(1, terms));
  let worst = 0;
  got.forEach((v, i) => {
    const e = Math.abs(v - want[i]) / (scale + Math.abs(want[i]));
    if (!(e <= worst)) worst = e;
  });
  assert.ok(worst <= TOLERANCE.matrix, `${what}: error ${worst}`);
}

/** sum + i / 1000 + bias[i % 3]: sees the index and an operand. */
const FINISH: Pointwise = {
  steps: [
    { kind: 'input' },
    { kind: 'index', map: { offset: 0, terms: [{ div: 1, mod: 0, stride: 1 }] } },
    { kind: 'constant', value: 0.001 },
    { kind: 'apply', fn: 'mul', args: [1, 2] },
    { kind: 'load', operand: 'bias', elements: 3, map: { offset: 0, terms: [{ div: 1, mod: 3, stride: 1 }] } },
    { kind: 'apply', fn: 'add', args: [0, 3] },
    { kind: 'apply', fn: 'add', args: [5, 4] },
  ],
};
const BIAS = Float32Array.of(1, 2, 3);
const finished = (want: Float64Array): Float64Array => want.map((v, i) => v + i * 0.001 + BIAS[i % 3]);

interface Form {
  readonly name: string;
  readonly lower: (target: Target, s: ConvShape, finish?: Pointwise) => Lowering;
  readonly operands: readonly ('x' | 'w' | 'dy')[];
  readonly reference: (s: ConvShape, a: Float32Array, b: Float32Array) => Float64Array;
  readonly terms: (s: ConvShape) => number;
}

const FORMS: readonly Form[] = [
  { name: 'forward', lower: convForward, operands: ['x', 'w'], reference: convReference, terms: (s) => (s.C / s.groups) * s.R * s.S },
  { name: 'input gradient', lower: convInputGrad, operands: ['dy', 'w'], reference: inputGradReference,
    terms: (s) => (s.K / s.groups) * s.R * s.S },
  { name: 'weight gradient', lower: convWeightGrad, operands: ['x', 'dy'], reference: weightGradReference,
    terms: (s) => s.N * s.OH * s.OW },
  ...(['mean-abs', 'abs-mean'] as const).map((aggregation): Form => ({
    name: `saliency ${aggregation}`,
    lower: (t, s, f) => filterSaliency(t, s, aggregation, f),
    operands: ['x', 'dy'],
    reference: (s, x, dy) => saliencyReference(s, x, dy, aggregation),
    terms: (s) => s.OH * s.OW,
  })),
];

async function checkForm(form: Form, s: ConvShape, { device, target, name }: Setting, finish: boolean, r: Random): Promise<void> {
  const sizes = convSizes(s);
  const [a, b] = form.operands.map((o) => values(r, sizes[o]));
  const want = form.reference(s, a, b);
  const given = { [form.operands[0]]: a, [form.operands[1]]: b, ...(finish && { bias: BIAS }) };
  const got = await execute(device, form.lower(target, s, finish ? FINISH : undefined), given, want.length);
  assertClose(got, finish ? finished(want) : want, form.terms(s), `${form.name}, ${name}, ${JSON.stringify(s)}`);
}

/** A convolution from its kernel and its four pads; OH and OW follow. */
function conv(N: number, [C, H, W]: number[], [K, R, S]: number[],
  more: { stride?: number[]; pads?: number[]; dilation?: number[]; groups?: number } = {}): ConvShape {
  const [strideH, strideW] = more.stride ?? [1, 1];
  const [padTop, padLeft, padBottom, padRight] = more.pads ?? [0, 0, 0, 0];
  const [dilationH, dilationW] = more.dilation ?? [1, 1];
  const OH = Math.floor((H + padTop + padBottom - (R - 1) * dilationH - 1) / strideH) + 1;
  const OW = Math.floor((W + padLeft + padRight - (S - 1) * dilationW - 1) / strideW) + 1;
  return { N, C, H, W, K, R, S, OH, OW, strideH, strideW, padTop, padLeft, dilationH, dilationW, groups: more.groups ?? 1 };
}

function randomConv(r: Random): ConvShape {
  const int = (low: number, high: number): number => low + Math.floor(r() * (high - low + 1));
  for (;;) {
    const groups = [1, 1, 2, 3, 8][int(0, 4)];
    const depthwise = r() < 0.25;
    const s = conv(int(1, 4), [groups * (depthwise ? 1 : int(5, 9)), int(1, 12), int(1, 12)], [groups * (depthwise ? 1 : int(5, 15)),
      int(1, 4), int(1, 4)], {
      stride: [int(1, 3), int(1, 3)],
      pads: [int(-1, 3), int(-1, 3), int(-1, 3), int(-1, 3)],
      dilation: [int(1, 3), int(1, 3)],
      groups,
    });
    if (s.OH > 0 && s.OW > 0) return s;
  }
}

// ---------------------------------------------------------------- convolution

const convolution = suite('convolution kernels');

// Five channels or more where it does not matter: sizes below that have texts of their own, each compiled for seconds.
const SHAPES: Record<string, ConvShape> = {
  '3x3, padded': conv(2, [12, 9, 11], [40, 3, 3], { pads: [1, 1, 1, 1] }),
  '7x7/2 stem': conv(1, [3, 23, 23], [11, 7, 7], { stride: [2, 2], pads: [3, 3, 3, 3] }),
  '1x1 on 7x7': conv(3, [70, 7, 7], [33, 1, 1]),
  '1x1/2, which leaves input unread': conv(2, [8, 9, 8], [8, 1, 1], { stride: [2, 2] }),
  'asymmetric and negative pads': conv(2, [5, 10, 9], [6, 3, 2], { pads: [-1, 2, 3, -2] }),
  'stride above the kernel, dilated': conv(1, [5, 17, 16], [7, 2, 2], { stride: [3, 4], dilation: [2, 3], pads: [1, 0, 0, 1] }),
  'stride and dilation with a common factor': conv(1, [5, 15, 15], [7, 3, 3], { stride: [2, 4], dilation: [2, 2], pads: [2, 2, 2, 2] }),
  'one column': conv(5, [6, 1, 1], [5, 1, 1]),
  grouped: conv(2, [18, 6, 5], [42, 3, 3], { groups: 6, pads: [1, 1, 1, 1] }),
  depthwise: conv(2, [19, 9, 10], [19, 3, 3], { groups: 19, pads: [1, 1, 1, 1] }),
  'depthwise 5x5/2': conv(2, [19, 11, 9], [19, 5, 5], { groups: 19, stride: [2, 2], pads: [2, 2, 2, 2] }),
  'more positions than a block of the sum': conv(1, [5, 37, 41], [5, 3, 3], { pads: [1, 1, 1, 1] }),
};

for (const [name, s] of Object.entries(SHAPES)) {
  convolution(name, async () => {
    const r = random(name);
    for (const setting of await settings()) for (const form of FORMS.slice(0, 4)) await checkForm(form, s, setting, true, r);
  });
}

convolution('random shapes, all settings, both aggregations', async () => {
  const r = random('convolution');
  for (let k = 0; k < 4; k++) {
    const s = randomConv(r);
    for (const setting of await allSettings()) for (const form of FORMS) await checkForm(form, s, setting, true, r);
  }
});

convolution('operands in several bindings', async () => {
  const r = random('segments');
  const s = conv(2, [8, 12, 12], [8, 3, 3], { pads: [1, 1, 1, 1] });
  for (const { target, ...rest } of await settings()) {
    for (const form of FORMS) await checkForm(form, s, { ...rest, target: { ...target, maxBinding: 4096 } }, false, r);
  }
});

convolution.run();

// ---------------------------------------------------------------- matrix product

const product = suite('matrix product kernels');

const MATRICES: Record<string, Omit<MatmulShape, 'strideA' | 'strideB'> & { readonly shareA?: boolean; readonly shareB?: boolean }> = {
  plain: { batch: 1, M: 70, N: 37, K: 50, transA: false, transB: false },
  'both transposed': { batch: 1, M: 37, N: 70, K: 19, transA: true, transB: true },
  'a fully connected layer': { batch: 1, M: 3, N: 100, K: 65, transA: false, transB: true },
  'matrix times vector': { batch: 1, M: 90, N: 1, K: 33, transA: false, transB: false },
  'a batch that shares a': { batch: 3, M: 20, N: 18, K: 5, transA: true, transB: false, shareA: true },
  'a batch that shares b': { batch: 3, M: 5, N: 40, K: 1, transA: false, transB: false, shareB: true },
};

for (const [name, m] of Object.entries(MATRICES)) {
  product(name, async () => {
    const r = random(name);
    const s: MatmulShape = { ...m, strideA: m.shareA ? 0 : m.M * m.K, strideB: m.shareB ? 0 : m.K * m.N };
    const a = values(r, (s.batch - 1) * s.strideA + s.M * s.K);
    const b = values(r, (s.batch - 1) * s.strideB + s.K * s.N);
    const want = matmulReference(s, a, b);
    for (const { name: setting, device, target } of await allSettings()) {
      assertClose(await execute(device, matmul(target, s, FINISH), { a, b, bias: BIAS }, want.length), finished(want), s.K,
        `${name}, ${setting}`);
    }
  });
}

product('long sums keep their digits', async () => {
  const r = random('long');
  const s: MatmulShape = { batch: 1, M: 8, N: 24, K: 20000, transA: false, transB: true, strideA: 0, strideB: 0 };
  const a = values(r, s.M * s.K);
  const b = values(r, s.K * s.N);
  const want = matmulReference(s, a, b);
  for (const { name, device, target } of await settings()) {
    const got = await execute(device, matmul(target, s), { a, b }, want.length);
    const errors = Array.from(got, (v, i) => Math.abs(v / want[i] - 1)).sort((p, q) => p - q);
    assert.ok(errors[errors.length >> 1] <= TOLERANCE.longSum, `${name}: median relative error ${errors[errors.length >> 1]}`);
  }
});

product.run();

// ---------------------------------------------------------------- batches

const batches = suite('a batch');

batches('gives every sample the bits it has alone', async () => {
  const r = random('batch');
  const shapes = [conv(16, [12, 7, 7], [40, 3, 3], { pads: [1, 1, 1, 1] }),
    conv(16, [9, 8, 6], [9, 3, 3], { groups: 9, pads: [1, 1, 1, 1], stride: [2, 1] }), conv(16, [40, 5, 5], [12, 1, 1])];
  for (const s of shapes) {
    for (const { name, device, target } of await settings()) {
      for (const form of FORMS.filter((f) => f.name !== 'weight gradient' && f.name !== 'saliency abs-mean')) {
        const sizes = convSizes(s);
        const [first, second] = form.operands;
        const a = values(r, sizes[first]);
        const b = values(r, sizes[second]);
        const count = form.reference(s, a, b).length / s.N;
        const all = await execute(device, form.lower(target, s), { [first]: a, [second]: b }, count * s.N);
        const sample = (operand: string, values: Float32Array, n: number): Float32Array => {
          const length = values.length / s.N;
          return operand === 'w' ? values : values.subarray(length * n, length * (n + 1));
        };
        for (const n of [0, 5, 15]) {
          const alone = await execute(device, form.lower(target, { ...s, N: 1 }), { [first]: sample(first, a, n),
            [second]: sample(second, b, n) }, count);
          assert.equal(Array.from(alone), Array.from(sample('out', all, n)), `${form.name}, ${name}, sample ${n}`);
        }
      }
    }
  }
});

batches('gives every row of a product the bits it has alone', async () => {
  const r = random('rows');
  const s: MatmulShape = { batch: 1, M: 16, N: 45, K: 1500, transA: false, transB: true, strideA: 0, strideB: 0 };
  const a = values(r, s.M * s.K);
  const b = values(r, s.K * s.N);
  for (const { name, device, target } of await settings()) {
    const all = await execute(device, matmul(target, s), { a, b }, s.M * s.N);
    for (const m of [0, 9, 15]) {
      const alone = await execute(device, matmul(target, { ...s, M: 1 }), { a: a.subarray(m * s.K, (m + 1) * s.K), b }, s.N);
      assert.equal(Array.from(alone), Array.from(all.subarray(m * s.N, (m + 1) * s.N)), `${name}, row ${m}`);
    }
  }
});

batches.after(closeDevices);
batches.run();
