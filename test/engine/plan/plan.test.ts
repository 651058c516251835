/** Plans: what is fused, computed once, and kept in which memory. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../../src/engine/layers.js';
import { size, type Node } from '../../../src/engine/graph.js';
import { assign } from '../../../src/engine/plan/memory.js';
import { memoryOf, planGraph, type Dispatch, type Place, type Plan } from '../../../src/engine/plan/plan.js';
import { relativeError } from '../../../reference/errors.js';
import { TOLERANCE } from '../../../reference/tolerances.js';
import { devicesFor } from '../../support/check.js';
import { closeDevices, evaluateOnDevice } from '../../support/device.js';
import { randomGraph } from '../../support/graphs.js';
import { random } from '../../../reference/random.js';
import { evaluate } from '../../../reference/evaluate.js';
import { PAPER } from '../../support/target.js';

const ops = (list: readonly Dispatch[]): string[] => list.map((d) => d.op);
const bound = (d: Dispatch, access: 'read' | 'write'): Place[] =>
  d.kernel.bindings.flatMap((binding, k) => (binding.access === access ? [d.places[k]] : []));
const geometry = { stride: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1], groups: 1 } as const;

// ---------------------------------------------------------------- what is computed

const work = suite('a plan');

work('has no dispatch for nodes that no output needs', () => {
  const x = b.input('x', [2, 3]);
  const alive = b.exp(x);
  b.sum(b.matmul(x, b.transpose(x, [1, 0])));
  const plan = planGraph({ alive }, PAPER);
  assert.equal(ops(plan.main), ['exp']);
});
work('makes one dispatch of an element-wise chain, views included', () => {
  const x = b.input('x', [4, 6]);
  const y = b.input('y', [6]);
  const chain = b.relu(b.transpose(b.mul(b.add(x, y), b.slice(x, { starts: [0, 0], steps: [1, 1], sizes: [4, 6] })), [1, 0]));
  assert.is(planGraph({ chain: b.reshape(chain, [2, 12]) }, PAPER).main.length, 1);
});
work('makes one dispatch of a convolution with its batch norm, shortcut and relu', () => {
  const x = b.input('x', [2, 4, 5, 5]);
  let y: Node = x;
  for (let layer = 0; layer < 3; layer++) {
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((n) => b.weight(`${n}${layer}`, [4]));
    const c = b.conv(y, b.weight(`w${layer}`, [4, 4, 3, 3]), geometry);
    y = b.relu(b.add(b.batchNorm(c, gamma, beta, mean, variance, 1e-5), x));
  }
  const plan = planGraph({ y }, PAPER);
  assert.equal(ops(plan.main), ['conv', 'conv', 'conv']);
  assert.ok(plan.prologue.length > 0 && plan.prologue.length <= 6, `${plan.prologue.length} dispatches for the scales and shifts`);
});
work('applies a channel mask and a bias while the convolution writes', () => {
  const c = b.conv(b.input('x', [2, 4, 5, 5]), b.weight('w', [6, 4, 3, 3]), geometry);
  const y = b.mul(b.relu(b.add(c, b.perChannel(b.weight('bias', [6]), c))), b.reshape(b.input('mask', [2, 6]), [2, 6, 1, 1]));
  assert.equal(ops(planGraph({ y }, PAPER).main), ['conv']);
});
work("writes a concatenation's pieces where they belong", () => {
  const x = b.input('x', [2, 3]);
  const plan = planGraph({ y: b.concat([b.exp(x), b.transpose(b.neg(b.transpose(x, [1, 0])), [1, 0])], 1) }, PAPER);
  assert.equal(ops(plan.main), ['concat', 'concat']);
});
work('computes what several kernels read once', () => {
  const x = b.input('x', [4, 4]);
  const shared = b.exp(b.add(x, x));
  const plan = planGraph({ p: b.matmul(shared, x), q: b.sum(shared), r: b.mul(shared, x) }, PAPER);
  assert.is(ops(plan.main).filter((op) => op === 'exp').length, 1);
});
work("keeps to the adapter's number of buffers", () => {
  const inputs = Array.from({ length: 20 }, (_, k) => b.input(`x${k}`, [5]));
  const plan = planGraph({ y: inputs.reduce((p: Node, q) => b.mul(b.add(p, q), q), inputs[0]) }, PAPER);
  for (const d of plan.main) assert.ok(d.kernel.bindings.length <= PAPER.maxBuffers);
});
work('fuses less where tensors take several buffers each', () => {
  const [p, q, r, t] = ['p', 'q', 'r', 't'].map((name) => b.input(name, [500])); // 2 segments of 1 KiB each
  const plan = planGraph({ y: b.mul(b.add(b.mul(p, q), r), t) }, { ...PAPER, maxBinding: 1024 });
  assert.ok(plan.main.length > 1);
  for (const d of plan.main) assert.ok(d.kernel.bindings.length <= PAPER.maxBuffers);
});
work('refuses two inputs of one name and different sizes, and outputs without elements', () => {
  assert.throws(() => planGraph({ y: b.mul(b.input('x', [1]), b.input('x', [2])) }, PAPER),
    "two inputs are called 'x', of shapes [1] and [2]");
  assert.throws(() => planGraph({ y: b.input('x', [0, 2]) }, PAPER), "output 'y' has shape [0,2] and no elements");
});

work.run();

// ---------------------------------------------------------------- weights alone

const prologue = suite('the prologue');

prologue('holds what depends on weights alone, and nothing else', () => {
  const w = b.weight('w', [4]);
  const x = b.input('x', [4]);
  const scale = b.div(w, b.sqrt(b.add(b.mul(w, w), b.constant(1))));
  const plan = planGraph({ y: b.sum(b.mul(x, scale)), norm: b.sum(scale) }, PAPER);
  const data = (d: Dispatch): boolean => d.places.some((p) => p.kind === 'data');
  assert.ok(plan.prologue.length >= 2 && !plan.prologue.some(data));
  const kept = new Set(plan.prologue.flatMap((d) => bound(d, 'write')).map((p) => (p as { index: number }).index));
  for (const d of plan.main) {
    for (const p of bound(d, 'write')) assert.not(p.kind === 'buffer' && kept.has(p.index), 'main overwrites what the prologue computed');
  }
});
prologue('may be the whole plan', () => {
  const plan = planGraph({ y: b.sum(b.weight('w', [4])) }, PAPER);
  assert.is(plan.main.length, 0);
  assert.is(plan.prologue.length, 1);
});

prologue.run();

// ---------------------------------------------------------------- memory

const memory = suite('memory');

memory('of a chain is two buffers, whatever its length', () => {
  const x = b.input('x', [8, 8]);
  let y: Node = x;
  for (let k = 0; k < 10; k++) y = b.matmul(y, x);
  const plan = planGraph({ y }, PAPER);
  assert.is(plan.buffers.length, 2);
  assert.is(memoryOf(plan), 3 * 4 * 64);
});
memory('is not shared by tensors that live at once', () => {
  const r = random('assign');
  for (let round = 0; round < 300; round++) {
    const tensors = Array.from({ length: 20 }, () => {
      const first = Math.floor(r() * 30);
      return { bytes: 4 * (1 + Math.floor(r() * 50)), first, last: first + Math.floor(r() * 8) };
    });
    const { bufferOf, buffers } = assign(tensors);
    tensors.forEach((t, k) => {
      assert.ok(t.bytes <= buffers[bufferOf[k]]);
      tensors.slice(0, k).forEach((o, j) => assert.not(bufferOf[j] === bufferOf[k] && o.first <= t.last && t.first <= o.last));
    });
    assert.ok(buffers.reduce((p, q) => p + q, 0) < tensors.reduce((n, t) => n + t.bytes, 0));
  }
});
memory('of random plans is written before it is read, and never read by what writes it', () => {
  for (let k = 0; k < 300; k++) checkLifetimes(planGraph(randomGraph(random(`lifetimes ${k}`), 14).outputs, PAPER), `graph ${k}`);
});

/** Nothing is read before it is written, no dispatch reads what it writes, and nothing reaches past a buffer's end. */
function checkLifetimes(plan: Plan, what: string): void {
  const written = new Set<number>();
  for (const d of [...plan.prologue, ...plan.main]) {
    const writes = bound(d, 'write').map(indexOf);
    for (const p of bound(d, 'read')) {
      if (p.kind !== 'buffer') continue;
      assert.ok(written.has(p.index), `${what}: ${d.kernel.name} reads buffer ${p.index} before anything is written to it`);
      assert.not(writes.includes(p.index), `${what}: ${d.kernel.name} binds buffer ${p.index} as read and as write`);
    }
    for (const p of writes) written.add(p);
    d.kernel.bindings.forEach((binding, k) => {
      const place = d.places[k];
      if (place.kind === 'buffer') {
        assert.ok(binding.offset + binding.size <= plan.buffers[place.index], `${what}: ${d.kernel.name} binds past the end of a buffer`);
      }
    });
  }
}
const indexOf = (p: Place): number => {
  if (p.kind !== 'buffer') throw new Error('a kernel writes to what the plan does not own');
  return p.index;
};

memory.run();

// ---------------------------------------------------------------- fusion and memory together

const fuzz = suite('random graphs');

const GRAPHS = 100;
const BATCH = 10;

for (let first = 0; first < GRAPHS; first += BATCH) {
  fuzz(`${first} to ${first + BATCH - 1} agree with the reference`, async () => {
    for (let k = first; k < first + BATCH; k++) {
      const { outputs, feeds } = randomGraph(random(`fuzz ${k}`));
      const names = Object.keys(outputs);
      for (const { name, device } of await devicesFor(Object.values(outputs))) {
        const got = await evaluateOnDevice(outputs, feeds, device);
        const want = evaluate(Object.values(outputs), feeds);
        names.forEach((n, j) => {
          const error = relativeError(got[n], want[j]);
          assert.ok(error <= TOLERANCE.randomGraph,
            `graph ${k}, ${name}, ${n} [${outputs[n].shape}] (${size(outputs[n].shape)} values): relative error ${error}`);
        });
      }
    }
  });
}
fuzz.after(closeDevices);

fuzz.run();
