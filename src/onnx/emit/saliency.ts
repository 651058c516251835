/**
 * Filter saliency, [N,K]: per sample the mean of |weight gradient|, as products of the windows' columns with dy, absolute values,
 * sums: [T*C,P] times [P,K], reduced over T*C. A factor per channel of dy that weights alone decide (a folded batch norm's scale)
 * is multiplied into the result and not into dy.
 */
import type { Emitted, Emitter } from './emitter.js';
import type { EmitTable } from './rules.js';
import { columns, groupsOf, taps, type Groups } from './window.js';

export const SALIENCY: EmitTable<'filterSaliency'> = {
  filterSaliency: ({ to, whole }, { inputs: [x, dy], attrs, shape }) => {
    const g = groupsOf(x.shape, dy.shape[1], dy.shape.slice(2), attrs.kernel, attrs);
    const [X, D] = [whole(x), whole(dy)];
    const total = attrs.aggregation === 'abs-mean'
      ? signedSums(to, X, D, g)
      : g.C === 1 && g.K === 1
      ? depthwise(to, X, D, g)
      : sums(to, X, D, g);
    const count = attrs.kernel[0] * attrs.kernel[1] * g.C;
    return to.map('Mul', to.reshape(total, shape), to.floats([1 / count]));
  },
};

/** [B,G,1,K]: sums of |gradient| over a filter's weights. */
function sums(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  const P = g.OH * g.OW, rows = g.kernel[0] * g.kernel[1] * g.C;
  const positions = to.transpose(to.reshape(dy, [g.B, g.G, g.K, P]), [0, 1, 3, 2]);
  const product = to.op('MatMul', [columns(to, x, g), positions], [g.B, g.G, rows, g.K]);
  return to.reduce('ReduceL1', product, [2]);
}

/** One channel a filter: products of two pictures. */
function depthwise(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  const D = to.reshape(dy, [g.B, g.G, g.OH, g.OW]);
  return taps(to, x, g).map((t) => to.map('Abs', to.reduce('ReduceSum', to.map('Mul', t, D), [2, 3])))
    .reduce((a, b) => to.map('Add', a, b));
}

/** |sum of the gradient over a filter's weights|: the sum over channels and taps of x first, which all filters share. */
function signedSums(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  const P = g.OH * g.OW;
  const seen = to.transpose(to.reduce('ReduceSum', columns(to, x, g), [2]), [0, 1, 3, 2]);
  return to.map('Abs', to.op('MatMul', [to.reshape(dy, [g.B, g.G, g.K, P]), seen], [g.B, g.G, g.K, 1]));
}
