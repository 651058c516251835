/** Programs by question and rows: compiled once, filled up, halved where memory is short, two runs in flight. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../../src/engine/builder.js';
import { OutOfMemory, type Device } from '../../../src/engine/device.js';
import type { Node } from '../../../src/engine/graph.js';
import { memoryOf, planGraph } from '../../../src/engine/plan/plan.js';
import { OnDevice } from '../../../src/engine/run/backend.js';
import { Programs, type AnswerOptions, type ProgramsOptions } from '../../../src/engine/run/programs.js';
import { closeDevices, devices } from '../../support/device.js';
import { fails } from '../../support/outcomes.js';

type Question = 'scaled' | 'sum';

/** 'scaled': x [rows,3] times a weight; 'sum': the sum of each row of x and of more [rows,2]. */
function build(question: Question, rows: number): Record<string, Node> {
  const x = b.input('x', [rows, 3]);
  if (question === 'scaled') return { y: b.mul(x, b.weight('scale', [3])) };
  return { y: b.add(b.sum(x, [1]), b.sum(b.input('more', [rows, 2]), [1])) };
}

const SCALE = Float32Array.of(1, 10, 100);
const samples = Array.from({ length: 10 }, (_, k) => Float32Array.of(k, k + 0.5, -k));
const scaled = samples.map((x) => x.map((v, k) => v * SCALE[k]));

/** The programs of a device, and what it was asked to plan; a plan of more than `most` rows finds no memory. */
async function open(options: Partial<ProgramsOptions<Question>> = {}, most = Infinity) {
  const [{ device }] = await devices();
  const planned: string[] = [];
  const programs = new Programs<Question>(device, {
    weights: new Map([['scale', SCALE]]),
    batch: 4,
    ...options,
    build: (question, rows) => {
      planned.push(`${question} ${rows}`);
      if (rows > most) throw new OutOfMemory(`no memory for ${rows} rows`);
      return build(question, rows);
    },
  });
  return { programs, planned, device };
}

const how: AnswerOptions = {
  batches: 'full',
  finite: 'y',
  notFinite: (sample, row) => `sample ${sample}, row ${row}, is not finite`,
  wrongSize: (input, expected, got) => `'${input}' has ${expected} values, not ${got}`,
};
const ask = async (programs: Programs<Question>, count: number, options: Partial<AnswerOptions> = {}) =>
  (await programs.answers('scaled', count, (_, k) => samples[k], { ...how, ...options })).map((r) => r.y);

/** Counts the runs of a device by what is uploaded under a size: an input of [rows,3]. */
function uploads(device: Device): { values: number[][]; stop: () => void } {
  const { queue } = device.gpu;
  const write = queue.writeBuffer;
  const values: number[][] = [];
  queue.writeBuffer = (buffer: GPUBuffer, at: number, data: ArrayBuffer, from: number, bytes: number) => {
    values.push([...new Float32Array(data.slice(from, from + bytes))]);
    return write.call(queue, buffer, at, data, from, bytes);
  };
  return { values, stop: () => void (queue.writeBuffer = write) };
}

