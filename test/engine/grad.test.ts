/** Differentiating graphs: what grad refuses, its values, and gradients of gradients. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import { grad } from '../../src/engine/grad.js';
import { topological, type Node } from '../../src/engine/graph.js';
import { checkDifferences } from '../support/check.js';
import { random } from '../../reference/random.js';
import { evaluate } from '../../reference/evaluate.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const x = b.input('x', [3]);
const y = b.input('y', [3]);
const feeds = new Map<Node, Float64Array>([[x, Float64Array.of(0.5, -1.5, 2)], [y, Float64Array.of(3, 0.25, -1)]]);
const value = (n: Node): number[] => [...evaluate([n], feeds)[0]];
/** The gradient of a scalar agrees with central differences. */
const agrees = (scalar: Node, wrt: Node[], gradients = grad(scalar, wrt)): void =>
  checkDifferences(scalar, wrt, gradients, feeds, random('grad'), 'gradient');

// ---------------------------------------------------------------- refusals

const refusals = suite('grad refuses');

refusals('an argument the output does not contain', () => {
  assert.throws(() => grad(b.sum(x), [y]), "does not depend on argument 0 (input 'y')");
  assert.throws(() => grad(b.sum(x), [x, y]), 'argument 1');
});
refusals('an output of more than one element', () => {
  assert.throws(() => grad(x, [x]), 'the output has shape [3]; sum it to one element, or give a seed of that shape');
});
refusals('a seed of another shape', () => {
  assert.throws(() => grad(x, [x], b.constant(1, [1, 3])), "seed [1,3] does not have the output's shape [3]");
});
refusals('dependence through piecewise constant functions and detach alone', () => {
  const hidden: ((n: Node) => Node)[] = [b.sign, b.step, b.floor, b.detach, (n) => b.greater(n, y), (n) => b.equal(n, y),
    (n) => b.where(n, y, b.neg(y))];
  for (const f of hidden) assert.throws(() => grad(b.sum(f(x)), [x]), 'does not depend');
});
refusals('a second derivative of what is linear', () => {
  const [g] = grad(b.sum(b.mul(x, y)), [x]);
  assert.throws(() => grad(b.sum(g), [x]), 'does not depend');
});
refusals("a node that only reads the argument's own reader", () => {
  const inner = b.mul(x, y);
  assert.throws(() => grad(b.sum(b.mul(x, x)), [inner]), 'mul [3]');
});

refusals.run();

// ---------------------------------------------------------------- what is asked for

const asked = suite('grad');

asked('adds up over every use of an argument', () => {
  agrees(b.sum(b.mul(b.mul(x, x), b.add(x, b.mul(x, y)))), [x, y]);
  assert.equal(value(grad(b.sum(b.mul(x, x)), [x])[0]), [1, -3, 4]);
});
asked('takes inner nodes, the output itself, and an argument twice', () => {
  const inner = b.mul(x, y);
  const out = b.sum(b.mul(inner, inner));
  assert.equal(value(grad(out, [inner])[0]), [3, -0.75, -4]);
  assert.equal(value(grad(out, [out])[0]), [1]);
  const [once, again] = grad(out, [x, x]);
  assert.equal(value(once), value(again));
});
asked('treats inner nodes as variables even where one computes another', () => {
  const first = b.mul(x, x);
  const second = b.mul(first, y);
  const [g1, g2] = grad(b.sum(b.add(second, first)), [first, second]);
  assert.equal(value(g1), [4, 1.25, 0]);
  assert.equal(value(g2), [1, 1, 1]);
});
asked("weights the output's elements with a seed", () => {
  assert.equal(value(grad(b.mul(x, x), [x], y)[0]), [3, -0.75, -4]);
});
asked("gives each gradient its argument's shape", () => {
  const row = b.input('row', [1, 4]);
  const column = b.input('column', [3, 1]);
  const scalar = b.input('scalar', []);
  const all = grad(b.sum(b.mul(b.add(row, column), scalar)), [row, column, scalar]);
  assert.equal(all.map((g) => g.shape), [[1, 4], [3, 1], []]);
});
asked('stops at detach, and only there', () => {
  assert.equal(value(grad(b.sum(b.mul(b.detach(x), x)), [x])[0]), [0.5, -1.5, 2]);
});
asked('shares the gradient between equal arguments of max, and equal maxima', () => {
  assert.equal(value(grad(b.sum(b.max(x, b.constant(0.5))), [x])[0]), [0.5, 0, 1]);
  const twice = b.concat([x, x], 0);
  assert.equal(value(grad(b.maximum(twice), [twice])[0]), [0, 0, 0.5, 0, 0, 0.5]);
});
asked("is 0 at the bounds of clip and at relu's kink, as PyTorch has it", () => {
  assert.equal(value(grad(b.sum(b.clip(x, 0.5, 2)), [x])[0]), [0, 0, 0]);
  assert.equal(value(grad(b.sum(b.relu(b.sub(x, b.constant(0.5)))), [x])[0]), [0, 0, 1]);
});
asked('is finite for whole powers at 0', () => {
  const zero = b.sub(x, x);
  for (const p of [0, 1, 2, 3]) {
    const [g] = grad(b.sum(b.pow(zero, b.constant(p))), [zero]);
    assert.equal(value(g), Array(3).fill(p === 1 ? 1 : 0), `x^${p}`);
    if (p > 0) assert.equal(value(grad(b.sum(g), [zero])[0]), Array(3).fill(p === 2 ? 2 : 0), `x^${p}, twice`);
  }
});

asked.run();

// ---------------------------------------------------------------- nesting

const nested = suite('grad of grad');

nested('of a cube is six times its argument', () => {
  const [g] = grad(b.sum(b.mul(x, b.mul(x, x))), [x]);
  assert.equal(value(grad(b.sum(g), [x])[0]), [3, -9, 12]);
});
nested('sees a differentiated value that is another argument of an inner gradient', () => {
  // f(u, v) = u v^2 with v = u^3: the inner gradient with respect to u alone is v^2 = u^6, and its derivative 6 u^5.
  const v = b.mul(x, b.mul(x, x));
  const u = b.add(x, b.constant(0)); // so that u and v are different nodes that both come from x
  const [inner] = grad(b.sum(b.mul(u, b.mul(v, v))), [u]);
  const outer = grad(b.sum(inner), [x])[0];
  [0.5, -1.5, 2].forEach((t, k) => assert.ok(Math.abs(value(outer)[k] - 6 * t ** 5) < TOLERANCE.nested64));
  agrees(b.sum(inner), [x]);
});
nested('sees the argument inside the seed', () => {
  const [g] = grad(b.mul(x, x), [x], b.mul(x, x)); // 2 x^3
  assert.equal(value(grad(b.sum(g), [x])[0]), [1.5, 13.5, 24]);
});
nested('agrees with differences, three times over', () => {
  let f = b.sum(b.mul(b.sigmoid(b.mul(x, y)), b.exp(b.mul(b.constant(0.3), x))));
  for (let order = 1; order <= 3; order++) {
    agrees(f, [x, y]);
    f = b.sum(b.mul(grad(f, [x])[0], y));
  }
});
nested('adds nodes and leaves the old graph as it was', () => {
  const out = b.sum(b.exp(x));
  const before = topological([out]).length;
  grad(out, [x]);
  assert.is(topological([out]).length, before);
});

nested.run();
