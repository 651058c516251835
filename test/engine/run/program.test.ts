/** Programs on a device: runs, weights that are shared and written, training steps. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../../src/engine/layers.js';
import type { Device } from '../../../src/engine/device.js';
import { grad } from '../../../src/engine/grad.js';
import type { Node } from '../../../src/engine/graph.js';
import { planGraph, type PlanOptions } from '../../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../../src/engine/run/program.js';
import { sgdStep, velocityName } from '../../../src/engine/sgd.js';
import { EPSILON } from '../../../reference/tolerances.js';
import { assertClose } from '../../support/check.js';
import { closeDevices, devices } from '../../support/device.js';
import { fails } from '../../support/outcomes.js';
import { draw, random, uniform } from '../../../reference/random.js';
import { evaluate } from '../../../reference/evaluate.js';

const x = b.input('x', [2, 3]);
const w = b.weight('w', [3, 4]);
const numbers = (count: number, seed: string): Float32Array => Float32Array.from(draw(uniform([count]), random(seed)));

/** Compiles, runs the work, and frees everything. */
async function using<T>(outputs: Record<string, Node>, weights: Record<string, Float32Array>,
  work: (p: Program, store: WeightStore) => Promise<T>, options: PlanOptions = {}): Promise<T> {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  for (const [name, values] of Object.entries(weights)) store.set(name, values);
  const program = await Program.compile(planGraph(outputs, device.target, options), device, store);
  try {
    return await work(program, store);
  } finally {
    program.destroy();
    store.destroy();
  }
}

// ---------------------------------------------------------------- runs

const runs = suite('Program.run');
const product = b.matmul(x, w);
const ones = { w: new Float32Array(12).fill(1) };

runs('gives identical bits every time', async () => {
  const image = b.input('image', [2, 3, 9, 9]);
  const filters = b.weight('filters', [5, 3, 3, 3]);
  const geometry = { stride: [2, 2], dilation: [1, 1], pads: [1, 1, 1, 1], groups: 1 } as const;
  const y = b.softmax(b.reshape(b.conv(image, filters, geometry), [2, 125]), 1);
  const feeds = { image: numbers(486, 'image') };
  await using({ y, g: grad(b.sum(b.mul(y, y)), [filters])[0] }, { filters: numbers(135, 'filters') }, async (p) => {
    const first = await p.run(feeds);
    for (let k = 0; k < 5; k++) assert.equal(await p.run(feeds), first);
  });
});
runs('runs one plan on many inputs, and keeps an input that is left out', async () => {
  await using({ y: b.sum(b.mul(x, x), [1]) }, {}, async (p) => {
    for (let k = 0; k < 20; k++) assert.equal([...(await p.run({ x: new Float32Array(6).fill(k) })).y], [3 * k * k, 3 * k * k]);
    assert.equal([...(await p.run({})).y], [3 * 361, 3 * 361]);
  });
});
runs('reads back what is asked for', async () => {
  await using({ sum: b.sum(x), double: b.add(x, x), again: x }, {}, async (p) => {
    const feeds = { x: Float32Array.of(1, 2, 3, 4, 5, 6) };
    assert.equal(await p.run(feeds, { read: ['double'] }), { double: Float32Array.of(2, 4, 6, 8, 10, 12) });
    assert.equal(await p.run(feeds, { read: [] }), {});
    assert.equal(await p.run(feeds, { read: ['sum', 'sum'] }), { sum: Float32Array.of(21) });
    assert.equal(await p.run(feeds), { sum: Float32Array.of(21), double: Float32Array.of(2, 4, 6, 8, 10, 12), again: feeds.x });
  });
});
runs('refuses wrong names and sizes in one sentence, and goes on working', async () => {
  await using({ y: product }, ones, async (p) => {
    await fails(() => p.run({ x: new Float32Array(5) }), "input 'x' has shape [2,3] (6 values), got 5");
    await fails(() => p.run({ image: new Float32Array(6) }), "there is no input 'image'; the plan has 'x'");
    await fails(() => p.run({ x: new Float32Array(6) }, { read: ['y', 'z'] }), "there is no output 'z'; the plan has 'y'");
    assert.equal([...(await p.run({ x: new Float32Array(6).fill(2) })).y], Array(8).fill(6));
  });
});
runs('refuses to run twice at once', async () => {
  await using({ y: product }, ones, async (p) => {
    const first = p.run({ x: new Float32Array(6) });
    await fails(() => p.run({ x: new Float32Array(6) }), 'already running');
    await first;
  });
});
runs('names the weight that was not set, or has another size', async () => {
  await fails(() => using({ y: product }, {}, async () => undefined), "weight 'w' has not been set");
  await using({ y: product }, ones, async (_, store) => {
    assert.throws(() => store.set('w', new Float32Array(7)), "weight 'w' has 12 elements, got 7");
  });
});
runs('splits a plan into submits without changing it', async () => {
  const [{ device }] = await devices();
  const y = b.matmul(b.exp(b.matmul(x, b.literal(numbers(9, 'm'), [3, 3]))), b.literal(numbers(6, 'n'), [3, 2]));
  const store = new WeightStore(device);
  const feeds = { x: numbers(6, 'x') };
  const results = [];
  for (const dispatchesPerSubmit of [1, 2, 100]) {
    const p = await Program.compile(planGraph({ y }, device.target), device, store, { dispatchesPerSubmit });
    results.push(await p.run(feeds));
    p.destroy();
  }
  assert.equal(results[1], results[0]);
  assert.equal(results[2], results[0]);
});
runs('names the kernel that does not compile', async () => {
  const [{ device }] = await devices();
  const plan = planGraph({ y: b.exp(x) }, device.target);
  const broken = { ...plan,
    main: plan.main.map((d) => ({ ...d,
      kernel: { ...d.kernel, name: 'broken kernel', wgsl: `${d.kernel.wgsl}\nfn f() -> f32 { return wrong; }` } })
    ) };
  await fails(() => Program.compile(broken, device, new WeightStore(device)), /kernel 'broken kernel' does not compile: line \d+: .*wrong/);
  await using({ y: b.exp(x) }, {}, (p) => p.run({ x: new Float32Array(6) })); // the device still works
});

