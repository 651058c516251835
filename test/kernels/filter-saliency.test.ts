/** The fused kernel at the heart: mean |gradient| per filter, each sample for itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as b from '../../src/engine/builder.js';
import { size, type Node } from '../../src/engine/graph.js';
import type { FilterSaliencyAttrs } from '../../src/engine/attrs.js';
import { sumOf } from '../../reference/tolerances.js';
import { assertClose } from '../support/check.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { draw, random, uniform } from '../../reference/random.js';
import { evaluate } from '../../reference/evaluate.js';

const N = 16;

interface Layer {
  readonly x: readonly [number, number, number];
  readonly dy: readonly [number, number, number];
  readonly attrs: Omit<FilterSaliencyAttrs, 'aggregation'>;
}

const LAYERS: Record<string, Layer> = {
  '3x3/2 of many channels': { x: [18, 9, 9], dy: [20, 5, 5],
    attrs: { kernel: [3, 3], stride: [2, 2], dilation: [1, 1], pads: [1, 1, 1, 1], groups: 1 } },
  '1x1': { x: [10, 7, 7], dy: [20, 7, 7], attrs: { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0], groups: 1 } },
  depthwise: { x: [6, 8, 8], dy: [6, 8, 8], attrs: { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], pads: [1, 1, 1, 1], groups: 6 } },
};

const saliency = suite('filterSaliency');

for (const [name, layer] of Object.entries(LAYERS)) {
  for (const aggregation of ['mean-abs', 'abs-mean'] as const) {
    if (aggregation === 'abs-mean' && name !== '1x1') continue; // one line of the kernels: the rest is shared
    const attrs = { ...layer.attrs, aggregation };
    const shape = (n: number, s: readonly number[]): number[] => [n, ...s];
    const x = b.input('x', shape(N, layer.x));
    const dy = b.input('dy', shape(N, layer.dy));
    const feeds = new Map(
      [[x, draw(uniform(x.shape), random('x'))], [dy, draw(uniform(dy.shape), random('dy'))]] as [Node, Float64Array][]
    );

    saliency(`${name}, ${aggregation}: is what the per-sample weight gradients give, and 16 samples give the bits of 16 single runs`,
      async () => {
        const one = { x: b.input('x', shape(1, layer.x)), dy: b.input('dy', shape(1, layer.dy)) };
        const batched = b.filterSaliency(x, dy, attrs);
        const alone = b.filterSaliency(one.x, one.dy, attrs);
        const want = Float64Array.from({ length: N }, (_, n) => n).reduce<number[]>((all, n) => [...all, ...expected(n)], []);
        for (const { name: schedule, device } of await devices()) {
          const { s } = await evaluateOnDevice({ s: batched }, feeds, device);
          assertClose(s, want, sumOf(layer.dy[1] * layer.dy[2]), `${name}, ${schedule}`);
          for (const n of [0, 7, 15]) {
            const single = await evaluateOnDevice({ s: alone }, new Map([[one.x, sample(x, n)], [one.dy, sample(dy, n)]]), device);
            assert.equal(single.s, s.slice(n * layer.dy[0], (n + 1) * layer.dy[0]), `sample ${n}, ${schedule}`);
          }
        }

        /** From the whole weight gradient of the sample, as the definition has it. */
        function expected(n: number): number[] {
          const [dW] = evaluate([b.convWeightGrad(one.x, one.dy, layer.attrs)], new Map([[one.x, sample(x, n)], [one.dy, sample(dy, n)]]));
          const weights = dW.length / layer.dy[0];
          return Array.from({ length: layer.dy[0] }, (_, k) => {
            const filter = dW.slice(k * weights, (k + 1) * weights);
            return aggregation === 'mean-abs'
              ? filter.reduce((t, v) => t + Math.abs(v), 0) / weights
              : Math.abs(filter.reduce((t, v) => t + v, 0)) / weights;
          });
        }
      });
    const sample = (node: Node, n: number): Float64Array => {
      const each = size(node.shape) / N;
      return feeds.get(node)!.slice(n * each, (n + 1) * each);
    };
  }
}
saliency.after(closeDevices);

saliency.run();
