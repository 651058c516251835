/** Tensors larger than the adapter's binding limit: pretended with a limit of 1 KiB, and once for real. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/layers.js';
import { grad } from '../../src/engine/grad.js';
import { size, type Node } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/plan/plan.js';
import { Program, WeightStore } from '../../src/engine/run/program.js';
import { KernelWriter, TooLarge } from '../../src/kernels/writer.js';
import { sumOf } from '../../reference/tolerances.js';
import { assertClose } from '../support/check.js';
import { closeDevices, devices, evaluateOnDevice, openDevice } from '../support/device.js';
import { PAPER } from '../support/target.js';
import { draw, random, uniform } from '../../reference/random.js';

const LIMIT = 1024;

// ---------------------------------------------------------------- every kernel family

const families = suite('segments');

async function unchanged(schedule: 'register' | 'tile', outputs: Record<string, Node>, feeds: Map<Node, Float64Array>): Promise<void> {
  const { device } = (await devices()).find(({ name }) => name === schedule)!;
  const small = await openDevice({ schedule, maxBinding: LIMIT });
  const plan = planGraph(outputs, small.target);
  const all = [...plan.prologue, ...plan.main];
  for (const d of all) for (const k of d.kernel.bindings) assert.ok(k.size <= LIMIT, `${d.kernel.name} binds ${k.size} bytes`);
  for (const op of new Set(all.map((d) => d.op))) {
    const segmented = all.some((d) => d.op === op && d.kernel.bindings.length > new Set(d.kernel.bindings.map((k) => k.operand)).size);
    assert.ok(segmented, `${op} has no operand in segments`);
  }
  const whole = await evaluateOnDevice(outputs, feeds, device);
  const parts = await evaluateOnDevice(outputs, feeds, small);
  for (const output of Object.keys(outputs)) assert.equal(parts[output], whole[output], output);
}

families('of convolutions change nothing, bit for bit', async () => {
  const x = b.input('x', [2, 4, 8, 8]); // 2048 bytes
  const dy = b.input('dy', [2, 3, 8, 8]); // 1536 bytes
  const w = b.input('w', [3, 4, 3, 3]);
  const geometry = { stride: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1], groups: 1 } as const;
  const outputs = {
    conv: b.relu(b.add(b.conv(x, w, geometry), dy)),
    dx: b.convInputGrad(dy, w, { ...geometry, input: x.shape }),
    dw: b.convWeightGrad(x, dy, { ...geometry, kernel: [3, 3] }),
    saliency: b.filterSaliency(x, dy, { ...geometry, kernel: [3, 3], aggregation: 'mean-abs' }),
  };
  const feeds = new Map<Node, Float64Array>([x, dy, w].map((n, k) => [n, draw(uniform(n.shape), random(`segments ${k}`))]));
  await unchanged('register', outputs, feeds);
});
families('of matrix products change nothing in the shared-memory tile', async () => {
  const a = b.input('a', [20, 30]); // 2400 bytes, 3 segments
  const c = b.input('c', [30, 25]);
  await unchanged('tile', { y: b.matmul(a, c) },
    new Map<Node, Float64Array>([[a, draw(uniform(a.shape), random('a'))], [c, draw(uniform(c.shape), random('c'))]]));
});
families('of everything else change nothing', async () => {
  const image = b.input('image', [2, 4, 8, 8]);
  const rows = b.input('rows', [20, 30]);
  const windows = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [4, 4] } as const;
  const loss = b.crossEntropy(rows, b.literal(Array.from({ length: 20 }, (_, k) => k)));
  const outputs = {
    loss,
    gradient: grad(b.sum(loss), [rows])[0],
    pooled: b.maxPool(image, windows),
    average: b.averagePool(image, windows, 'valid'),
    sum: b.sum(image, [2]),
    max: b.maximum(rows, [0]),
    turned: b.transpose(b.exp(rows), [1, 0]),
    padded: b.pad(rows, { low: [1, 0], high: [0, 2], interior: [1, 0], value: 2 }),
    both: b.concat([rows, b.neg(rows)], 1),
    taken: b.take(rows, b.literal([3, 0, 19]), { axis: 0 }),
    put: b.takeTranspose(rows, b.literal(Array.from({ length: 20 }, (_, k) => k % 7)), { axis: 0, extent: 9 }),
  };
  await unchanged('register', outputs, new Map([image, rows].map((n, k) => [n as Node, draw(uniform(n.shape), random(`rest ${k}`))])));
});

families.run();

// ---------------------------------------------------------------- a weight that is really too large

const large = suite('a weight larger than the binding limit');

large('is multiplied to the last element', async () => {
  // 128 MiB, what WebGPU guarantees and lavapipe has, also where the adapter would bind more.
  const device = await openDevice({ maxBinding: 2 ** 27 });
  const [k, n] = [400, 100_000]; // 160 MB
  const x = b.input('x', [1, k]);
  const w = b.weight('w', [k, n]);
  const values = new Float32Array(k * n);
  for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 1009) / 1009 - 0.5;
  const xs = draw(uniform(x.shape), random('large'));
  const store = new WeightStore(device);
  store.set('w', values);
  const program = await Program.compile(planGraph({ y: b.matmul(x, w) }, device.target), device, store);
  const { y } = await program.run({ x: Float32Array.from(xs) });
  program.destroy();
  store.destroy();
  const want = Float64Array.from({ length: n }, (_, j) => xs.reduce((t, v, i) => t + v * values[i * n + j], 0));
  assert.is(y.length, size([1, n]));
  assertClose(y, want, sumOf(k), 'product');
});
large.after(closeDevices);

large.run();

// ---------------------------------------------------------------- beyond 32-bit indices

const reach = suite('32-bit indices');

/** An adapter that would bind anything: nothing but the indices is in the way. */
const VAST = { ...PAPER, maxBinding: 2 ** 40, maxGrid: 2 ** 32 - 1 };

