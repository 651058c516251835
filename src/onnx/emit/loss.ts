/**
 * Cross-entropy of logits z [N,C] against labels y [N], and its gradient, in forms in which nothing cancels where the network is
 * sure: with m the largest logit, e_j = exp(z_j - m), a = m - z_y and S the sum of e_j over j other than y,
 *   loss = a + log1p(S + (e_y - 1)),    gradient_j = e_j / (S + e_y),    at y: -(sum of the others).
 * Where y has the largest logit, a and e_y - 1 are exactly 0.
 */
import type { Node } from '../../engine/graph.js';
import { FLOAT } from '../types.js';
import type { Emitted } from './emitter.js';
import { log1p } from './pointwise.js';
import type { Emission, EmitTable } from './rules.js';

interface Parts {
  /** [N,C] */
  readonly e: Emitted;
  /** [N,C], 1 at the label. */
  readonly hot: Emitted;
  /** [N,C], e but 0 at the label. */
  readonly others: Emitted;
  /** [N,1] */
  readonly S: Emitted;
  readonly a: Emitted;
  readonly eLabel: Emitted;
}

function parts({ to, whole }: Emission, { inputs: [z, y] }: Node): Parts {
  const [N, C] = z.shape;
  const Z = whole(z);
  const classes = to.floats(Array.from({ length: C }, (_, k) => k), [1, C]);
  const isLabel = to.map('Equal', classes, to.reshape(whole(y), [N, 1]));
  const zero = to.floats([0]);
  const sum = (x: Emitted): Emitted => to.reduce('ReduceSum', x, [1]);
  const m = to.reduce('ReduceMax', Z, [1]);
  const shifted = to.map('Sub', Z, m);
  const e = to.map('Exp', shifted);
  const others = to.map('Where', isLabel, zero, e);
  return { e, hot: to.cast(isLabel, FLOAT), others, S: sum(others), a: to.map('Neg', sum(to.map('Where', isLabel, shifted, zero))),
    eLabel: sum(to.map('Where', isLabel, e, zero)) };
}

export const LOSS: EmitTable<'crossEntropy' | 'crossEntropyGrad'> = {
  crossEntropy: (e, node) => {
    const { S, a, eLabel } = parts(e, node);
    const rest = e.to.map('Add', S, e.to.map('Sub', eLabel, e.to.floats([1])));
    return e.to.reshape(e.to.map('Add', a, log1p(e, rest)), node.shape);
  },
  crossEntropyGrad: (e, node) => {
    const { others, hot, S, eLabel } = parts(e, node);
    const total = e.to.map('Add', S, eLabel);
    const atLabel = e.to.map('Mul', hot, S);
    return e.to.map('Div', e.to.map('Sub', others, atLabel), total);
  },
};
