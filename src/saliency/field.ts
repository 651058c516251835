/** The receptive field of a place in a feature map: the pixels of the network's input that can reach it, followed back op by op. */
import type { AttrsOf } from '../engine/attrs.js';
import { dependsOnData, topological, type Node } from '../engine/graph.js';

/** Rows [top, bottom] and columns [left, right] of a picture, all of them included. */
export interface Field {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** From and to, along rows and along columns. */
type Span = readonly [number, number];
type Spans = readonly [Span, Span];

const EVERYWHERE: Spans = [[-Infinity, Infinity], [-Infinity, Infinity]];

/**
 * The receptive field of the place (y, x) of `node` [N,C,h,w] in `input` [N,C,H,W], cut to the picture. Whatever gathers from the whole
 * picture (a global average on the way, a shape that is no map) makes it the whole picture.
 */
export function receptiveField(node: Node, input: Node, y: number, x: number): Field {
  const asked = new Map<Node, Spans>([[node, [[y, y], [x, x]]]]);
  for (const at of topological([node]).reverse()) {
    const spans = asked.get(at);
    if (!spans) continue;
    at.inputs.forEach((from, k) => {
      if (!dependsOnData(from)) return;
      const wanted = back(at, k, spans);
      const before = asked.get(from);
      asked.set(from, before ? [joined(before[0], wanted[0]), joined(before[1], wanted[1])] : wanted);
    });
  }
  const [rows, columns] = asked.get(input) ?? EVERYWHERE;
  const [, , H, W] = input.shape;
  const within = ([low, high]: Span,
    extent: number): Span => [Math.max(0, Math.min(low, extent - 1)), Math.min(extent - 1, Math.max(high, 0))];
  const [[top, bottom], [left, right]] = [within(rows, H), within(columns, W)];
  return { top, bottom, left, right };
}

const joined = (a: Span, b: Span): Span => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

/** What a node's places need of its input k. */
function back(node: Node, k: number, spans: Spans): Spans {
  const from = node.inputs[k];
  if (node.shape.length !== 4 || from.shape.length !== 4) return EVERYWHERE;
  const each = (map: (span: Span, axis: 0 | 1) => Span): Spans => [map(spans[0], 0), map(spans[1], 1)];
  const windows = (a: { stride: readonly number[]; dilation: readonly number[]; pads: readonly number[] }, kernel: readonly number[]) =>
    each(([low, high], s) => [low * a.stride[s] - a.pads[s], high * a.stride[s] - a.pads[s] + (kernel[s] - 1) * a.dilation[s]]);
  switch (node.op) {
    case 'conv':
      return k === 0 ? windows(node.attrs as AttrsOf['conv'], node.inputs[1].shape.slice(2)) : EVERYWHERE;
    case 'maxPoolTap':
    case 'windowSum':
    case 'poolGather': {
      const attrs = node.attrs as AttrsOf['windowSum'];
      return node.op === 'poolGather' && k === 1 ? spans : windows(attrs, attrs.kernel);
    }
    case 'pad': {
      const { low, interior } = node.attrs as AttrsOf['pad'];
      return each(([a, z],
        s) => [Math.floor((a - low[2 + s]) / (1 + interior[2 + s])), Math.ceil((z - low[2 + s]) / (1 + interior[2 + s]))]
      );
    }
    case 'slice': {
      const { starts, steps } = node.attrs as AttrsOf['slice'];
      return each(([a, z], s) => [starts[2 + s] + steps[2 + s] * a, starts[2 + s] + steps[2 + s] * z]);
    }
    case 'concat':
      return (node.attrs as AttrsOf['concat']).axis < 2 ? spans : EVERYWHERE;
    default: {
      // Element by element: the same place, or the only one where the input stretches.
      const same = [2, 3].every((a) => from.shape[a] === node.shape[a]);
      return same && isElementwise(node) ? spans : EVERYWHERE;
    }
  }
}

const OTHERS = ['reshape', 'transpose', 'flip', 'take', 'takeTranspose', 'sum', 'maximum', 'matmul', 'convInputGrad', 'convWeightGrad',
  'filterSaliency', 'poolScatter', 'windowSpread', 'crossEntropy', 'crossEntropyGrad'];

const isElementwise = ({ op }: Node): boolean => !OTHERS.includes(op);
