/** Graphs of doubles and long integers, computed on the host: WebGPU has float32 alone, which does not hold their values. */
import { topological } from '../engine/graph.js';
import { canEvaluate, evaluate, type Known } from './evaluate.js';
import type { ImportedGraph } from './import.js';
import { isWide, type Numbers } from './types.js';

/**
 * The outputs in float64, by name, for inputs by name; null where the device must do it: no input has a type that
 * float32 does not hold, or the graph has an op (a convolution, a matrix product) that is not computed here.
 */
export function runOnHost(graph: ImportedGraph, data: Readonly<Record<string, Numbers>>): Record<string, Numbers> | null {
  if (!graph.inputs.some((i) => isWide(i.type))) return null;
  const known: Known = new WeakMap();
  for (const { name, node } of graph.inputs) known.set(node, data[name]);
  for (const { node, data: values } of graph.weights.values()) known.set(node, values);
  const nodes = topological(graph.outputs.map((o) => o.node));
  for (const n of nodes) {
    if (!canEvaluate(n, known)) return null;
    evaluate(n, known);
  }
  return Object.fromEntries(graph.outputs.map(({ name, node }) => [name, evaluate(node, known)]));
}
