/** Which node of the file an operation of the graph was made for. */
import type { Node } from '../engine/graph.js';
import type { ImportedGraph } from './import.js';
import type { OnnxModel } from './model.js';
import { withBranches, type OnnxNode } from './proto.js';

/**
 * The graph is made node by node of the file, in the file's order, and ids grow: what was made last before a tensor was made for it.
 * Undefined for what comes after the file's last tensor.
 */
export function originsOf(model: OnnxModel, { tensors }: Pick<ImportedGraph, 'tensors'>): (node: Node) => OnnxNode | undefined {
  const makers = new Map(withBranches(model.nodes).flatMap((node) => node.outputs.map((name) => [name, node])));
  const made = [...tensors].flatMap(([name, { id }]) => (makers.has(name) ? [{ id, maker: makers.get(name)! }] : []));
  made.sort((a, b) => a.id - b.id); // stable: a tensor that is handed on belongs to the node that computed it
  return ({ id }) => made.find((one) => one.id >= id)?.maker;
}