/** The same device, of an adapter with smaller buffers. */
function withLargestBuffer(device: Device, maxBufferSize: number): Device {
  const gpu = new Proxy(device.gpu, {
    get: (target, key) => {
      const value: unknown = key === 'limits' ? { maxBufferSize } : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return Object.create(device, { gpu: { value: gpu } }) as Device;
}

// ---------------------------------------------------------------- batches

const batches = suite('Programs.answers');

batches('full batches share one program, and the last repeats its last row', async () => {
  const { programs, planned, device } = await open();
  await ask(programs, 4);
  const seen = uploads(device);
  const done: string[] = [];
  assert.equal(await ask(programs, 10, { onProgress: (n, total) => done.push(`${n}/${total}`) }), scaled);
  seen.stop();
  assert.equal(planned, ['scaled 4']);
  assert.equal(done, ['4/10', '8/10', '10/10']);
  assert.equal(seen.values, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 9, 9]].map((run) => run.flatMap((k) => [...samples[k]])));
  programs.destroy();
});
batches('even batches compute as little as can be for nothing', async () => {
  const { programs, planned } = await open();
  assert.equal(await ask(programs, 9, { batches: 'even' }), scaled.slice(0, 9));
  assert.equal(planned, ['scaled 3']);
  assert.equal(await ask(programs, 10, { batches: 'even' }), scaled);
  assert.equal(planned, ['scaled 3', 'scaled 4']);
  programs.destroy();
});
batches('no more rows than samples; a program for each number of rows and each question is compiled once', async () => {
  const { programs, planned } = await open();
  for (let k = 0; k < 3; k++) {
    assert.equal(await ask(programs, 2), scaled.slice(0, 2));
    assert.equal(await ask(programs, 5), scaled.slice(0, 5));
    const sums = await programs.answers('sum', 5, (input, n) => (input === 'x' ? samples[n] : Float32Array.of(n, 1)), how);
    assert.equal(sums.map((r) => [...r.y]), samples.slice(0, 5).map((x, n) => [x[0] + x[1] + x[2] + n + 1]));
  }
  assert.equal(planned, ['scaled 2', 'scaled 4', 'sum 4']);
  assert.equal(await ask(programs, 0), []);
  await Promise.all([programs.exactly('sum', 1), programs.exactly('sum', 1)]);
  assert.equal(planned, ['scaled 2', 'scaled 4', 'sum 4', 'sum 1'], 'also where it is asked for twice at once');
  programs.destroy();
});
batches("throws the caller's sentences, and goes on working", async () => {
  const { programs } = await open();
  const value = (bad: number, row: Float32Array) => (_: string, k: number) => (k === bad ? row : samples[k]);
  await fails(() => programs.answers('scaled', 6, value(5, Float32Array.of(1, 2)), how), /^'x' has 3 values, not 2$/);
  await fails(() => programs.answers('scaled', 6, value(5, Float32Array.of(1, NaN, 3)), how), /^sample 5, row 1, is not finite$/);
  await fails(() => programs.answers('scaled', 6, value(2, Float32Array.of(1, 3e38, 3)), how), /^sample 2, row 2, is not finite$/);
  assert.equal(await ask(programs, 6), scaled.slice(0, 6));
  const { device } = await open();
  assert.throws(() => new Programs(device, { build, weights: new Map(), batch: 0 }), /whole number of at least 1, got 0/);
  programs.destroy();
});

batches.run();

// ---------------------------------------------------------------- memory

const memory = suite('Programs and memory');

memory('halves a question where the GPU is out of memory, and remembers it', async () => {
  const { programs, planned } = await open({ batch: 9 }, 2);
  assert.equal(await ask(programs, 10), scaled);
  assert.equal(planned, ['scaled 9', 'scaled 4', 'scaled 2']);
  assert.equal(await ask(programs, 10, { batches: 'even' }), scaled);
  assert.is((await programs.fitting('scaled')).rows, 2);
  assert.equal(planned, ['scaled 9', 'scaled 4', 'scaled 2']);
  assert.is((await programs.fitting('sum', 3)).rows, 1, 'each question has a limit of its own');
  programs.destroy();
});
memory("halves until no tensor passes the adapter's largest buffer", async () => {
  const { device } = await open();
  // Parameters take 256 bytes, a row of x or y 12.
  const small = withLargestBuffer(device, 300);
  const programs = new Programs(small, { build: (_, rows) => build('scaled', rows), weights: new Map([['scale', SCALE]]), batch: 103 });
  await fails(() => programs.exactly('scaled', 26), /a tensor of 312 bytes passes the adapter's largest buffer, 300 bytes/);
  const rows = await programs.answers('scaled', 60, (_, k) => samples[k % 10], how);
  assert.equal(rows.map((r) => r.y), Array.from({ length: 60 }, (_, k) => scaled[k % 10]));
  assert.is((await programs.fitting('scaled')).rows, 15);
  programs.destroy();
});
memory('throws where there is none for one row, or for the rows that were asked for', async () => {
  const { programs, planned } = await open({}, 0);
  await fails(() => ask(programs, 3), /no memory for 1 rows/);
  assert.equal(planned, ['scaled 3', 'scaled 1']);
  await fails(() => programs.exactly('sum', 3), /no memory for 3 rows/);
  programs.destroy();
});
memory('halves a plan that takes more bytes than it may, but for one row', async () => {
  const [{ device }] = await devices();
  const bytes = (rows: number) => memoryOf(planGraph(build('scaled', rows), device.target));
  const { programs } = await open({ batch: 8, memory: bytes(4) });
  assert.is((await programs.fitting('scaled')).rows, 4);
  const none = await open({ memory: 1 });
  assert.is((await none.programs.fitting('scaled')).rows, 1);
  for (const p of [programs, none.programs]) p.destroy();
});
memory('halves what the device has no memory for, or 32-bit indices do not reach, and says so', async () => {
  const [{ device }] = await devices();
  const bytes = (rows: number) => memoryOf(planGraph(build('scaled', rows), device.target));
  const small = Object.create(device, { memory: { value: bytes(2) } }) as Device;
  const told: [number, string][] = [];
  const options = { batch: 8, weights: new Map([['scale', SCALE]]), onHalved: (rows: number, why: string) => void told.push([rows, why]) };
  const programs = new Programs<Question>(small, { ...options, build });
  assert.is((await programs.fitting('scaled')).rows, 2);
  assert.equal(told, [[4, `a plan for 8 rows takes ${bytes(8)} bytes; ${bytes(2)} are free for it`], [2,
    `a plan for 4 rows takes ${bytes(4)} bytes; ${bytes(2)} are free for it`]]);
  const vast = new Programs<Question>(device, { ...options, batch: 3 << 28, build });
  assert.ok((await vast.fitting('sum', 2)).rows === 2);
  await fails(() => vast.exactly('scaled', 3 << 28),
    /'\w+' has 2415919104 elements; 32-bit indices reach 2147483647; use a smaller --batch/);
  // Eight rows of 12 bytes are six bindings of 16: more than a kernel may have.
  const target = { ...device.target, maxBinding: 16, maxBuffers: 4 };
  const cut = new Programs<Question>(Object.create(device, { target: { value: target } }) as Device, { ...options, build });
  assert.ok((await cut.fitting('scaled')).rows < 8);
  await fails(() => cut.exactly('scaled', 8), /kernel '\w+' binds \d+ storage buffers; this adapter allows 4; use a smaller --batch/);
  for (const p of [programs, vast, cut]) p.destroy();
});
memory('widens a question to a power of two that fits, unless memory has limited it', async () => {
  const [{ device }] = await devices();
  const one = memoryOf(planGraph(build('scaled', 1), device.target));
  const { programs } = await open({ memory: 6 * one });
  programs.widen('scaled', 256);
  programs.widen('sum', 2);
  assert.is((await programs.fitting('scaled')).rows, 4);
  assert.is((await programs.fitting('sum')).rows, 2);
  const limited = await open({}, 2);
  await limited.programs.fitting('scaled');
  limited.programs.widen('scaled', 256);
  assert.is((await limited.programs.fitting('scaled')).rows, 2);
  for (const p of [programs, limited.programs]) p.destroy();
});

memory.run();

// ---------------------------------------------------------------- runs

const runs = suite('Batch.run');

runs('two may be in flight where that was asked for, the second not full', async () => {
  const { programs } = await open({ runs: (question) => (question === 'scaled' ? 2 : 1) });
  const flat = (from: number, to: number) => Float32Array.from(samples.slice(from, to).flatMap((x) => [...x]));
  const batch = await programs.fitting('scaled');
  const [first, second] = await Promise.all([batch.run(4, () => flat(0, 4)), batch.run(3, () => flat(4, 7))]);
  assert.equal([...first.y], scaled.slice(0, 4).flatMap((y) => [...y]));
  assert.equal([...second.y], scaled.slice(4, 7).flatMap((y) => [...y]));
  const sum = await programs.exactly('sum', 1);
  const run = () => sum.run(1, (_, each) => new Float32Array(each));
  await fails(async () => {
    await Promise.all([run(), run()]);
  }, /already running/);
  programs.destroy();
});
runs('the weights are one set, which may be written over', async () => {
  const { device } = await open();
  const place = new OnDevice(device), weights = new Map([['scale', SCALE]]);
  const programs = new Programs<Question>(place, { build, weights, batch: 4 });
  place.provide(['scale'], weights);
  place.weights.patch('scale', 1, Float32Array.of(2));
  assert.equal(await ask(programs, 1), [Float32Array.of(0, 1, -0)]);
  assert.equal((await ask(programs, 5))[3], Float32Array.of(3, 7, -300));
  programs.destroy();
});
runs.after(closeDevices);
runs.run();
