/**
 * Cross-entropy of logits z [N,C] against labels y [N] (whole numbers as float32), one loss per sample.
 * With p = softmax(z), the gradient is p_j for j other than y, and -(sum of the other p) at y: written so, nothing
 * cancels where the network is sure, and float32 keeps every digit (p_y - 1 keeps none).
 */
import type { Shape } from '../graph.js';
import { kernels, type OpTable } from '../rules.js';
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
    run: kernels(['z', 'y'], (target, { inputs: [{ shape: [N, C] }] }, finish) => crossEntropyKernel(target, N, C, finish)),
  },
  crossEntropyGrad: {
    shape: ([z, y]) => {
      check(z, y);
      return [...z];
    },
    run: kernels(['z', 'y'], (target, { inputs: [{ shape: [N, C] }] }, finish) => crossEntropyGradKernel(target, N, C, finish)),
  },
};
