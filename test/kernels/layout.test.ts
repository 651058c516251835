/** Kernels that move elements: pad, take, and views read in place. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import type { Node } from '../../src/engine/graph.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { draw, random, uniform } from '../../reference/random.js';
import { evaluate } from '../../reference/evaluate.js';

const r = random('layout');
const upTo = (n: number): number => Math.floor(r() * n);

/** All outputs in one plan, compared bit for bit: these kernels only move values. */
async function exact(outputs: Record<string, Node>, feeds: Map<Node, Float64Array>): Promise<void> {
  const [{ device }] = await devices();
  const got = await evaluateOnDevice(outputs, feeds, device);
  const want = evaluate(Object.values(outputs), feeds);
  Object.keys(outputs).forEach((name, k) => assert.equal([...got[name]], [...want[k]], name));
}

// ---------------------------------------------------------------- pad

const pads = suite('pad');

pads('places what it keeps, for any mixture of padding, cropping and gaps', async () => {
  const x = b.input('x', [3, 4, 5]);
  const outputs: Record<string, Node> = {};
  while (Object.keys(outputs).length < 30) {
    const attrs = { low: [0, 0, 0].map(() => upTo(5) - 2), high: [0, 0, 0].map(() => upTo(5) - 2), interior: [0, 0, 0].map(() => upTo(3)),
      value: upTo(2) };
    const y = b.op('pad', [x], attrs);
    if (y.shape.every((d) => d > 0)) outputs[JSON.stringify(attrs)] = y;
  }
  await exact(outputs, new Map([[x, draw(uniform([3, 4, 5]), r)]]));
});

pads.run();

// ---------------------------------------------------------------- take

const takes = suite('take and takeTranspose');

takes('choose along each axis, with repetitions and elements left out', async () => {
  const x = b.input('x', [3, 4, 2]);
  const outputs: Record<string, Node> = {};
  [3, 4, 2].forEach((extent, axis) => {
    const indices = b.literal(Array.from({ length: 7 }, () => upTo(extent)));
    const y = b.take(x, indices, { axis });
    outputs[`take ${axis}`] = y;
    outputs[`takeTranspose ${axis}`] = b.takeTranspose(b.mul(b.sign(y), b.constant(3)), indices, { axis, extent });
  });
  await exact(outputs, new Map([[x, draw(uniform([3, 4, 2]), r)]]));
});

takes.run();

// ---------------------------------------------------------------- views

const views = suite('chains of views');

function everySecond(x: Node): Node {
  const starts = x.shape.map((d) => upTo(d));
  return b.slice(x, { starts, steps: starts.map(() => 2), sizes: x.shape.map((d, k) => Math.ceil((d - starts[k]) / 2)) });
}

views('of one tensor are read in place, however they are chained', async () => {
  const x = b.input('x', [4, 3, 5]);
  const outputs: Record<string, Node> = {};
  for (let k = 0; k < 30; k++) {
    let y: Node = x;
    const told: string[] = [];
    for (let depth = 0; depth < 4; depth++) {
      const axis = upTo(y.shape.length);
      const kind = upTo(4);
      if (kind === 0) y = b.transpose(y, y.shape.map((_, d) => (d + 1) % y.shape.length));
      else if (kind === 1) y = b.flip(y, [axis]);
      else if (kind === 2) y = everySecond(y);
      else y = b.broadcast(y, [2, ...y.shape]);
      told.push(['transpose', `flip ${axis}`, 'slice', 'broadcast'][kind]);
      if (y.shape.length > 4) break;
    }
    outputs[`${k}: ${told.join(', ')}`] = b.neg(y);
  }
  await exact(outputs, new Map([[x, draw(uniform([4, 3, 5]), r)]]));
});
views.after(closeDevices);

views.run();
