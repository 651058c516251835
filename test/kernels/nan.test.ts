/** A network with a NaN in it must not answer as if it had none: NaN comes through whatever PyTorch lets it through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import { grad } from '../../src/engine/grad.js';
import type { Device } from '../../src/engine/device.js';
import type { Node } from '../../src/engine/graph.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';

const nan = suite('NaN');

/**
 * The text as a compiler may read it that takes every float for a finite number, which WGSL allows and Metal's relaxed math
 * comes near: x > y is not(x <= y), the root of a negative number and a quotient by 0 are anything. Equal to the text where
 * no NaN and no infinity is involved.
 */
function relaxed(wgsl: string): string {
  const opposite: Record<string, string> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<', '==': '!=', '!=': '==' };
  const compared = /(?<![-+*/%^] |[^&]& |[^|]\| )\b([\w.]+) (<=|>=|==|!=|<|>) (-?[\w.]+)(?![\w.(\[]| [-+*/%])/g;
  const text = wgsl
    .replace(compared, (_, x: string, how: string, y: string) => `!(${x} ${opposite[how]} ${y})`)
    .replace(/\bsqrt\(/g, 'wild_sqrt(')
    .replace(/\b(1\.0|t\d+) \/ (x|t\d+)\b/g, 'wild_div($1, $2)');
  return `${text}
fn wild_sqrt(x: f32) -> f32 { return select(sqrt(x), 7.0, x < 0.0); }
fn wild_div(x: f32, y: f32) -> f32 { return select(x / y, 7.0, y == 0.0); }`;
}

/** The device, with such a compiler. */
function withRelaxedMath(device: Device): Device {
  const pipeline: Device['pipeline'] = (name, wgsl, access) => device.pipeline(name, relaxed(wgsl), access);
  return Object.create(device, { pipeline: { value: pipeline } }) as Device;
}

for (const [how, seen] of [['', (device: Device) => device], [', of a compiler that assumes none', withRelaxedMath]] as const) {
  nan(`comes through everything that computes with it${how}`, async () => {
    const [{ device }] = await devices();
    await comesThrough(seen(device));
  });
  nan(`and infinity are made where they should be, and choices are of bits${how}`, async () => {
    const [{ device }] = await devices();
    await areMade(seen(device));
  });
}
nan.after(closeDevices);

nan.run();

async function comesThrough(device: Device): Promise<void> {
  const v = b.input('v', [1, 1, 2, 3]);
  const zero = b.input('zero', [1, 1, 2, 3]);
  const windows = { kernel: [2, 3], stride: [1, 1], dilation: [1, 1], pads: [0, 0], output: [1, 1] } as const;
  const functions: Record<string, Node> = {
    relu: b.relu(v),
    abs: b.abs(v),
    sign: b.sign(v),
    softplus: b.softplus(v),
    neg: b.neg(v),
    exp: b.exp(v),
    log: b.log(v),
    log1p: b.log1p(v),
    sqrt: b.sqrt(v),
    reciprocal: b.reciprocal(v),
    sigmoid: b.sigmoid(v),
    tanh: b.tanh(v),
    erf: b.erf(v),
    sin: b.sin(v),
    cos: b.cos(v),
    floor: b.floor(v),
    pow: b.pow(v, b.constant(2.5)),
    add: b.add(v, zero),
    mul: b.mul(zero, v),
    div: b.div(zero, v),
    'max of it': b.max(v, zero),
    'max with it': b.max(zero, v),
    'min of it': b.min(v, zero),
    'min with it': b.min(zero, v),
    'where it is': b.where(b.constant(1), v, zero),
    'where it is not': b.where(zero, zero, v),
    clip: b.clip(v, -1, 1),
    relu6: b.clip(v, 0, 6),
  };
  const whole: Record<string, Node> = {
    sum: b.sum(v),
    maximum: b.maximum(v),
    'maximum of many': b.maximum(b.mul(b.broadcast(v, [600, 1, 2, 3]), b.constant(1))),
    softmax: b.slice(b.softmax(v, 3), { starts: [0, 0, 0, 0], steps: [1, 1, 1, 1], sizes: [1, 1, 1, 3] }),
    maxPool: b.maxPool(v, windows),
    average: b.averagePool(v, windows, 'valid'),
    crossEntropy: b.crossEntropy(b.reshape(v, [1, 6]), b.literal([5])),
    'crossEntropy of it': b.crossEntropy(b.reshape(v, [1, 6]), b.literal([1])),
    'its gradient': grad(b.sum(b.crossEntropy(b.reshape(v, [1, 6]), b.literal([1]))), [v])[0],
    matmul: b.matmul(v, b.constant(1, [1, 1, 3, 1])),
  };
  const feeds = new Map<Node, Float32Array>([[v, Float32Array.of(1, NaN, -2, 0.5, 3, 7)], [zero, new Float32Array(6)]]);
  const got = await evaluateOnDevice({ ...functions, ...whole }, feeds, device);
  for (const name of Object.keys(functions)) {
    assert.ok(Number.isNaN(got[name][1]), `${name}(NaN) = ${got[name][1]}`);
    assert.not(Number.isNaN(got[name][4]), `${name} spreads NaN`);
  }
  for (const name of Object.keys(whole)) assert.ok(Number.isNaN(got[name][0]), `${name} of NaN and numbers = ${got[name][0]}`);
}

/** Functions of every pair of special and common values, equal to the bit to what IEEE 754 says of comparisons and choices. */
async function areMade(device: Device): Promise<void> {
  const some = [0, -0, 1, -1, 2.5, -7, 1e-30, -1e5, Infinity, -Infinity, NaN];
  const [xs, ys] = [some.flatMap((v) => some.map(() => v)), some.flatMap(() => some)];
  const [x, y] = [b.input('x', [xs.length]), b.input('y', [xs.length])];
  const exact: Record<string, [Node, (x: number, y: number) => number]> = {
    relu: [b.relu(x), (v) => (v < 0 ? 0 : v)],
    step: [b.step(x), (v) => Number(v > 0)],
    max: [b.max(x, y), (v, w) => (Number.isNaN(v) || v > w ? v : w)],
    min: [b.min(x, y), (v, w) => (Number.isNaN(v) || v < w ? v : w)],
    greater: [b.greater(x, y), (v, w) => Number(v > w)],
    equal: [b.equal(x, y), (v, w) => Number(v === w)],
    where: [b.where(x, y, b.constant(3)), (v, w) => (v !== 0 ? w : 3)],
    sign: [b.sign(x), (v) => Math.sign(v) || (Number.isNaN(v) ? v : 0)],
    'where no number has a root': [b.mul(b.sqrt(x), b.constant(0)), (v) => (v >= 0 && v < Infinity ? 0 : NaN)],
    'quotients by 0': [b.div(x, b.mul(y, b.constant(0))), (v, w) => v / (w * 0)],
    'the reciprocal of 0': [b.reciprocal(b.mul(y, b.constant(0))), (_, w) => 1 / (w * 0)],
    'logarithms of what has none': [b.log(x), (v) => (v > 0 && v < Infinity ? 5 : Math.log(v))],
    log1p: [b.log1p(x), (v) => (v > -1 && v < Infinity ? 5 : Math.log1p(v))],
    'sine of infinity': [b.mul(b.sin(x), b.constant(0)), (v) => (Number.isFinite(v) ? 0 : NaN)],
    'powers of 0.5': [b.mul(b.pow(x, b.constant(0.5)), b.constant(0)), (v) => (v >= 0 && v < Infinity ? 0 : NaN)],
    'powers of -1': [b.pow(b.mul(x, b.constant(0)), b.constant(-1)), (v) => 1 / (v * 0)],
  };
  const outputs = Object.fromEntries(Object.entries(exact).map(([name, [node]]) => [name, node]));
  const got = await evaluateOnDevice(outputs, new Map([[x, xs], [y, ys]]), device);
  for (const [name, [, want]] of Object.entries(exact)) {
    xs.forEach((v, k) => {
      const expected = Math.fround(want(Math.fround(v), Math.fround(ys[k])));
      const same = expected === 0 && got[name][k] === 0 ?
        !/relu|max|min/.test(name) || Object.is(got[name][k], expected)
        : expected === 5
        ? Number.isFinite(got[name][k])
        : Object.is(got[name][k], expected);
      assert.ok(same, `${name} of ${v} and ${ys[k]} = ${got[name][k]} instead of ${expected}`);
    });
  }
}
