/** Questions to a network, answered in float64 by the reference interpreter. */
import type { Node } from '../src/engine/graph.js';
import { topological } from '../src/engine/graph.js';
import type { Outputs } from '../src/engine/run/backend.js';
import type { Network } from '../src/saliency/network.js';
import { questionGraph, type Question } from '../src/saliency/questions.js';
import { evaluate } from './evaluate.js';

/** Every output of the question for one picture; `more` gives the inputs beside the picture by name. */
export function evaluateQuestion(question: Question, network: Network, picture: Float32Array,
  more: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float64Array> {
  const { outputs, image } = questionGraph(question, network, 1, 'mean-abs');
  return evaluateOutputs(outputs, network, { ...more, [image]: picture });
}

/** Every output of a graph of the network's weights; `values` gives its data inputs by name. */
export function evaluateOutputs(outputs: Outputs, network: Network,
  values: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float64Array> {
  const names = Object.keys(outputs);
  const feeds = new Map<Node, Float64Array>();
  for (const node of topological(Object.values(outputs))) {
    if (node.op !== 'input') continue;
    const { name, role } = (node as Node<'input'>).attrs;
    feeds.set(node, Float64Array.from(role === 'weight' ? network.weights.get(name)! : values[name]));
  }
  const found = evaluate(Object.values(outputs), feeds);
  return Object.fromEntries(names.map((name, k) => [name, Float64Array.from(found[k])]));
}
