/**
 * What is asked of the device about a block of rows z [B,p] with labels y, as graphs. Rows come as [S, r, p], B = S r: each of the S
 * parts is a matrix product of its own and their sum comes after, so that a sum over many rows is spread over the device and keeps its
 * digits. A row whose `mask` is 0 only fills the block up.
 *
 *   step    logits u = z W^T + b; at the point V = W + m (W - W'), whose logits are u + m (u - u') with u' of the point before:
 *           residual r = softmax - 1[y] (squared form: logits - 1[y]), gradient r^T z [C,p], its intercepts [C], losses at W and V [B]
 *   scores  loss and predicted class of every row
 */
import * as b from '../engine/builder.js';
import type { Node } from '../engine/graph.js';

export type Loss = 'cross-entropy' | 'squared';

/** A block's extents. */
export interface BlockShape {
  /** Parts, and rows of one. */
  readonly parts: number;
  readonly rows: number;
  /** Columns, which may be fewer than the features. */
  readonly width: number;
  readonly classes: number;
  readonly loss: Loss;
}

/** Names of inputs and of what stays on the device. */
export const Z = 'z', LABELS = 'labels', MASK = 'mask', BEFORE = 'logits before', TRIAL = 'logits', W = 'w', B = 'b', POINT = 'point',
  POINT_B = 'point b', MOMENTUM = 'momentum';

/** A few thousand terms at most go into one sum on the device. */
const PART_ROWS = 1024;
/** Bytes of a block's features, about, and of its logits at most. */
const BLOCK_BYTES = 32 << 20;

/** How rows are cut into blocks: by sizes alone, so that sums have the same order wherever and whenever they are formed. */
export function blockShape(samples: number, width: number, classes: number, loss: Loss): BlockShape {
  const rows = Math.min(PART_ROWS, samples);
  const most = Math.max(1, Math.floor(BLOCK_BYTES / 4 / Math.max(width, classes) / rows));
  return { parts: Math.min(most, Math.ceil(samples / rows)), rows, width, classes, loss };
}

const data = ({ parts, rows, width }: BlockShape): Record<'z' | 'labels' | 'mask', Node<'input'>> => ({
  z: b.weight(Z, [parts, rows, width]),
  labels: b.weight(LABELS, [parts * rows]),
  mask: b.weight(MASK, [parts * rows]),
});

/** [parts, rows, classes] */
const logits = (z: Node, weights: string, intercepts: string, { width, classes }: BlockShape): Node =>
  b.add(b.matmul(z, b.input(weights, [1, classes, width]), { transA: false, transB: true }), b.input(intercepts, [1, 1, classes]));

const flat = (u: Node, { parts, rows, classes }: BlockShape): Node => b.reshape(u, [parts * rows, classes]);

const target = (labels: Node, { parts, rows, classes }: BlockShape): Node =>
  b.equal(b.iota([parts * rows, classes], 1), b.reshape(labels, [parts * rows, 1]));

/**
 * Loss [B] and residual [B,C] of every row. With t the greatest logit, e = exp(u - t), E their sum and O the sum without the label's:
 * residual e_j / E, at the label -O / E; loss (t - u_y) + log(1 + O) where the label is greatest, else (t - u_y) + log E. Nothing
 * near 1 is subtracted, so that a row the layer is sure of keeps its digits. Made of reductions of one invocation a row: the engine's
 * own cross-entropy takes a workgroup a row, 40 times slower where rows are many and classes few.
 */
function rowAnswers(u3: Node, labels: Node, shape: BlockShape): { loss: Node; residual: Node } {
  const u = flat(u3, shape), [B] = u.shape, of = target(labels, shape);
  const row = (x: Node): Node => b.reshape(x, [B]);
  if (shape.loss === 'squared') {
    const residual = b.sub(u, of);
    return { loss: b.mul(b.constant(0.5), row(b.sum(b.mul(residual, residual), [1]))), residual };
  }
  const top = b.maximum(u, [1]), e = b.exp(b.sub(u, top)), rest = b.mul(e, b.sub(b.constant(1), of));
  const all = b.sum(e, [1]), others = b.sum(rest, [1]);
  const behind = b.sum(b.mul(b.sub(top, u), of), [1]);
  const loss = b.add(behind, b.where(b.greater(behind, b.constant(0)), b.log(all), b.log1p(others)));
  return { loss: row(loss), residual: b.div(b.sub(rest, b.mul(of, others)), all) };
}

/**
 * The question 'step'. `kept`: logits of the point before lie on the device (weight BEFORE) and those of W are written to TRIAL, one
 * product less; else the point V is given whole (POINT, POINT_B).
 */
export function stepGraph(shape: BlockShape, kept: boolean): { outputs: Record<string, Node>; updates: Map<Node<'input'>, Node> } {
  const { parts, rows, classes } = shape;
  const { z, labels, mask } = data(shape);
  const u = logits(z, W, B, shape);
  const updates = new Map<Node<'input'>, Node>();
  let v: Node;
  if (kept) {
    v = b.add(u, b.mul(b.input(MOMENTUM, [1, 1, 1]), b.sub(u, b.weight(BEFORE, u.shape))));
    updates.set(b.weight(TRIAL, u.shape), u);
  } else v = logits(z, POINT, POINT_B, shape);
  const atPoint = rowAnswers(v, labels, shape);
  const residual = b.mul(atPoint.residual, b.reshape(mask, [parts * rows, 1]));
  const r = b.reshape(residual, [parts, rows, classes]);
  return {
    outputs: {
      gradient: b.sum(b.matmul(r, z, { transA: true, transB: false }), [0]),
      intercepts: b.sum(b.sum(r, [1]), [0]),
      loss: rowAnswers(u, labels, shape).loss,
      lossAtPoint: atPoint.loss,
    },
    updates,
  };
}

/** The question 'scores': `loss` [B] and `predicted` [B], the first of the greatest logits. */
export function scoreGraph(shape: BlockShape): Record<string, Node> {
  const { classes } = shape;
  const { z, labels } = data(shape);
  const u = logits(z, W, B, shape);
  const all = flat(u, shape);
  const left = b.sub(b.constant(classes), b.iota(all.shape, 1));
  const first = b.maximum(b.mul(b.equal(all, b.maximum(all, [1])), left), [1]);
  return { loss: rowAnswers(u, labels, shape).loss, predicted: b.reshape(b.sub(b.constant(classes), first), [all.shape[0]]) };
}