/** What a refusal says. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.instance(error, TooLarge);
    return (error as Error).message;
  }
  return 'nothing was refused';
}

reach('that do not reach the last element are refused, by kernel and operand', () => {
  const x = b.input('x', [65536, 32768]); // 2^31 elements
  assert.match(refusal(() => planGraph({ y: b.exp(x) }, VAST)),
    /^kernel '.*': '\w+' has 2147483648 elements; 32-bit indices reach 2147483647; use a smaller --batch$/);
  const windows = { kernel: [2, 2], stride: [2, 2], dilation: [1, 1], pads: [0, 0], output: [16384, 8192] } as const;
  assert.match(
    refusal(() => planGraph({ y: b.maxPool(b.reshape(b.input('x', [16, 32768, 16384]), [16, 1, 32768, 16384]), windows) }, VAST)),
    /kernel 'maximum tap.*'x' has 8589934592 elements/
  );
  assert.ok(planGraph({ y: b.exp(b.input('x', [65535, 32768])) }, VAST).main.length > 0);
});
reach('and parameters take whole numbers of their type alone', () => {
  const writer = new KernelWriter(VAST, 'k');
  for (const [value, type] of [[NaN, 'u32'], [-1, 'u32'], [2 ** 32, 'u32'], [2 ** 31, 'i32'], [1.5, 'i32'], [Infinity, 'i32']] as const) {
    assert.match(refusal(() => writer.param('n', value, type)), `kernel 'k': parameter 'n' is ${value}, no whole number from `);
  }
  for (const [value, type] of [[2 ** 32 - 1, 'u32'], [-(2 ** 31), 'i32'], [NaN, 'f32'], [-Infinity, 'f32']] as const) {
    writer.param('n', value, type);
  }
  writer.step('stride', -5);
  assert.match(refusal(() => writer.step('stride', -(2 ** 31))), "'stride' is -2147483648, past what 32-bit indices reach");
});

reach.run();