runs.run();

// ---------------------------------------------------------------- weights

const weights = suite('WeightStore');

/** Counts the dispatches the device is given. */
function counting(device: Device): { count: number; stop: () => void } {
  const made = device.gpu.createCommandEncoder;
  const counter = { count: 0, stop: () => {
    device.gpu.createCommandEncoder = made;
  } };
  device.gpu.createCommandEncoder = (...args) => {
    const encoder = made.apply(device.gpu, args);
    const begin = encoder.beginComputePass;
    encoder.beginComputePass = (...a) => {
      const pass = begin.apply(encoder, a);
      const dispatch = pass.dispatchWorkgroups;
      pass.dispatchWorkgroups = (...d) => {
        counter.count++;
        dispatch.apply(pass, d);
      };
      return pass;
    };
    return encoder;
  };
  return counter;
}

weights('are worked on again only after one has changed', async () => {
  const [{ device }] = await devices();
  const outputs = { y: b.mul(b.sum(b.mul(w, w)), x) };
  await using(outputs, ones, async (p, store) => {
    const { prologue, main } = p.plan;
    assert.ok(prologue.length > 0 && main.length > 0);
    const feeds = { x: new Float32Array(6).fill(1) };
    const counter = counting(device);
    const dispatches = async (): Promise<number> => {
      counter.count = 0;
      await p.run(feeds);
      return counter.count;
    };
    try {
      assert.is(await dispatches(), prologue.length + main.length);
      assert.is(await dispatches(), main.length);
      store.set('w', new Float32Array(12).fill(2));
      assert.is(await dispatches(), prologue.length + main.length);
      assert.is((await p.run(feeds)).y[0], 48);
    } finally {
      counter.stop();
    }
  });
});
weights('are shared by programs', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  store.set('w', new Float32Array(12).fill(1));
  const compile = (y: Node, options?: PlanOptions) => Program.compile(planGraph({ y }, device.target, options), device, store);
  const reader = await compile(b.sum(b.mul(w, w)));
  const trainer = await compile(b.sum(w), { updates: new Map([[w, b.mul(w, b.constant(3))]]) });
  assert.is((await reader.run({})).y[0], 12);
  assert.is((await trainer.run({})).y[0], 12);
  assert.is((await reader.run({})).y[0], 108);
  assert.equal(await store.get('w'), new Float32Array(12).fill(3));
  reader.destroy();
  trainer.destroy();
  store.destroy();
});
weights('may trade places in one step, where the new values are computed', async () => {
  const v = b.weight('v', [3, 4]);
  await using({}, { w: new Float32Array(12).fill(1), v: new Float32Array(12).fill(2) }, async (p, store) => {
    await p.run({});
    assert.equal([(await store.get('w'))[0], (await store.get('v'))[0]], [4, 2]);
  }, { updates: new Map([[w, b.add(v, v)], [v, b.add(w, w)]]) });
  await fails(() => using({}, {}, async () => undefined, { updates: new Map([[w, v], [v, w]]) }),
    "the new value of weight 'w' is an input itself");
  await fails(() => using({}, {}, async () => undefined, { updates: new Map([[w, b.exp(x)]]) }),
    "weight 'w' has shape [3,4], its new value [2,3]");
});
weights('are written after a run, so that its outputs are of the weights it began with', async () => {
  await using({ before: w }, ones, async (p) => {
    assert.is((await p.run({})).before[0], 1);
    assert.is((await p.run({})).before[0], 2);
  }, { updates: new Map([[w, b.add(w, w)]]) });
});

