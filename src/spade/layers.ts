/** The layers of a network that a trace prunes: convolutions and fully connected layers whose weight is one tensor of the file. */
import type { Layer } from '../engine/convolutions.js';
import { size, topological, type Node, type Shape } from '../engine/graph.js';
import type { ConvShape } from '../kernels/conv.js';

/** One place where a layer's weight meets the data. */
export interface LayerUse {
  /** What the layer reads. */
  readonly input: Node;
  /** The windows that become columns, for the input's batch: of a fully connected layer, one of 1 x 1 pixel for each row of its input. */
  readonly windows: Omit<ConvShape, 'K'>;
}

/**
 * A layer as `groups` matrices [rows, columns], W of the product W X; the columns of a convolution are (channel, tap row, tap column).
 */
export interface LayerMatrix {
  /** `layer1.0.conv1` of the weight `layer1.0.conv1.weight`. */
  readonly name: string;
  /** Name of the weight in the file. */
  readonly weight: string;
  readonly kind: 'conv' | 'fc';
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  /** Columns of one input channel: what FastSPADE prunes at a time. */
  readonly block: number;
  /** Whether the file has the matrix transposed, [columns, rows]. */
  readonly transposed: boolean;
  /** Of the weight in the file. */
  readonly shape: Shape;
}

/** A layer in a network's graph. */
export interface SpadeLayer extends LayerMatrix {
  /** Whether it reads the picture itself. */
  readonly stem: boolean;
  readonly uses: readonly LayerUse[];
}

/** The weight that a node is, as it is or under another shape; null where it is computed. */
function weightOf(node: Node): Node<'input'> | null {
  let at = node;
  while (at.op === 'reshape') at = at.inputs[0];
  return at.op === 'input' && (at as Node<'input'>).attrs.role === 'weight' ? (at as Node<'input'>) : null;
}

/**
 * The layers in the order of the file's nodes, from a graph's logits. Left out are convolutions whose weight is computed or comes from
 * the data, and products of weights with more than two dimensions. `named`: what people call the network's convolutions.
 */
export function prunableLayers(logits: Node, named: readonly Layer[]): SpadeLayer[] {
  const names = new Map(named.map(({ weight, name }) => [weight, name]));
  const found = new Map<string, SpadeLayer & { readonly uses: LayerUse[] }>();
  for (const node of topological([logits])) {
    const layer = node.op === 'conv' ? convolution(node as Node<'conv'>) : node.op === 'matmul' ? product(node as Node<'matmul'>) : null;
    if (!layer) continue;
    const known = found.get(layer.weight);
    if (known) known.uses.push(...layer.uses);
    else {found.set(layer.weight, { ...layer, name: names.get(layer.weight) ?? layer.weight.replace(/[._]weight$/, ''),
        uses: [...layer.uses] });}
  }
  return [...found.values()];
}

function convolution(node: Node<'conv'>): SpadeLayer | null {
  const [x, w] = node.inputs;
  const weight = weightOf(w);
  if (!weight) return null;
  const { groups, stride, dilation, pads } = node.attrs;
  const [N, C, H, W] = x.shape;
  const [K, channels, R, S] = w.shape;
  const [, , OH, OW] = node.shape;
  const windows = { N, C, H, W, R, S, OH, OW, strideH: stride[0], strideW: stride[1], padTop: pads[0], padLeft: pads[1],
    dilationH: dilation[0], dilationW: dilation[1], groups };
  const { name, shape } = weight.attrs;
  return { name, weight: name, kind: 'conv', groups, rows: K / groups, columns: channels * R * S, block: R * S, transposed: false, shape,
    stem: readsPicture(x), uses: [{ input: x, windows }] };
}

function product(node: Node<'matmul'>): SpadeLayer | null {
  const [a, b] = node.inputs;
  const weight = weightOf(b);
  // Of W X with the weight first, the columns of X would be samples: no layer of a classifier is written so.
  if (!weight || weightOf(a) || b.shape.length !== 2 || node.attrs.transA) return null;
  const [first, second] = b.shape;
  const transposed = !node.attrs.transB;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  const { name, shape } = weight.attrs;
  const windows = { N: size(a.shape) / columns, C: columns, H: 1, W: 1, R: 1, S: 1, OH: 1, OW: 1, strideH: 1, strideW: 1, padTop: 0,
    padLeft: 0, dilationH: 1, dilationW: 1, groups: 1 };
  return { name, weight: name, kind: 'fc', groups: 1, rows, columns, block: 1, transposed, shape, stem: readsPicture(a),
    uses: [{ input: a, windows }] };
}

/** Whether nothing with weights lies between the picture and a node. */
const readsPicture = (node: Node): boolean => !topological([node]).some((n) => n.op === 'conv' || n.op === 'matmul');

/** A weight of the file as [groups, rows, columns], in float64. */
export function matrixOf({ transposed, rows, columns }: LayerMatrix, values: ArrayLike<number>): Float64Array {
  return transposed ? transpose(values, columns, rows, Float64Array) : Float64Array.from(values);
}

/** And back: [groups, rows, columns] as the file has the weight, in float32. */
export function weightFrom({ transposed, rows, columns }: LayerMatrix, matrix: ArrayLike<number>): Float32Array {
  return transposed ? transpose(matrix, rows, columns, Float32Array) : Float32Array.from(matrix);
}

function transpose<T extends Float32Array | Float64Array>(from: ArrayLike<number>, rows: number, columns: number,
  Made: new(length: number) => T): T {
  const out = new Made(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = from[r * columns + c];
  return out;
}
