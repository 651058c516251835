/** Element-wise functions at every magnitude, and tensors of every size. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import type { Node } from '../../src/engine/graph.js';
import { EPSILON, TOLERANCE } from '../../reference/tolerances.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { evaluate } from '../../reference/evaluate.js';

const ALL = Number.MAX_VALUE;

// ---------------------------------------------------------------- functions, one value at a time

const functions = suite('element-wise functions');

/** `count` values from low to high, with finer steps towards 0 where both signs occur. */
const spread = (low: number, high: number, count = 400): number[] =>
  Array.from({ length: count }, (_, k) => {
    const t = k / (count - 1);
    return low < 0 && high > 0 ? (t < 0.5 ? low * (1 - 2 * t) ** 3 : high * (2 * t - 1) ** 3) : low * (high / low) ** t;
  });

/**
 * Largest relative error of each value by itself, in units in the last place. WGSL allows exp 3 + 2|x| units, log 3, and
 * what is made of them a few more; sin and cos absolutely 2^-11 (a GPU's fast sine), where CPU adapters do far better.
 */
const ACCURACY: [string, (x: Node) => Node, number[], number][] = [
  ['exp', b.exp, spread(-80, 80), 3 + 2 * 80],
  ['exp near 0', b.exp, spread(-1, 1), 5],
  ['log', b.log, spread(1e-30, 1e30), 4],
  ['log1p', b.log1p, spread(-0.99, 50), 8],
  ['log1p near 0', b.log1p, spread(1e-30, 0.5), 4],
  ['sqrt', b.sqrt, spread(1e-30, 1e30), 2.5],
  ['reciprocal', b.reciprocal, spread(1e-30, 1e30), 2.5],
  ['sigmoid', b.sigmoid, spread(-60, 60), 3 + 2 * 60],
  ['tanh', b.tanh, spread(-20, 20), 8],
  ['erf', b.erf, spread(-5, 5), 12],
  ['erf near 0', b.erf, spread(1e-20, 0.1), 4],
  ['squares', (x) => b.pow(x, b.constant(2)), spread(-1e10, 1e10), 1],
  ['cubes', (x) => b.pow(x, b.constant(3)), spread(-1e10, 1e10), 2],
  ['roots', (x) => b.pow(x, b.constant(0.5)), spread(1e-20, 1e20), 3],
  ['powers', (x) => b.pow(x, b.constant(2.5)), spread(1e-8, 1e8), 3 + 2 * 2.5 * Math.log(1e8)],
  ['whole powers of negative numbers', (x) => b.pow(x, b.constant(5)), spread(-100, -0.01), 3 + 2 * 5 * Math.log(100)],
];

functions('are as exact as float32 and WGSL allow, at every magnitude', async () => {
  const [{ device }] = await devices();
  const feeds = new Map<Node, Float64Array>();
  const outputs: Record<string, Node> = {};
  for (const [name, f, values] of ACCURACY) {
    const x = b.input(name, [values.length]);
    feeds.set(x, Float64Array.from(values, Math.fround));
    outputs[name] = f(x);
  }
  const got = await evaluateOnDevice(outputs, feeds, device);
  const want = evaluate(Object.values(outputs), feeds);
  ACCURACY.forEach(([name, , values, units], k) => {
    got[name].forEach((v, i) => {
      if (Math.abs(want[k][i]) < TOLERANCE.underflow) return; // denormals may be flushed
      const error = Math.abs(v - want[k][i]) / Math.abs(want[k][i]) / EPSILON;
      assert.ok(error <= units,
        `${name}(${values[i]}) = ${v} instead of ${want[k][i]}: ${error.toFixed(1)} units, allowed ${units.toFixed(1)}`);
    });
  });
});

functions('take infinities and bounds as PyTorch does', async () => {
  const [{ device }] = await devices();
  const cases: [string, (x: Node) => Node, number, number][] = [
    ['exp', b.exp, 1000, Infinity],
    ['exp', b.exp, -1000, 0],
    ['sigmoid', b.sigmoid, 1000, 1],
    ['sigmoid', b.sigmoid, -1000, 0],
    ['tanh', b.tanh, 1000, 1],
    ['tanh', b.tanh, -1000, -1],
    ['erf', b.erf, 1000, 1],
    ['erf', b.erf, -1000, -1],
    ['relu', b.relu, -Infinity, 0],
    ['relu', b.relu, Infinity, Infinity],
    ['log', b.log, 0, -Infinity],
    ['log1p', b.log1p, -1, -Infinity],
    ['0 to the 0', (x) => b.pow(x, b.constant(0)), 0, 1],
    ['1 / 0', b.reciprocal, 0, Infinity],
    ['clip', (x) => b.clip(x, 0, 6), ALL, 6],
    ['clip', (x) => b.clip(x, -2, 2), -Infinity, -2],
    ['root of a negative number', (x) => b.pow(x, b.constant(0.5)), -1, NaN],
    ['-2 to the 1.5', (x) => b.pow(x, b.constant(1.5)), -2, NaN],
  ];
  const x = b.input('x', [cases.length]);
  const outputs = Object.fromEntries(cases.map(([, f], k) => [k, f(b.slice(x, { starts: [k], steps: [1], sizes: [1] }))]));
  const got = await evaluateOnDevice(outputs, new Map([[x, cases.map(([, , v]) => v)]]), device);
  cases.forEach(([name, , v, want], k) =>
    assert.ok(Object.is(got[k][0], want) || got[k][0] === want, `${name}(${v}) = ${got[k][0]} instead of ${want}`)
  );
});

functions.run();

// ---------------------------------------------------------------- sizes

const sizes = suite('sizes');

sizes('beyond one dimension of the grid are covered to the last element', async () => {
  const [{ device }] = await devices();
  const n = 65535 * 64 + 1000; // one workgroup of 64 per grid place, folded into a second dimension
  const x = b.input('x', [n]);
  const { y } = await evaluateOnDevice({ y: b.add(x, b.iota([n], 0)) }, new Map([[x, new Float32Array(n).fill(1)]]), device);
  assert.ok(y.every((v, i) => v === i + 1));
});
sizes('down to one element, and scalars, work', async () => {
  const [{ device }] = await devices();
  const x = b.input('x', []);
  const got = await evaluateOnDevice({ y: b.exp(x), z: b.broadcast(x, [1, 1, 1]), c: b.constant(3), l: b.literal([1, 2]) },
    new Map([[x, [0]]]), device);
  assert.equal(got, { y: Float32Array.of(1), z: Float32Array.of(0), c: Float32Array.of(3), l: Float32Array.of(1, 2) });
});
sizes.after(closeDevices);

sizes.run();
