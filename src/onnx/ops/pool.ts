/** Pooling over one, two or three spatial dimensions by the engine's 2-D windows: maxima and sums separate by dimension. */
import * as b from '../../engine/layers.js';
import { size, type Node } from '../../engine/graph.js';
import type { PoolAttrs } from '../../engine/attrs.js';
import type { Call, Handler } from '../call.js';
import { readWindow, type Window } from '../window.js';

/** Pools the last two dimensions of x [N,C,H,W]; `end` is the padding below and to the right. */
type Pool2 = (x: Node, attrs: PoolAttrs, end: readonly [number, number]) => Node;

function pool(c: Call, x: Node, apply: Pool2): Node {
  const spatial = x.shape.slice(2);
  const window = readWindow(c, spatial, c.ints('kernel_shape') ?? []);
  const [N, C] = x.shape;
  if (spatial.length === 2) return stage(x, window, [0, 1], apply);
  if (spatial.length === 1) {
    return b.reshape(stage(b.reshape(x, [N, C, 1, spatial[0]]), window, [null, 0], apply), [N, C, ...window.output]);
  }
  if (spatial.length !== 3) c.fail(`${spatial.length} spatial dimensions are not supported`);
  const [OD, OH, OW] = window.output;
  const planes = stage(b.reshape(x, [N, C * spatial[0], spatial[1], spatial[2]]), window, [1, 2], apply);
  const depth = stage(b.reshape(planes, [N, C, spatial[0], OH * OW]), window, [0, null], apply);
  return b.reshape(depth, [N, C, OD, OH, OW]);
}

/** Two of the window's dimensions; null leaves one of x's last two as it is. */
function stage(x: Node, w: Window, axes: readonly [number | null, number | null], apply: Pool2): Node {
  const pick = (list: readonly number[], otherwise: number): [number, number] => [
    axes[0] === null ? otherwise : list[axes[0]],
    axes[1] === null ? otherwise : list[axes[1]],
  ];
  return apply(x, {
    kernel: pick(w.kernel, 1),
    stride: pick(w.stride, 1),
    dilation: pick(w.dilation, 1),
    pads: pick(w.before, 0),
    output: [axes[0] === null ? x.shape[2] : w.output[axes[0]], axes[1] === null ? x.shape[3] : w.output[axes[1]]],
  }, pick(w.after, 0));
}

const averagePool: Handler = (c) => {
  const padded = c.int('count_include_pad', 0) !== 0;
  return pool(c, c.x(), (x, attrs, end) => b.averagePool(x, attrs, padded ? end : 'valid'));
};

const maxPool: Handler = (c) => {
  if (c.int('storage_order', 0)) c.fail('storage_order 1 (column-major) is not supported');
  return pool(c, c.x(), (x, attrs) => b.maxPool(x, attrs));
};

const spatialAxes = (x: Node): number[] => x.shape.map((_, k) => k).slice(2);

/** p-th root of y. */
const root = (y: Node, p: number): Node => (p === 1 ? y : p === 2 ? b.sqrt(y) : b.pow(y, b.constant(1 / p)));
const raised = (x: Node, p: number): Node => (p === 2 ? b.mul(x, x) : p === 1 ? b.abs(x) : b.pow(b.abs(x), b.constant(p)));

export const POOLING: Readonly<Record<string, Handler>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: (c) => {
    const p = c.int('p', 2);
    return root(pool(c, raised(c.x(), p), (x, attrs) => b.windowSum(x, attrs)), p);
  },
  GlobalAveragePool: (c) => b.mean(c.x(), spatialAxes(c.x())),
  GlobalMaxPool: (c) => b.maximum(c.x(), spatialAxes(c.x())),
  GlobalLpPool: (c) => {
    const p = c.int('p', 2);
    return root(b.sum(raised(c.x(), p), spatialAxes(c.x())), p);
  },
  LRN: (c) => {
    const x = c.x();
    const n = c.int('size', 1);
    const [N, C] = x.shape;
    const inner = size(x.shape.slice(2));
    const squares = b.windowSum(b.reshape(b.mul(x, x), [N, 1, C, inner]), {
      kernel: [n, 1],
      stride: [1, 1],
      dilation: [1, 1],
      pads: [Math.floor((n - 1) / 2), 0],
      output: [C, inner],
    });
    const base = b.add(b.mul(b.reshape(squares, x.shape), b.constant(c.float('alpha', 1e-4) / n)), b.constant(c.float('bias', 1)));
    return b.div(x, b.pow(base, b.constant(c.float('beta', 0.75))));
  },
};
