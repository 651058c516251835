/** The uses of a graph's convolutions with the tensors in which their channels end. */
import type { ConvUse } from '../engine/convolutions.js';
import type { Tail } from './channel.js';
import type { ImportedGraph } from './import.js';

/** In the order of `convs`, further uses of a weight after its first. */
export function withEnds({ convs, tails, tensors }: Pick<ImportedGraph, 'convs' | 'tails' | 'tensors'>): ConvUse[] {
  const byName = new Map(tails.map((tail) => [tail.conv.name, tail]));
  return convs.flatMap((layer) => [layer, ...layer.others]).map((use): ConvUse => {
    const tail = byName.get(use.node);
    const node = tail && tensors.get(tail.end);
    const axis = tail && channelAxis(tail);
    const filters = tail?.root.shape[1];
    return node && axis !== undefined && node.shape[axis] === filters ? { ...use, end: { node, axis } } : use;
  });
}

/** The axis of channels of the tensor in which they end: that of the last step's operands, which are laid out as it is. */
function channelAxis({ root, steps }: Tail): number | undefined {
  const last = steps.at(-1);
  if (!last) return 1;
  const [, filters] = root.shape;
  const { shape } = last.layout;
  return filters === 1 ? shape.length > 1 ? 1 : undefined : shape.findIndex((d, k) => k > 0 && d === filters);
}
