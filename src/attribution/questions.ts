/** What attribution methods ask of a network: graphs for a batch of pictures, each with the logits as an output. */
import * as b from '../engine/builder.js';
import { type Node } from '../engine/graph.js';
import type { Outputs } from '../engine/run/backend.js';
import type { Network } from '../saliency/network.js';
import { LABELS, ofClass, questionGraph, type Question } from '../saliency/questions.js';
import { deepLift } from './deeplift.js';
import { guidedGradient } from './guided.js';
import { relevance } from './lrp.js';
import { followers, nameOf } from './rules.js';

/** DeepLift's reference picture, an input beside the network's own. */
export const REFERENCE = '[reference]';

export type AttributionQuestion =
  | Extract<Question, 'logits' | 'logit gradient' | 'features'>
  /** `map` of the logit of the class LABELS, of the input's shape; `start` [N, classes], the logits of REFERENCE. */
  | 'deeplift'
  /** `map` of the logit of the class LABELS. */
  | 'lrp'
  | 'guided-backprop'
  /** `lost` [N, nodes]: the relevance that ends at each node of `lostAt`. */
  | 'lrp lost';

/** Throws where a method has no rule for one of the network's ops. */
export function attributionGraph(question: AttributionQuestion, network: Network, batch: number): Outputs {
  switch (question) {
    case 'logits':
    case 'logit gradient':
    case 'features':
      return questionGraph(question, network, batch, 'mean-abs').outputs;
    default: {
      const graph = network.build(batch);
      const { input, logits } = graph;
      const hot = ofClass(logits, b.input(LABELS, [batch]));
      if (question === 'deeplift') return { logits, ...deepLift(graph, b.input(REFERENCE, input.shape), hot) };
      if (question === 'guided-backprop') return { logits, map: guidedGradient(graph, hot) };
      const { map, lost } = relevance(graph, hot);
      return question === 'lrp' ? { logits, map } : { logits, lost: columns(lost.map(({ amount }) => amount), batch) };
    }
  }
}

/** The nodes of 'lrp lost' as the network's file calls them. */
export function lostAt(network: Network): string[] {
  const graph = network.build(1);
  return relevance(graph, ofClass(graph.logits, b.input(LABELS, [1]))).lost.map(({ name }) => name);
}

/** What the network's file calls the first node that divides by what follows the picture, as normalizations do; null: none does. */
export function divisionOf(network: Network): string | null {
  const graph = network.build(1);
  const on = followers(graph.logits, graph.input);
  const found = [...on].filter(({ op, inputs }) => (op === 'div' && on.has(inputs[1])) || (op === 'reciprocal' && on.has(inputs[0])));
  return found.length > 0 ? nameOf(graph, found[0]) : null;
}

const columns = (values: readonly Node[], batch: number): Node => b.concat(values.map((v) => b.reshape(v, [batch, 1])), 1);
