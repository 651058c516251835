/**
 * Filters turned off for good: the values a file's weights must have for it to compute what a mask does (mask.ts). Up to a
 * channel's end every step is affine per channel, so a zero in each of its parts is a zero at its end.
 */
import type { MaskMode } from '../engine/convolutions.js';
import { findTails } from './mask.js';
import type { OnnxModel } from './model.js';
import { withBranches, type OnnxNode } from './proto.js';

/** A filter by its convolution's weight and its place in it. */
export interface FilterOff {
  readonly weight: string;
  readonly filter: number;
}

/** A tensor's slice that is to be zero, and the node that reads it so. */
interface Zero {
  readonly tensor: string;
  readonly filter: number;
  readonly filters: number;
  readonly reader: OnnxNode;
}

/**
 * The weights that change, whole, for `withWeights`; `weights` are the present values by name. 'channel': the convolution's
 * weight and bias, what is added to the channel, and its batch norm's scale and shift; 'paper': weight and batch norm's
 * shift (where there is no batch norm, as 'channel'). Throws one sentence where such a slice is no weight of the file, or
 * is read elsewhere too, so that zeros would change more than the channel.
 */
export function weightsWithOff(model: OnnxModel, weights: ReadonlyMap<string, Float32Array>, off: readonly FilterOff[],
  mode: MaskMode): Map<string, Float32Array> {
  const makers = new Map(model.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const source = (name: string): string => (makers.get(name)?.op === 'Identity' ? source(makers.get(name)!.inputs[0]) : name);
  const readers = new Map<string, OnnxNode[]>();
  for (const n of withBranches(model.nodes)) {
    if (n.op === 'Identity') continue;
    for (const i of n.inputs) readers.set(source(i), [...(readers.get(source(i)) ?? []), n]);
  }
  const tails = [...findTails(model).values()];
  const zeros = off.flatMap(({ weight, filter }) =>
    tails.filter(({ conv }) => source(conv.inputs[1]) === weight).flatMap(({ conv, steps, batchNorm }) => {
      const filters = model.initializers.get(weight)?.shape[0] ?? makers.get(weight)?.attributes.get('value')?.t?.dims?.map(Number)[0] ?? 0;
      const zero = (reader: OnnxNode, tensor: string): Zero => ({ tensor: source(tensor), filter, filters, reader });
      const bias = conv.inputs[2] ? [zero(conv, conv.inputs[2])] : [];
      // A step's other operand is the one that no node computes from data: not what the step before it gives.
      const before = [conv, ...steps];
      const added = steps.flatMap((step, k) => (step.op === 'Add' || step.op === 'Sub'
        ? [zero(step, step.inputs.find((i) => i !== before[k].outputs[0])!)]
        : [])
      );
      const whole = [zero(conv, conv.inputs[1]), ...bias, ...added];
      if (!batchNorm) return whole;
      const [, scale, shift] = batchNorm.inputs;
      return mode === 'paper' ? [whole[0], zero(batchNorm, shift)] : [...whole, zero(batchNorm, scale), zero(batchNorm, shift)];
    })
  );
  for (const { weight, filter } of off) {
    if (!zeros.some((z) => z.tensor === weight && z.filter === filter)) {
      throw new Error(`${model.name} has no convolution with the weight "${weight}", so its filter ${filter} cannot be turned off`);
    }
  }
  const changed = new Map<string, Float32Array>();
  for (const { tensor, filter, filters, reader } of zeros) {
    const other = readers.get(tensor)!.find((n) => !zeros.some((z) => z.tensor === tensor && z.filter === filter && z.reader === n));
    if (other) {
      throw new Error(
        `filter ${filter} of "${reader.name}" cannot be turned off in the file: ` +
          `"${tensor}" is read by "${other.name}" too, which would change`
      );
    }
    const values = changed.get(tensor) ?? weights.get(tensor)?.slice();
    if (!values) {
      throw new Error(`filter ${filter} of "${reader.name}" cannot be turned off in the file: "${tensor}" is no weight the file holds`);
    }
    const each = values.length / filters;
    values.fill(0, filter * each, (filter + 1) * each);
    changed.set(tensor, values);
  }
  return changed;
}
