/** Real networks: logits against float64 PyTorch, on the adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFloatNpy, parseNpy } from '../../src/data/npy.js';
import type { Node } from '../../src/engine/graph.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const test = suite('logits of real networks');

// A few samples tell as much about the import as all of them, and the large network with one schedule as with both.
const NETWORKS: [string, number, number][] = [['cifar10-resnet20', 4, 2], ['imagenet-resnet50', 1, 1]];

for (const [name, batch, schedules] of NETWORKS) {
  const golden = join(shared, 'golden', name);
  const file = join(shared, 'data/models', `${name}.onnx`);
  if (!skipUnless(existsSync(golden) && existsSync(file), `logits of ${name}: ${golden} or ${file} is absent`)) continue;
  test(name, async () => {
    const inputs = parseFloatNpy(readFileSync(join(golden, 'inputs.npy')), 'inputs.npy');
    const want = parseNpy(readFileSync(join(golden, 'logits.npy')), 'logits.npy');
    const meta = JSON.parse(readFileSync(join(golden, 'meta.json'), 'utf8')) as {
      layers: { node: string; weight: string; filters: number; offset: number }[];
    };
    const graph = importGraph(loadModel(readFileSync(file), { name }), { batch });
    assert.equal(graph.convs.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset })),
      meta.layers.map(({ node, weight, filters, offset }) => ({ node, weight, filters, offset })));
    const feeds = new Map<Node, ArrayLike<number>>([[graph.inputs[0].node,
      inputs.data.subarray(0, batch * (inputs.data.length / inputs.shape[0]))]]);
    for (const w of graph.weights.values()) feeds.set(w.node, w.data);
    for (const { name: schedule, device } of (await devices()).slice(0, schedules)) {
      const { logits } = await evaluateOnDevice({ logits: graph.logits }, feeds, device);
      logits.forEach((v, i) =>
        assert.ok(Math.abs(v - Number(want.data[i])) <= TOLERANCE.logits, `${schedule}: logit ${i} is ${v}, expected ${want.data[i]}`)
      );
    }
  });
}
test.after(closeDevices);
test.run();
