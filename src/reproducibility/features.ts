/** The features that a network's last layer reads: what it multiplies with its weights. */
import type { Device } from '../engine/device.js';
import { dependsOnData, size, type Node } from '../engine/graph.js';
import * as b from '../engine/layers.js';
import type { Backend } from '../engine/run/backend.js';
import { Programs } from '../engine/run/programs.js';
import { atMost, type Network } from '../saliency/network.js';

/** From the logits back over what only adds to them or lays them out, to the product of the last layer; null where there is none. */
function lastFeatures(logits: Node): Node | null {
  let node = logits;
  while (node.op !== 'matmul') {
    if (!['add', 'sub', 'reshape', 'mul', 'detach'].includes(node.op)) return null;
    const from = node.inputs.filter(dependsOnData);
    if (from.length !== 1) return null;
    [node] = from;
  }
  const from = node.inputs.filter(dependsOnData);
  if (from.length !== 1) return null;
  const rows = logits.shape[0];
  return size(from[0].shape) % rows === 0 ? b.reshape(from[0], [rows, size(from[0].shape) / rows]) : null;
}

/**
 * The features of pictures, [pictures, features], given some at a time by `read` [count, C, H, W]. Throws one sentence where the last layer
 * is no matrix product.
 */
export async function featuresOf(network: Network, computer: Device | Backend, count: number,
  read: (from: number, count: number) => Promise<Float32Array>, batch: number): Promise<{ values: Float32Array; features: number }> {
  const programs = new Programs(computer, {
    build: (_, rows) => {
      const { logits } = network.build(rows);
      const features = lastFeatures(logits);
      if (!features) {
        throw new Error('the last layer of this network is no matrix product, so that there are no features to train it on again');
      }
      return { features };
    },
    weights: network.weights,
    batch: atMost(batch, network),
  });
  try {
    const parts: Float32Array[] = [];
    let done = 0;
    while (done < count) {
      const program = await programs.fitting('features', count);
      const some = Math.min(program.rows, count - done);
      const pictures = await read(done, some);
      parts.push((await program.run(some, () => pictures)).features);
      done += some;
    }
    const features = parts.reduce((n, p) => n + p.length, 0) / count;
    const values = new Float32Array(count * features);
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return { values, features };
  } finally {
    programs.destroy();
  }
}
