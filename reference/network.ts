/** Questions to a network, answered in float64 by the reference interpreter. */
import type { Node } from '../src/engine/graph.js';
import { topological } from '../src/engine/graph.js';
import type { Network } from '../src/saliency/network.js';
import { questionGraph, type Question } from '../src/saliency/questions.js';
import { evaluate } from './evaluate.js';

/** Every output of the question for one picture; `more` gives the inputs beside the picture by name. */
export function evaluateQuestion(question: Question, network: Network, picture: Float32Array,
  more: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float64Array> {
  const { outputs, image } = questionGraph(question, network, 1, 'mean-abs');
  const names = Object.keys(outputs);
  const feeds = new Map<Node, Float64Array>();
  for (const node of topological(Object.values(outputs))) {
    if (node.op !== 'input') continue;
    const { name, role } = (node as Node<'input'>).attrs;
    feeds.set(node, Float64Array.from(role === 'weight' ? network.weights.get(name)! : name === image ? picture : more[name]));
  }
  const values = evaluate(Object.values(outputs), feeds);
  return Object.fromEntries(names.map((name, k) => [name, Float64Array.from(values[k])]));
}
