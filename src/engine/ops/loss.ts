/**
 * Cross-entropy of logits z [N,C] against labels y [N] (whole numbers as float32), one loss per sample.
 * With p = softmax(z), the gradient is p_j for j other than y, and -(sum of the other p) at y: written so, nothing
 * cancels where the network is sure, and float32 keeps every digit (p_y - 1 keeps none).
 */
import type { Shape } from '../graph.js';
import type { OpTable } from '../rules.js';
import { crossEntropyGradKernel, crossEntropyKernel } from '../../kernels/loss.js';

function check(z: Shape, y: Shape): void {
  if (z.length !== 2 || y.length !== 1 || y[0] !== z[0]) {
    throw new Error(`cross-entropy: logits [${z}] must be [N,C] and labels [${y}] must be [N]`);
  }
}

export const LOSS: OpTable<'crossEntropy' | 'crossEntropyGrad'> = {
  crossEntropy: {
    shape: ([z, y]) => {
      check(z, y);
      return [z[0]];
    },
    grad: (b, g, n) => [b.mul(b.reshape(g, [g.shape[0], 1]), b.crossEntropyGrad(n.inputs[0], n.inputs[1])), null],
    run: { kind: 'kernels', operands: () => ['z', 'y'],
      lower: (t, n, finish) => crossEntropyKernel(t, n.inputs[0].shape[0], n.inputs[0].shape[1], finish) },
  },
  crossEntropyGrad: {
    shape: ([z, y]) => {
      check(z, y);
      return [...z];
    },
    // H u = p (u - p.u), with p.u = u_y + G.u and G the gradient itself: at j = y the difference is -G.u, free of cancellation.
    grad: (b, g, n) => {
      const [z, y] = n.inputs;
      const [N, C] = z.shape;
      const hot = b.equal(b.iota([N, C], 1), b.reshape(y, [N, 1]));
      const atLabel = b.sum(b.mul(hot, g), [1]);
      const along = b.sum(b.mul(n, g), [1]);
      return [b.mul(b.softmax(z, 1), b.sub(b.sub(g, atLabel), along)), null];
    },
    run: { kind: 'kernels', operands: () => ['z', 'y'],
      lower: (t, n, finish) => crossEntropyGradKernel(t, n.inputs[0].shape[0], n.inputs[0].shape[1], finish) },
  },
};
