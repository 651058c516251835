/**
 * Filters turned off for good: the values a file's weights must have for it to compute what a mask does (mask.ts). Up to a
 * channel's end every step is affine per channel, so a zero in each of its parts is a zero at its end.
 */
import type { MaskMode } from '../engine/convolutions.js';
import { size, type Node, type Shape } from '../engine/graph.js';
import type { Step, Tail } from './channel.js';
import { type Known } from './evaluate.js';
import { importGraph, inFileOrder } from './import.js';
import type { OnnxModel } from './model.js';
import { withBranches, type OnnxNode } from './proto.js';
import { elementsOf, zeroing, type Elements } from './trace.js';

/** A filter by its convolution's weight and its place in it. */
export interface FilterOff {
  readonly weight: string;
  readonly filter: number;
}

/** Elements of the file's weights that are to be zero, and the nodes that may read them so. */
interface Zeros {
  readonly filter: number;
  readonly name: string;
  readonly elements: Elements;
  readonly readers: ReadonlySet<OnnxNode>;
}

/**
 * The weights that change, whole, for `withWeights`; `weights` are the present values by name, `pictureShape` [C,H,W] what the file leaves
 * open. 'channel': the convolution's weight and bias, what is added to the channel, and its normalization's scale and shift; 'paper':
 * weight and batch norm's shift (where there is no batch norm, as 'channel'). What is computed from weights is zero by those. Throws
 * one sentence where no weight of the file can make it so, or one is read elsewhere too, so that zeros would change more than the channel.
 */
export function weightsWithOff(model: OnnxModel, weights: ReadonlyMap<string, Float32Array>, off: readonly FilterOff[], mode: MaskMode,
  pictureShape?: Shape): Map<string, Float32Array> {
  const graph = importGraph(model, { batch: 1, shapes: pictureShape && { [model.inputs[0].name]: [1, ...pictureShape] } });
  const known: Known = new WeakMap();
  for (const [name, { node, data }] of graph.weights) known.set(node, weights.get(name) ?? data);
  const zeros = off.flatMap(({ weight, filter }) => {
    const layer = graph.convs.find((l) => l.weight === weight);
    if (!layer) {
      throw new Error(`${model.name} has no convolution with the weight "${weight}", so its filter ${filter} cannot be turned off`);
    }
    const nodes = [layer, ...layer.others].map((use) => use.node);
    return graph.tails.filter(({ conv }) => nodes.includes(conv.name)).map((tail) => zerosOf(tail, filter, mode, known));
  });
  checkReaders(model, zeros);
  const changed = new Map<string, Float32Array>();
  for (const { filter, name, elements } of zeros) {
    for (const [tensor, at] of elements) {
      const values = changed.get(tensor) ?? weights.get(tensor)?.slice();
      if (!values) throw new Error(`${cannot(filter, name)}: "${tensor}" is no weight the file holds`);
      for (const k of at) values[k] = 0;
      changed.set(tensor, values);
    }
  }
  return inFileOrder(changed, graph.weights);
}

const cannot = (filter: number, name: string): string => `filter ${filter} of "${name}" cannot be turned off in the file`;

function zerosOf({ conv, name, weight, bias, root, steps, batchNorm }: Tail, filter: number, mode: MaskMode, known: Known): Zeros {
  const channels: Known = new WeakMap();
  channels.set(root, Float64Array.from({ length: size(root.shape) }, (_, k) => k));
  const elements: Elements = new Map();
  const zero = (what: Node, at: ReadonlySet<number>, tensor: string): void => {
    const found = zeroing(what, at, known);
    if (!found) throw new Error(`${cannot(filter, name)}: no weight of the file that "${tensor}" is computed from would make it zero`);
    for (const [name, more] of found) elements.set(name, new Set([...(elements.get(name) ?? []), ...more]));
  };
  const slice = (x: Node): Set<number> => {
    const each = size(x.shape) / x.shape[0];
    return new Set(Array.from({ length: each }, (_, k) => filter * each + k));
  };
  const inStep = ({ node, operands, layout }: Step, k: number): void => {
    // A normalization's scale and shift are one number per channel; another operand lies as its step's input does.
    const at = isNorm(node) ? new Set([filter]) : elementsOf(operands[k], layout, channels).get(filter)!;
    zero(operands[k], at, isNorm(node) ? node.inputs[1 + k] : node.inputs.find((i) => i !== '') ?? node.name);
  };
  zero(weight, slice(weight), conv.inputs[1]);
  if (mode === 'paper' && batchNorm) inStep(steps.find((s) => s.node === batchNorm.node)!, 1);
  else {
    if (bias) zero(bias, slice(bias), conv.inputs[2]);
    for (const step of steps) {
      const { op } = step.node;
      if (op === 'Add' || op === 'Sub') inStep(step, 0);
      if (op === 'BatchNormalization') inStep(step, 0);
      if (isNorm(step.node)) inStep(step, 1);
    }
  }
  return { filter, name, elements, readers: new Set([conv, ...steps.map((s) => s.node)]) };
}

const isNorm = ({ op }: OnnxNode): boolean => op === 'BatchNormalization' || op === 'InstanceNormalization';

/** Throws where something else reads what is to be zero: a node that no filter turned off here allows. */
function checkReaders(model: OnnxModel, zeros: readonly Zeros[]): void {
  const readers = new Map<string, OnnxNode[]>();
  for (const n of withBranches(model.nodes)) for (const i of n.inputs) readers.set(i, [...(readers.get(i) ?? []), n]);
  const data = new Set(model.inputs.map((i) => i.name));
  for (const n of model.nodes) if (n.inputs.some((i) => data.has(i))) { for (const o of n.outputs) data.add(o); }
  const outputs = new Set(model.outputs.map((o) => o.name));
  /** The first node on a way from a tensor to one that computes with data and is not allowed to read it. */
  const stranger = (tensor: string, allowed: (n: OnnxNode) => boolean): OnnxNode | undefined =>
    (readers.get(tensor) ?? []).find((n) =>
      n.op !== 'Shape' && (n.inputs.some((i) => data.has(i)) || n.outputs.some((o) => outputs.has(o))
        ? !allowed(n)
        : n.outputs.some((o) => stranger(o, allowed)))
    );
  for (const { filter, name, elements } of zeros) {
    for (const [tensor, at] of elements) {
      const covers = (z: Zeros): boolean => [...at].every((k) => z.elements.get(tensor)?.has(k));
      const other = stranger(tensor, (n) => zeros.some((z) => z.readers.has(n) && covers(z)));
      if (other) throw new Error(`${cannot(filter, name)}: "${tensor}" is read by "${through(other)}" too, which would change`);
    }
  }
  /** Identity hands on what it reads. */
  function through(n: OnnxNode): string {
    return n.op === 'Identity' ? through(readers.get(n.outputs[0])![0]) : n.name;
  }
}
