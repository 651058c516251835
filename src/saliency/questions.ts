/**
 * What a network can be asked about a batch of pictures: a graph for each question, planned once per batch size. Every
 * input and output has the pictures as its first dimension, and every question gives the logits as well.
 */
import * as b from '../engine/builder.js';
import { grad } from '../engine/grad.js';
import { topological, type Node } from '../engine/graph.js';
import { inputMapNodes } from './input.js';
import { filterCount, type Network, type NetworkGraph } from './network.js';
import { peakNodes } from './peaks.js';
import { profileNodes, type Aggregation } from './profile.js';

/** Inputs beside the network's own; no exporter writes names with brackets. */
export const LABELS = '[labels]', MASK = '[mask]', MEAN = '[mean]', STD = '[std]', BOOSTS = '[boost]';

export type Question =
  | 'logits'
  /** With filters turned off by MASK [N, filters], in one of the two modes. */
  | 'logits channel'
  | 'logits paper'
  /** `loss` [N] against LABELS: what a run costs that is of answers alone. */
  | 'loss'
  /** `loss` [N] and `profile` [N, filters] against LABELS. */
  | 'profile'
  /** These two with `penultimate` [N, features], what the classes are sums of. */
  | 'loss penultimate'
  | 'profile penultimate'
  /** `distance` [N] and `gradient` (of the input's shape), section 2.2. */
  | 'map'
  /** `gradient` of the loss against LABELS, or of the logit of the class LABELS, with respect to the input. */
  | 'loss gradient'
  | 'logit gradient'
  /** `value` and `place` [N, filters] of the layers with these indices (peaks.ts), commas between. */
  | `peaks ${string}`
  /** The last feature map `features` [N,C,h,w] and the `gradient` of the logit of the class LABELS with respect to it. */
  | 'features';

const PEAKS = 'peaks ';

/** What is asked about a batch of a pass over a data set, beside logits and losses. */
export interface Asked {
  /** No profiles: a forward pass. */
  readonly forwardOnly?: boolean;
  /** The penultimate features too. */
  readonly features?: boolean;
}

export const questionOf = ({ forwardOnly = false, features = false }: Asked): Question =>
  `${forwardOnly ? 'loss' : 'profile'}${features ? ' penultimate' : ''}` as Question;
/** Whether a pass over a data set asks it. */
export const ofBatch = (question: Question): boolean => /^(loss|profile)( penultimate)?$/.test(question);

export interface QuestionGraph {
  readonly outputs: Readonly<Record<string, Node>> & { readonly logits: Node };
  /** Name of the network's own input. */
  readonly image: string;
}

/** The graph that answers a question about `batch` pictures. Throws as the network's `build`, `profileNodes` and `grad` do. */
export function questionGraph(question: Question, network: Network, batch: number, aggregation: Aggregation): QuestionGraph {
  const filters = filterCount(network.layers);
  const labels = b.input(LABELS, [batch]);
  const answer = ({ input, logits }: NetworkGraph, more: Record<string, Node> = {}): QuestionGraph => ({ outputs: { logits, ...more },
    image: input.attrs.name });
  if (question === 'logits channel' || question === 'logits paper') {
    const maskMode = question === 'logits paper' ? 'paper' : 'channel';
    return answer(network.build(batch, { channelMask: b.input(MASK, [batch, filters]), maskMode }));
  }
  const graph = network.build(batch);
  const { input, logits, convs } = graph;
  switch (question) {
    case 'logits':
      return answer(graph);
    case 'loss':
      return answer(graph, { loss: b.crossEntropy(logits, labels) });
    case 'loss penultimate':
      return answer(graph, { loss: b.crossEntropy(logits, labels), penultimate: penultimateOf(graph) });
    case 'profile penultimate':
      return answer(graph, { ...profileNodes(logits, labels, convs, { aggregation }), penultimate: penultimateOf(graph) });
    case 'profile':
      return answer(graph, { ...profileNodes(logits, labels, convs, { aggregation }) });
    case 'map': {
      const perFilter = (name: string): Node => b.input(name, [batch, filters]);
      const numbers = { mean: perFilter(MEAN), std: perFilter(STD), boost: perFilter(BOOSTS) };
      const { distance, gradient } = inputMapNodes(input, logits, labels, convs, numbers, aggregation);
      return answer(graph, { distance, gradient });
    }
    case 'loss gradient':
      return answer(graph, { gradient: grad(b.sum(b.crossEntropy(logits, labels)), [input])[0] });
    case 'logit gradient':
      return answer(graph, { gradient: grad(b.sum(logitOf(logits, labels)), [input])[0] });
    case 'features': {
      const features = lastFeatureMap(graph);
      return answer(graph, { features, gradient: grad(b.sum(logitOf(logits, labels)), [features])[0] });
    }
    default:
      return answer(graph, { ...peakNodes(graph, question.slice(PEAKS.length).split(',').map(Number)) });
  }
}

function penultimateOf({ penultimate }: NetworkGraph): Node {
  if (!penultimate) throw new Error('the network does not say which features its classes are sums of');
  const node = penultimate();
  return node.op === 'reshape' || node.op === 'input' ? b.mul(node, b.constant(1)) : node;
}

/** [N,1]: each sample's logit of its class. */
const logitOf = (logits: Node, classes: Node): Node => b.sum(b.mul(logits, ofClass(logits, classes)), [1]);

/** [N, classes] like the logits: 1 at each sample's class, else 0. */
export const ofClass = ({ shape }: Node, classes: Node): Node => b.equal(b.iota(shape, 1), b.reshape(classes, [shape[0], 1]));

/**
 * The last tensor [N,C,h,w] before the logits with the extent of the last convolution's output: what its batch norm,
 * activation, shortcut or concatenation make of it, which is what Grad-CAM weighs.
 */
function lastFeatureMap({ logits, convs }: NetworkGraph): Node {
  const { output } = convs[convs.length - 1];
  const [N, , H, W] = output.shape;
  const reached = new Set<Node>();
  let last: Node = output;
  for (const node of topological([logits])) {
    if (node !== output && !node.inputs.some((i) => reached.has(i))) continue;
    reached.add(node);
    const [n, , h, w] = node.shape;
    if (node.shape.length === 4 && n === N && h === H && w === W) last = node;
  }
  return last;
}
