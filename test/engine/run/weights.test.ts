/** Parts of weights written over, and what depends on them done again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../../src/engine/builder.js';
import type { Device } from '../../../src/engine/device.js';
import type { Node } from '../../../src/engine/graph.js';
import { planGraph } from '../../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../../src/engine/run/program.js';
import { closeDevices, devices, openDevice } from '../../support/device.js';
import { fails } from '../../support/outcomes.js';

const test = suite('WeightStore.patch');

test('overwrites the elements given and no others', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  store.set('w', Float32Array.of(0, 1, 2, 3, 4, 5));
  store.patch('w', 2, Float32Array.of(20, 30));
  assert.equal([...(await store.get('w'))], [0, 1, 20, 30, 4, 5]);
  store.patch('w', 5, Float32Array.of(9, 50, 9).subarray(1, 2));
  store.patch('w', 6, new Float32Array(0));
  assert.equal([...(await store.get('w'))], [0, 1, 20, 30, 4, 50]);
  store.destroy();
});
test('refuses what does not lie within the weight', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  store.set('w', new Float32Array(6));
  for (const [offset, count] of [[5, 2], [-1, 1], [7, 0], [0.5, 1]]) {
    await fails(async () => store.patch('w', offset, new Float32Array(count)),
      /weight 'w' has 6 elements; \d values from element [-.\d]+ on do not lie within it/);
  }
  await fails(async () => store.patch('v', 0, new Float32Array(1)), /weight 'v' has not been set/);
  store.destroy();
});
test('programs do again what depends on weights alone, and what they share stays shared', async () => {
  const [{ device }] = await devices();
  const store = new WeightStore(device);
  const x = b.input('x', [2]), w = b.weight('w', [4]);
  const compile = (y: Node) => Program.compile(planGraph({ y }, device.target), device, store);
  store.set('w', Float32Array.of(1, 2, 3, 4));
  const squares = await compile(b.mul(b.sum(b.mul(w, w)), x)); // the sum is in the prologue
  const plain = await compile(b.mul(b.sum(w), x));
  assert.ok(squares.plan.prologue.length > 0);
  const feeds = { x: Float32Array.of(1, 10) };
  assert.equal([...(await squares.run(feeds)).y], [30, 300]);
  assert.equal([...(await plain.run(feeds)).y], [10, 100]);
  store.patch('w', 1, Float32Array.of(0));
  assert.equal([...(await squares.run(feeds)).y], [26, 260]);
  assert.equal([...(await plain.run(feeds)).y], [8, 80]);
  store.patch('w', 1, Float32Array.of(2));
  assert.equal([...(await squares.run(feeds)).y], [30, 300]);
  for (const p of [squares, plain]) p.destroy();
  store.destroy();
});
test('a weight that the GPU did not take is named when a program asks for it, and the device goes on', async () => {
  const [{ device }] = await devices();
  const { gpu } = device;
  const create = gpu.createBuffer;
  const store = new WeightStore(device);
  gpu.createBuffer = (d) => create.call(gpu, { ...d, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE }); // never allowed
  try {
    store.set('w', new Float32Array(4));
  } finally {
    gpu.createBuffer = create;
  }
  const plan = planGraph({ y: b.exp(b.weight('w', [4])) }, device.target);
  await fails(() => Program.compile(plan, device, store), /^weight 'w' of 16 bytes: .*usage/);
  await fails(() => store.get('w'), /^weight 'w' of 16 bytes: /);
  device.check();

  const pop = gpu.popErrorScope;
  const other = new WeightStore(device);
  gpu.popErrorScope = async () => {
    await pop.call(gpu);
    return { message: 'no room' } as GPUError;
  };
  try {
    other.set('w', new Float32Array(4));
  } finally {
    gpu.popErrorScope = pop;
  }
  await fails(() => Program.compile(plan, device, other), /^weight 'w' of 16 bytes: the GPU is out of memory \(no room\)/);

  const large = new WeightStore(Object.create(device, { gpu: { value: { limits: { maxBufferSize: 15 } } } }) as Device);
  await fails(async () => large.set('w', new Float32Array(4)), /^weight 'w' of 16 bytes passes the adapter's largest buffer, 15 bytes/);
  for (const s of [store, other]) s.destroy();
  const sound = new WeightStore(device);
  sound.set('w', new Float32Array(4));
  const program = await Program.compile(plan, device, sound);
  assert.equal([...(await program.run({})).y], [1, 1, 1, 1]);
  program.destroy();
  sound.destroy();
});
test('results that the GPU does not give back are said so, with the reason where the device was lost', async () => {
  const [{ device }] = await devices();
  const plan = planGraph({ y: b.exp(b.input('x', [4])) }, device.target);
  const feeds = { x: new Float32Array(4) };
  const program = await Program.compile(plan, device, new WeightStore(device));
  const create = device.gpu.createBuffer;
  device.gpu.createBuffer = (d) => {
    const buffer = create.call(device.gpu, d);
    buffer.mapAsync = () => Promise.reject(new Error('raw'));
    return buffer;
  };
  const broken = await Program.compile(plan, device, new WeightStore(device));
  device.gpu.createBuffer = create;
  await fails(() => broken.run(feeds), /^the GPU gave no results back \(raw\); run again, with a smaller --batch if it recurs$/);
  assert.equal([...(await program.run(feeds)).y], [1, 1, 1, 1]);

  const own = await openDevice({});
  const lost = await Program.compile(plan, own, new WeightStore(own));
  const run = lost.run(feeds);
  own.gpu.destroy(); // under its feet
  await fails(() => run, /^the GPU device was lost \(destroyed\): .*; run again, with a smaller batch if it recurs$/);
  for (const p of [program, broken]) p.destroy();
});
test.after(closeDevices);
test.run();
