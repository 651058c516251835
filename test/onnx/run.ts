/** Runs an imported graph by the reference interpreter. */
import type { Node } from '../../src/engine/graph.js';
import { importGraph, type ImportedGraph, type ImportOptions } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { evaluate } from '../../reference/evaluate.js';

/** Numbers without a pattern that symmetries could hide in. */
export const wave = (k: number): number => Math.fround(Math.sin(12.9898 * (k + 1)));

export const wavesFor = (shape: readonly number[], from = 0): Float64Array =>
  Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, k) => wave(k + from));

/** Values of nodes of the graph, for these inputs and the file's weights. */
export function values(graph: ImportedGraph, inputs: ReadonlyMap<Node, Float64Array>, nodes: readonly Node[]): Float64Array[] {
  const feeds = new Map(inputs);
  for (const w of graph.weights.values()) feeds.set(w.node, Float64Array.from(w.data));
  return evaluate(nodes, feeds);
}

/** Loads, imports and runs: the first output, for one input. */
export function runBytes(bytes: Uint8Array, options: ImportOptions,
  data?: Float64Array): { graph: ImportedGraph; shape: readonly number[]; output: Float64Array } {
  const graph = importGraph(loadModel(bytes), options);
  const [input] = graph.inputs;
  const feeds = new Map<Node, Float64Array>(input ? [[input.node, data ?? wavesFor(input.shape)]] : []);
  const [output] = values(graph, feeds, [graph.outputs[0].node]);
  return { graph, shape: graph.outputs[0].node.shape, output };
}
