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
 * [samples, classes]. Without one, the output: as [samples, classes] where what follows the classes has extent 1.
 */
export function findLogits(model: OnnxModel, values: ReadonlyMap<string, Value>, building: Building): Node {
  const makers = new Map(model.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const [output] = model.outputs;
  for (let at = makers.get(output.name); at; at = makers.get(at.inputs[0])) {
    if (at.op === 'Softmax' || at.op === 'LogSoftmax') {
      const call = new Call(at, at.inputs.map((i) => values.get(i)), building);
      const [rows, classes, inner] = softmaxExtents(call);
      if (inner === 1 && rows === call.shape()[0]) return b.reshape(call.x(), [rows, classes]);
      break;
    }
    // log(softmax(z)) in two steps.
    const logOfSoftmax = at.op === 'Log' && makers.get(at.inputs[0])?.op === 'Softmax';
    if (!logOfSoftmax && !SAME_ORDER.includes(at.op)) break;
  }
  const { node } = values.get(output.name)!;
  const { shape } = node;
  return shape.length > 2 && size(shape.slice(2)) === 1 ? b.reshape(node, shape.slice(0, 2)) : node;
}
