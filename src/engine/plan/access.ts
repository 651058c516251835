/**
 * How an element-wise kernel reads a tensor below it: straight (element i for result i), or by
 * coordinates, each dimension of the tensor following one dimension of a `domain` shape with as many elements as the kernel's result.
 */
import { size, type Node, type Shape } from '../graph.js';
import type { OpName } from '../attrs.js';
import { OPS } from '../ops.js';
import type { Execution, ViewAxis } from '../rules.js';
import { affineMap, IDENTITY, rowMajor, type IndexMap } from '../../kernels/index-map.js';

export type Access = 'linear' | { readonly domain: Shape; readonly axes: readonly ViewAxis[] };

export function executionOf<K extends OpName>(node: Node<K>): Execution<K> {
  return OPS[node.op].run;
}

const coordinates = (node: Node, access: Access): Exclude<Access, 'linear'> =>
  access === 'linear' ? { domain: node.shape, axes: node.shape.map((_, axis) => ({ axis, step: 1, offset: 0 })) } : access;

/**
 * Nodes whose first dimension of 1 is a batch of one sample, where it cannot be told from one that stretches by its size: a
 * plan for one sample reads, stores and fuses what a plan for many does, in kernels of the same text.
 */
export type Alone = ReadonlySet<Node>;

/** Of nodes, inputs before users, those with a first dimension of 1 whose values are not decided by weights and literals alone. */
export function findAlone(order: readonly Node[], isStatic: ReadonlySet<Node>): Alone {
  const given = new Set<Node>();
  for (const node of order) {
    if (isStatic.has(node) && (executionOf(node).kind === 'source' || node.inputs.some((i) => given.has(i)))) given.add(node);
  }
  return new Set(order.filter((node) => node.shape[0] === 1 && !given.has(node)));
}

const FIXED: ViewAxis = { axis: null, step: 0, offset: 0 };

/** Access to an input of an element-wise node, given the access to the node itself. */
export function throughPointwise(node: Node, access: Access, input: Node, alone: Alone): Access {
  const batched = alone.has(input) && alone.has(node);
  if (access === 'linear' && size(input.shape) === size(node.shape) && batched === alone.has(node)) return 'linear';
  const { domain, axes } = coordinates(node, access);
  const lead = node.shape.length - input.shape.length;
  return { domain, axes: input.shape.map((d, k) => (d === 1 && !(batched && k + lead === 0) ? FIXED : axes[k + lead])) };
}

export function throughView(node: Node, access: Access, alone: Alone): Access {
  const run = executionOf(node);
  if (run.kind !== 'view') throw new Error(`${node.op} is not a view`);
  const { domain, axes } = coordinates(node, access);
  const [input] = node.inputs;
  const batched = alone.has(input) && alone.has(node) && input.shape.length === node.shape.length;
  const through = ({ axis, step, offset }: ViewAxis, k: number): ViewAxis =>
    axis === null
      ? (batched && k === 0 ? axes[0] : { axis, step, offset })
      : { axis: axes[axis].axis, step: step * axes[axis].step, offset: offset + step * axes[axis].offset };
  return { domain, axes: run.axes(node).map(through) };
}

/** Through a reshape; null where the dimensions regroup, so that the input must lie in memory first. */
export function throughAlias(node: Node, access: Access, alone: Alone): Access | null {
  if (access === 'linear') return 'linear';
  const input = node.inputs[0];
  const dimensions = (of: Node) => of.shape.map((d, k) => ({ d, k })).filter(({ d, k }) => d !== 1 || (k === 0 && alone.has(of)));
  const kept = dimensions(node);
  const wanted = dimensions(input);
  if (kept.length !== wanted.length || kept.some(({ d }, j) => d !== wanted[j].d)) return null;
  const axes: ViewAxis[] = input.shape.map(() => FIXED);
  for (const [j, { k }] of kept.entries()) axes[wanted[j].k] = access.axes[k];
  return { domain: access.domain, axes };
}

/** Where the element lies in a contiguous tensor of this shape. */
export function indexMap(shape: Shape, access: Access): IndexMap {
  if (access === 'linear') return IDENTITY;
  const stride = rowMajor(shape);
  const along = new Array<number>(access.domain.length).fill(0);
  let offset = 0;
  access.axes.forEach((a, k) => {
    offset += a.offset * stride[k];
    if (a.axis !== null) along[a.axis] += a.step * stride[k];
  });
  return affineMap(access.domain, along, offset);
}

/** The coordinate along one dimension, as a number. */
export function coordinateMap(node: Node, access: Access, dimension: number): IndexMap {
  const { domain, axes } = coordinates(node, access);
  const a = axes[dimension];
  const along = new Array<number>(domain.length).fill(0);
  if (a.axis !== null) along[a.axis] = a.step;
  return affineMap(domain, along, a.offset);
}
