/**
 * Filter saliency, [N,K]: per sample the mean of |weight gradient|, as products of the windows' columns with dy, absolute values,
 * sums: [T*C,P] times [P,K], reduced over T*C. A factor per channel of dy that weights alone decide (a folded batch norm's scale)
 * is multiplied into the result and not into dy.
 */
import type { Emitted, Emitter } from './emitter.js';
import type { EmitTable } from './rules.js';
import { withoutFactor } from './factor.js';
import { padded } from './layout.js';
import { columns, groupsOf, rows, taps, type Groups } from './window.js';

export const SALIENCY: EmitTable<'filterSaliency'> = {
  filterSaliency: (e, { inputs: [x, dy], attrs, shape }) => {
    const { to } = e;
    const g = groupsOf(x.shape, dy.shape[1], dy.shape.slice(2), attrs.kernel, attrs);
    const { rest, factor } = withoutFactor(dy);
    const [X, D] = [e.whole(x), e.whole(rest)];
    const total = to.reshape((attrs.aggregation === 'abs-mean' ? signedSums : sumsFor(g))(to, X, D, g), shape);
    const count = attrs.kernel[0] * attrs.kernel[1] * g.C;
    const mean = to.map('Mul', total, to.floats([1 / count]));
    return factor ? to.map('Mul', mean, to.map('Abs', to.reshape(e.whole(factor), [1, shape[1]]))) : mean;
  },
};

const sumsFor = (g: Groups) => (g.C === 1 && g.K === 1 ? depthwise : g.kernel[1] > 1 && g.C >= FEW ? shifted : sums);

/** Channels of a group below which a product by channels alone is too thin. */
const FEW = 16;

/** Numbers of a product that are reduced while the processor still has them at hand: a megabyte. */
const AT_HAND = 2 ** 18;

/** [B,G,M,1]: sums of |rows of a product|, of left [B,G,M,P] and seen [B,G,N,P] over P. In pieces that a cache holds. */
function absoluteSums(to: Emitter, left: Emitted, seen: Emitted): Emitted {
  const [B, G, M] = left.shape, N = seen.shape[2];
  const right = to.transpose(seen, [0, 1, 3, 2]);
  const pieces = Math.min(M, Math.ceil((G * M * N) / AT_HAND));
  const parts = Array.from({ length: pieces }, (_, k) => {
    const start = Math.floor((k * M) / pieces), count = Math.floor(((k + 1) * M) / pieces) - start;
    const some = to.slice(left, [{ axis: 2, start, step: 1, count }]);
    return to.reduce('ReduceL1', to.op('MatMul', [some, right], [B, G, count, N]), [3]);
  });
  return pieces === 1 ? parts[0] : to.op('Concat', parts, [B, G, M, 1], { axis: 2 });
}

/** [B,G,K,1]: sums of |gradient| over a filter's weights. */
function sums(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  return absoluteSums(to, to.reshape(dy, [g.B, g.G, g.K, g.OH * g.OW]), columns(to, x, g));
}

/**
 * The same where a kernel has several columns: dy is shifted against x, once for every column of the kernel, and its shifts stand
 * one below the other; x is cut by rows alone, which lie one after another in memory. A row of the kernel is one product. Where
 * windows move by t columns at a time, x is taken apart into every t-th column, and columns of the kernel that see the same go
 * together.
 */
function shifted(to: Emitter, x: Emitted, dy: Emitted, g: Groups): Emitted {
  const [, S] = g.kernel;
  const t = g.stride[1];
  const D = to.reshape(dy, [g.B, g.G * g.K, g.OH, g.OW]);
  const X = to.reshape(x, [g.B, g.G * g.C, g.H, g.W]);
  const sums: Emitted[] = [];
  for (let phase = 0; phase < t; phase++) {
    const ahead = Array.from({ length: S }, (_, s) => s * g.dilation[1] - g.pads[1]).filter((v) => ((v % t) + t) % t === phase);
    if (ahead.length === 0 || phase >= g.W) continue;
    const W = Math.ceil((g.W - phase) / t);
    const shifts = ahead.map((v) => {
      const low = Math.floor(v / t);
      const moved = padded(to, D, [0, 0, 0, low], [0, 0, 0, W - g.OW - low], [0, 0, 0, 0], 0);
      return to.reshape(moved, [g.B, g.G, g.K, g.OH * W]);
    });
    const all = shifts.length === 1 ? shifts[0] : to.op('Concat', shifts, [g.B, g.G, shifts.length * g.K, g.OH * W], { axis: 2 });
    for (const row of rows(to, to.slice(X, [{ axis: 3, start: phase, step: t, count: W }]), g)) {
      const total = absoluteSums(to, all, to.reshape(row, [g.B, g.G, g.C, g.OH * W]));
      sums.push(shifts.length === 1 ? total : to.reduce('ReduceSum', to.reshape(total, [g.B, g.G, shifts.length, g.K, 1]), [2]));
    }
  }
  return sums.map((v) => to.reshape(v, [g.B, g.G, g.K, 1])).reduce((a, b) => to.map('Add', a, b));
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
