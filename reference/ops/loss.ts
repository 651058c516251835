/** Cross-entropy, in the form that keeps its digits where the network is sure; float64 too would lose them otherwise. */
import { build, type Table, type Tensor } from '../tensor.js';

const row = (z: Tensor, n: number): Float64Array => z.data.subarray(n * z.shape[1], (n + 1) * z.shape[1]);

/** p_j = 1 / sum over i of exp(z_i - z_j). */
const probability = (z: Float64Array, j: number): number => 1 / z.reduce((t, v) => t + Math.exp(v - z[j]), 0);

export const LOSS: Table<'crossEntropy' | 'crossEntropyGrad'> = {
  crossEntropy: ([z, labels], node) =>
    build(node.shape, ([n]) => {
      const logits = row(z, n);
      const label = labels.data[n];
      return Math.log1p(logits.reduce((t, v, j) => (j === label ? t : t + Math.exp(v - logits[label])), 0));
    }),
  crossEntropyGrad: ([z, labels], node) =>
    build(node.shape, ([n, j]) => {
      const logits = row(z, n);
      const label = labels.data[n];
      if (j !== label) return probability(logits, j);
      return -logits.reduce((t, _, i) => (i === label ? t : t + probability(logits, i)), 0);
    }),
};
