/**
 * Where a filter's channel ends. Turning a filter off must silence its channel after the biases and the batch norm that
 * follow the convolution, or the channel would be left at a constant; up to there every step is affine per channel.
 */
import type { OnnxModel } from './model.js';
import type { OnnxNode } from './proto.js';

export interface Tail {
  readonly conv: OnnxNode;
  /** The steps between them that add to, subtract from, multiply or divide each channel by a number of its own. */
  readonly steps: readonly OnnxNode[];
  /** Its last step, where that is a batch norm. */
  readonly batchNorm?: OnnxNode;
}

const SCALING: readonly string[] = ['Add', 'Sub', 'Mul', 'Div'];

/** Tails by the tensor that each ends with. */
export function findTails(model: OnnxModel): Map<string, Tail> {
  const readers = new Map<string, OnnxNode[]>();
  for (const n of model.nodes) for (const i of n.inputs) readers.set(i, [...(readers.get(i) ?? []), n]);
  const outputs = new Set(model.outputs.map((o) => o.name));
  const makers = new Map(model.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const tails = new Map<string, Tail>();
  for (const conv of model.nodes.filter((n) => n.op === 'Conv')) {
    let [end] = conv.outputs;
    const steps: OnnxNode[] = [];
    let batchNorm: OnnxNode | undefined;
    for (;;) {
      const [next, ...others] = readers.get(end) ?? [];
      if (!next || others.length > 0 || outputs.has(end)) break;
      if (next.op === 'BatchNormalization' && next.inputs[0] === end) {
        [end] = next.outputs;
        batchNorm = next;
        break;
      }
      if (!SCALING.includes(next.op) || !perChannel(model, makers, conv, next, end)) break;
      steps.push(next);
      [end] = next.outputs;
    }
    tails.set(end, { conv, steps, batchNorm });
  }
  return tails;
}

/** Whether the other operand is one number per channel of the convolution. */
function perChannel(model: OnnxModel, makers: Map<string, OnnxNode>, conv: OnnxNode, step: OnnxNode, tensor: string): boolean {
  const at = step.inputs.indexOf(tensor);
  if (at !== 0 && (step.op === 'Sub' || step.op === 'Div')) return false;
  const shape = shapeOf(model, makers, step.inputs[1 - at]);
  const weight = shapeOf(model, makers, conv.inputs[1]);
  if (!shape || !weight) return false;
  const rank = weight.length;
  const aligned = model.opset < 7 && step.attributes.has('axis') && shape.length === 1
    ? [...shape, ...weight.slice(2).map(() => 1)]
    : shape;
  const full = [...new Array<number>(Math.max(0, rank - aligned.length)).fill(1), ...aligned];
  return weight[0] > 1 && full.length === rank && full.every((d, k) => d === (k === 1 ? weight[0] : 1));
}

function shapeOf(model: OnnxModel, makers: Map<string, OnnxNode>, name: string): readonly number[] | undefined {
  const maker = makers.get(name);
  if (maker?.op === 'Identity') return shapeOf(model, makers, maker.inputs[0]);
  return model.initializers.get(name)?.shape ?? maker?.attributes.get('value')?.t?.dims?.map(Number);
}
