/** The logits of a classifier: what a softmax at its end is applied to, or else the output itself. */
import * as b from '../engine/builder.js';
import { size, type Node } from '../engine/graph.js';
import { Call, type Building, type Value } from './call.js';
import type { OnnxModel } from './model.js';
import { softmaxExtents } from './ops/activation.js';

/** Same numbers in the same order: looked through on the way back from the output. */
const SAME_ORDER: readonly string[] = ['Identity', 'Dropout', 'Cast', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'];

/**
 * Walks back from the first output to a softmax over each sample's numbers and answers with its input as
 * [samples, classes]. Without one, the output: as [samples, classes] where all but the classes has extent 1.
 */
export function findLogits(model: OnnxModel, values: ReadonlyMap<string, Value>, building: Building): { logits: Node; softmax: boolean } {
  const makers = new Map(model.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const [output] = model.outputs;
  for (let at = makers.get(output.name); at; at = makers.get(at.inputs[0])) {
    if (at.op === 'Softmax' || at.op === 'LogSoftmax') {
      const call = new Call(at, at.inputs.map((i) => values.get(i)), building);
      const [rows, classes, inner] = softmaxExtents(call);
      if (inner === 1 && rows === call.shape()[0]) return { logits: b.reshape(call.x(), [rows, classes]), softmax: true };
      break;
    }
    // log(softmax(z)) in two steps.
    const logOfSoftmax = at.op === 'Log' && makers.get(at.inputs[0])?.op === 'Softmax';
    if (!logOfSoftmax && !SAME_ORDER.includes(at.op)) break;
  }
  const { node } = values.get(output.name)!;
  const { shape } = node;
  // What stands around the classes may have extents of 1, before them or after.
  const wide = shape.slice(1).filter((d) => d !== 1);
  const row = shape.length !== 2 && shape.length > 0 && wide.length <= 1;
  return { logits: row ? b.reshape(node, [shape[0], size(shape.slice(1))]) : node, softmax: false };
}
