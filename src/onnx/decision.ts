/**
 * The decision layer of a file: its last Gemm or MatMul with a weight, whose input are the features that the classes are decided by.
 * What follows it may only add a bias, keep or reshape the numbers, or be a softmax: then logits = W x + b exactly.
 */
import type { OnnxModel } from './model.js';
import type { OnnxNode } from './proto.js';
import { toNumber } from './tensor.js';

/** The last matrix product of a file, by the file's names. */
export interface Decision {
  /** The tensor that holds the features. */
  readonly features: string;
  /** How many there are. */
  readonly width: number;
  readonly classes: number;
  /** The node, as the file calls it. */
  readonly node: string;
  readonly op: 'Gemm' | 'MatMul';
  /** Names of its weight and of its bias; a MatMul's is that of the Add behind it. Null where there is none. */
  readonly weight: string;
  readonly bias: string | null;
  /** Whether the file has the weight [classes, features]. */
  readonly byClass: boolean;
  /** Gemm's factors of the product and of the bias. */
  readonly alpha: number;
  readonly beta: number;
}

const BEHIND: readonly string[] = ['Identity', 'Dropout', 'Cast', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Softmax', 'LogSoftmax',
  'Log', 'Sigmoid'];

/** Throws one sentence, naming the model, where it ends in no such layer. */
export function decisionLayer(model: OnnxModel): Decision {
  const { nodes, initializers, name: file } = model;
  const constants = new Set(nodes.filter((n) => n.op === 'Constant').map((n) => n.outputs[0]));
  const weightOf = ({ op, inputs }: OnnxNode): boolean =>
    (op === 'Gemm' || op === 'MatMul') && initializers.has(inputs[1]) &&
    initializers.get(inputs[1])!.shape.length === 2 && !initializers.has(inputs[0]);
  const at = nodes.findLastIndex(weightOf);
  if (at < 0) {
    const last = nodes.findLast((n) => n.op === 'Conv');
    throw new Error(`${file} has no decision layer: no Gemm or MatMul with a weight ends it`
      + `${last ? ` (its classes come from the Conv "${last.name}")` : ''}; features are the input of such a layer`);
  }
  const node = nodes[at], op = node.op as Decision['op'];
  const flag = (key: string): boolean => toNumber(node.attributes.get(key)?.i ?? 0) !== 0;
  const factor = (key: string): number => (op === 'Gemm' ? node.attributes.get(key)?.f ?? 1 : 1);
  const refuse = (why: string): Error => new Error(`${file} has no decision layer that could be taken: ${why}`);
  if (op === 'Gemm' && flag('transA')) throw refuse(`the ${op} "${node.name}" takes its input transposed`);
  const byClass = op === 'Gemm' && flag('transB');
  const { shape } = initializers.get(node.inputs[1])!, [classes, width] = byClass ? shape : [shape[1], shape[0]];
  let bias = op === 'Gemm' && node.inputs[2] ? node.inputs[2] : null;
  for (let tensor = node.outputs[0];;) {
    const users = nodes.filter((n) => n.inputs.includes(tensor));
    if (users.length === 0) break;
    const [user] = users;
    const other = user.op === 'Add' ? user.inputs.find((i) => i !== tensor) : undefined;
    const adds = other !== undefined && initializers.has(other) && bias === null && op === 'MatMul' &&
      initializers.get(other)!.data.length === classes;
    if (users.length > 1 || !(adds || BEHIND.includes(user.op))) {
      throw refuse(
        `behind its last ${op}, "${node.name}", comes the ${user.op} "${user.name}", so that its classes are no sums of features`
      );
    }
    if (adds) bias = other;
    tensor = user.outputs[0];
  }
  if (bias !== null && (!initializers.has(bias) || initializers.get(bias)!.data.length !== classes)) {
    if (!constants.has(bias)) throw refuse(`the bias of the ${op} "${node.name}" is no row of ${classes} numbers`);
  }
  return { features: node.inputs[0], width, classes, node: node.name, op, weight: node.inputs[1], bias, byClass, alpha: factor('alpha'),
    beta: factor('beta') };
}

/** The layer's weights [classes, features] and intercepts [classes], in float64: logits = W x + b. */
export function decisionValues(model: OnnxModel,
  { weight, bias, width, classes, byClass, alpha, beta }: Decision): { w: Float64Array; b: Float64Array } {
  const values = model.initializers.get(weight)!.data, w = new Float64Array(classes * width);
  for (let c = 0; c < classes; c++) {
    for (let j = 0; j < width; j++) w[c * width + j] = alpha * values[byClass ? c * width + j : j * classes + c];
  }
  const given = bias === null ? null : model.initializers.get(bias)!.data;
  return { w, b: Float64Array.from({ length: classes }, (_, c) => (given ? beta * given[c] : 0)) };
}

/**
 * Values of the file's weights, by name, with which the layer is logits = W x + b. Throws one sentence where the file has no bias to hold
 * intercepts, or a factor of 0.
 */
export function decisionChanges({ weight, bias, width, classes, byClass, alpha, beta, node }: Decision, w: ArrayLike<number>,
  b: ArrayLike<number>): Map<string, Float32Array> {
  if (bias === null || alpha === 0 || beta === 0) {
    throw new Error(`the layer "${node}" has no bias, and a sparse layer needs one; export the network with one (all zeros will do)`);
  }
  const values = new Float32Array(classes * width);
  for (let c = 0; c < classes; c++) {
    for (let j = 0; j < width; j++) values[byClass ? c * width + j : j * classes + c] = w[c * width + j] / alpha;
  }
  return new Map([[weight, values], [bias, Float32Array.from({ length: classes }, (_, c) => b[c] / beta)]]);
}
