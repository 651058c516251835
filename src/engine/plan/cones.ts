/**
 * Element-wise cones: everything between a node and the tensors in memory below it, as one list of steps for one kernel. Views
 * and reshapes in between become index maps of the loads.
 */
import { coordinateMap, executionOf, indexMap, throughAlias, throughPointwise, throughView, type Access } from './access.js';
import { resolve, type Fusion } from './fuse.js';
import type { Node, Shape } from '../graph.js';
import type { PointwiseFn } from '../../kernels/functions.js';
import type { Pointwise, Step } from '../../kernels/pointwise.js';

/** The steps, and the tensor of each operand they load. */
export interface Cone<T> {
  readonly work: Pointwise;
  readonly loads: ReadonlyMap<string, T>;
}

export interface ConeEnds {
  /** Computed here, although it lies in memory for its readers. */
  readonly computed?: Node;
  /** Its value arrives as the kernel's own, which these steps follow. */
  readonly producer?: Node;
}

/** The cone that gives the elements of `top`, down to the nodes that are `stored` in memory, each in its tensor. */
export function coneOf<T extends { readonly bytes: number }>(
  top: Node,
  { stored, alone }: Pick<Fusion, 'stored' | 'alone'>,
  tensorOf: (node: Node) => T,
  { computed, producer }: ConeEnds
): Cone<T> {
  const steps: Step[] = [];
  const known = new Map<string, number>();
  const names = new Map<T, string>();
  const once = (key: string, step: Step): number => {
    let at = known.get(key);
    if (at === undefined) known.set(key, at = steps.push(step) - 1);
    return at;
  };
  const load = (base: Node, shape: Shape, access: Access): number => {
    if (base === producer && access === 'linear') return once('input', { kind: 'input' });
    const tensor = tensorOf(base);
    if (!names.has(tensor)) names.set(tensor, `e${names.size}`);
    const operand = names.get(tensor)!;
    const map = indexMap(shape, access);
    return once(`${operand} ${JSON.stringify(map)}`, { kind: 'load', operand, elements: tensor.bytes / 4, map });
  };
  const visit = (node: Node, access: Access): number => {
    // A tensor in memory may be read under any shape of as many elements.
    const base = resolve(node);
    if (node !== computed && stored.has(base)) return load(base, node.shape, access);
    const { kind } = executionOf(node);
    if (kind === 'alias') {
      const below = throughAlias(node, access, alone);
      if (!below) throw new Error(`plan: ${node.op} [${node.shape}] regroups a value that is not in memory`);
      return visit(node.inputs[0], below);
    }
    if (kind === 'view') return visit(node.inputs[0], throughView(node, access, alone));
    if (node.op === 'constant') {
      const { value } = (node as Node<'constant'>).attrs;
      return once(`constant ${value}`, { kind: 'constant', value });
    }
    if (node.op === 'iota') {
      const map = coordinateMap(node, access, (node as Node<'iota'>).attrs.axis);
      return once(`index ${JSON.stringify(map)}`, { kind: 'index', map });
    }
    const args = node.inputs.map((input) => visit(input, throughPointwise(node, access, input, alone)));
    return once(`${node.op} ${args}`, { kind: 'apply', fn: node.op as PointwiseFn, args });
  };
  visit(top, 'linear');
  return { work: { steps }, loads: new Map([...names].map(([tensor, name]) => [name, tensor])) };
}
