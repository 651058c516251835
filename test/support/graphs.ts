/** Random small graphs of mixed ops: chains of views, element-wise work, reductions, pads, concatenations, products. */
import * as b from '../../src/engine/layers.js';
import { size, type Node } from '../../src/engine/graph.js';
import { draw, uniform, type Random } from '../../reference/random.js';

export interface RandomGraph {
  readonly outputs: Record<string, Node>;
  readonly feeds: Map<Node, Float64Array>;
}

const pick = <T>(r: Random, from: readonly T[]): T => from[Math.floor(r() * from.length)];
const upTo = (r: Random, n: number): number => Math.floor(r() * n);
/** Every function here keeps values within a few units, so that tolerances mean something. */
const UNARY = [b.neg, b.abs, b.relu, b.sigmoid, b.tanh, b.sin, (x: Node) => b.mul(x, b.constant(0.5)),
  (x: Node) => b.add(x, b.constant(0.25))];
const BINARY = [b.add, b.sub, (x: Node, y: Node) => b.mul(b.tanh(x), y), b.max,
  (x: Node, y: Node) => b.where(b.greater(x, b.constant(0)), x, y)];

function reshaped(r: Random, x: Node): Node {
  const n = size(x.shape);
  const divisors = Array.from({ length: n }, (_, k) => k + 1).filter((d) => n % d === 0);
  const first = pick(r, divisors);
  return b.reshape(x, pick(r, [[first, n / first], [n], [1, n / first, 1, first], [...x.shape, 1]]));
}

/** A node stretched, summed or cut to broadcast against another. */
function partner(r: Random, x: Node, nodes: readonly Node[]): Node {
  const fits = nodes.filter((n) =>
    n.shape.length <= x.shape.length && n.shape.every((d, k) => d === 1 || d === x.shape[x.shape.length - n.shape.length + k])
  );
  return pick(r, fits);
}

function grow(r: Random, nodes: readonly Node[]): Node {
  const x = pick(r, nodes);
  const rank = x.shape.length;
  const axis = upTo(r, rank);
  switch (upTo(r, 14)) {
    case 0:
    case 1:
      return pick(r, UNARY)(x);
    case 2:
    case 3:
    case 4:
      return pick(r, BINARY)(x, partner(r, x, nodes));
    case 5:
      return rank > 1 ? b.transpose(x, [...x.shape.keys()].sort(() => r() - 0.5)) : b.flip(x, [0]);
    case 6:
      return reshaped(r, x);
    case 7:
      return rank > 0 ? b.flip(x, [axis]) : b.neg(x);
    case 8: {
      const starts = x.shape.map((d) => upTo(r, Math.min(2, d)));
      const steps = x.shape.map(() => 1 + upTo(r, 2));
      return b.slice(x, { starts, steps, sizes: x.shape.map((d, k) => Math.max(1, Math.ceil((d - starts[k]) / steps[k]) - upTo(r, 2))) });
    }
    case 9:
      return size(x.shape) < 60 ? b.broadcast(x, [1 + upTo(r, 3), ...x.shape.map((d) => (d === 1 ? 1 + upTo(r, 3) : d))]) : b.tanh(x);
    case 10:
      return size(x.shape) < 60 ?
        b.pad(x, {
          low: x.shape.map((d) => upTo(r, 3) - (d > 2 ? 1 : 0)),
          high: x.shape.map(() => upTo(r, 2)),
          interior: x.shape.map(() => upTo(r, 2)),
          value: pick(r, [0, 0.5]),
        }) :
        b.abs(x);
    case 11:
      return rank > 0 && size(x.shape) < 60
        ? b.concat([x, pick(r, UNARY)(x), b.flip(x, [axis])].slice(0, 2 + upTo(r, 2)), axis)
        : b.relu(x);
    case 12:
      return rank > 0 ? (r() < 0.7 ? b.mean(x, [axis]) : b.maximum(x, [axis])) : b.sin(x);
    default:
      return rank === 2 && size(x.shape) < 60
        ? b.matmul(x, x, pick(r, [{ transA: true, transB: false }, { transA: false, transB: true }]))
        : b.sum(b.mul(x, b.constant(0.1)), rank > 0 ? [axis] : []);
  }
}

/** A graph with a few outputs, inner ones among them, over two data inputs and a weight. */
export function randomGraph(r: Random, steps = 10): RandomGraph {
  const inputs = [b.input('x', [2, 3, 4]), b.input('y', [3, 1]), b.weight('w', [4])];
  const nodes: Node[] = [...inputs];
  while (nodes.length < steps + inputs.length) {
    const node = grow(r, nodes.slice(-5));
    if (size(node.shape) > 0 && size(node.shape) < 400 && node.shape.length < 6) nodes.push(node);
  }
  const outputs: Record<string, Node> = { last: nodes[nodes.length - 1] };
  for (let k = 0; k < 2; k++) outputs[`inner ${k}`] = pick(r, nodes.slice(inputs.length));
  return { outputs, feeds: new Map(inputs.map((n) => [n, draw(uniform(n.shape, -2, 2), r)])) };
}
