/** Whole networks: forward, forward and backward, profile; samples per second and multiples of the forward pass. */
import * as b from '../src/engine/builder.js';
import type { Device } from '../src/engine/device.js';
import { grad } from '../src/engine/grad.js';
import { size, type Node } from '../src/engine/graph.js';
import { memoryOf, planGraph } from '../src/engine/plan/plan.js';
import { Program, WeightStore } from '../src/engine/run/program.js';
import { profileNodes } from '../src/saliency/profile.js';
import type { Classifier } from '../src/classifier.js';

export interface ModelResult {
  readonly model: string;
  readonly batch: number;
  /** Multiply-adds of one sample's forward pass, convolutions and matrix products alone. */
  readonly multiplyAdds: number;
  readonly passes: Readonly<
    Record<Pass,
      { readonly samplesPerSecond: number; readonly timesForward: number; readonly megabytes: number; readonly dispatches: number }>
  >;
  /** Share of the adapter's multiply-add rate that the forward pass reaches. */
  readonly forwardShare: number;
}

type Pass = 'forward' | 'backward' | 'profile';

export async function benchModel(device: Device, net: Classifier, batch: number, rate: number, budget: number): Promise<ModelResult> {
  const weights = new WeightStore(device);
  for (const [name, data] of net.weights) weights.set(name, data);
  const { input, logits, convs } = net.build(batch);
  const labels = b.input('[labels]', [batch]);
  const loss = b.crossEntropy(logits, labels);
  const work = multiplyAdds(logits) / batch;
  // The backward pass ends in small sums, so that reading gradients back is not measured with it.
  const gradients = grad(b.sum(loss), convs.map((c) => c.output)).map((g) =>
    b.sum(b.slice(g, { starts: g.shape.map(() => 0), steps: g.shape.map(() => 1), sizes: g.shape.map((_, k) => (k < 2 ? 1 : g.shape[k])) }))
  );
  const graphs: Record<Pass, Record<string, Node>> = {
    forward: { logits },
    backward: { logits, gradients: b.concat(gradients.map((g) => b.reshape(g, [1])), 0) },
    profile: { logits, ...profileNodes(logits, labels, convs) },
  };
  const feeds: Record<string, Float32Array> = {
    [input.attrs.name]: Float32Array.from({ length: size(input.shape) }, (_, k) => Math.sin(k)),
    '[labels]': new Float32Array(batch),
  };
  const passes = {} as Record<Pass, { samplesPerSecond: number; timesForward: number; megabytes: number; dispatches: number }>;
  for (const pass of Object.keys(graphs) as Pass[]) {
    const plan = planGraph(graphs[pass], device.target);
    const program = await Program.compile(plan, device, weights);
    const feed = Object.fromEntries(plan.inputs.map(({ name }) => [name, feeds[name]]));
    await program.run(feed);
    const times: number[] = [];
    for (let total = 0; total < budget || times.length < 3; total += times[times.length - 1]) {
      const start = performance.now();
      await program.run(feed);
      times.push((performance.now() - start) / 1000);
    }
    program.destroy();
    const samplesPerSecond = batch / Math.min(...times);
    passes[pass] = {
      samplesPerSecond,
      timesForward: (passes.forward?.samplesPerSecond ?? samplesPerSecond) / samplesPerSecond,
      megabytes: memoryOf(plan) / 2 ** 20,
      dispatches: plan.main.length,
    };
  }
  weights.destroy();
  return { model: net.name, batch, multiplyAdds: work, passes, forwardShare: (passes.forward.samplesPerSecond * work) / rate };
}

/** Multiply-adds of the convolutions and matrix products that a node depends on. */
export function multiplyAdds(output: Node): number {
  const seen = new Set<Node>();
  const stack = [output];
  let total = 0;
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
    const w = node.inputs[1]?.shape;
    if (node.op === 'conv') total += size(node.shape) * w[1] * w[2] * w[3];
    if (node.op === 'matmul') {
      total += size(node.shape) *
        (node as Node<'matmul'>).inputs[0].shape[(node as Node<'matmul'>).attrs.transA ? 0 : node.inputs[0].shape.length - 1];
    }
  }
  return total;
}