weights.run();

// ---------------------------------------------------------------- training

const training = suite('sgdStep');

training('follows the reference for three steps with momentum and weight decay', async () => {
  const bias = b.weight('bias', [4]);
  const labels = b.input('labels', [2]);
  const rate = b.input('rate', []);
  const loss = b.mean(b.crossEntropy(b.add(b.matmul(x, w), bias), labels));
  const [momentum, decay] = [0.9, 0.05];
  const step = sgdStep(loss, [w, bias], { rate, momentum, decay });
  const start = { w: numbers(12, 'w'), bias: numbers(4, 'bias') };
  const zeros = { [velocityName('w')]: new Float32Array(12), [velocityName('bias')]: new Float32Array(4) };
  const gradients = grad(loss, [w, bias]);

  await using({ loss }, { ...start, ...zeros }, async (p, store) => {
    const state = new Map<Node, Float64Array>([[w, Float64Array.from(start.w)], [bias, Float64Array.from(start.bias)]]);
    const velocity = new Map([...state].map(([n, v]) => [n, v.map(() => 0)]));
    for (let k = 0; k < 3; k++) {
      const batch = { x: numbers(6, `batch ${k}`), labels: Float32Array.of(k % 4, (k + 2) % 4), rate: Float32Array.of(0.5 / (k + 1)) };
      const feeds = new Map<Node, Float64Array>([...state, [x, Float64Array.from(batch.x)], [labels, Float64Array.from(batch.labels)]]);
      const [want, ...g] = evaluate([loss, ...gradients], feeds);
      const got = await p.run(batch);
      assertClose(got.loss, want, 8 * EPSILON, `loss ${k}`);
      [...state].forEach(([node, value], j) => {
        const v = velocity.get(node)!.map((old, i) => momentum * old + g[j][i] + decay * value[i]);
        velocity.set(node, v);
        state.set(node, value.map((old, i) => old - batch.rate[0] * v[i]));
      });
    }
    assertClose(await store.get('w'), state.get(w)!, 16 * EPSILON, 'w');
    assertClose(await store.get('bias'), state.get(bias)!, 16 * EPSILON, 'bias');
  }, { updates: step.updates });
});
training.after(closeDevices);

training.run();
