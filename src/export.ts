/**
 * What the method computes of a classifier, as an ordinary ONNX model: from pictures and labels to profiles, maps or losses, in any
 * runtime, from any language.
 */
import type { Classifier } from './classifier.js';
import * as b from './engine/builder.js';
import type { Node } from './engine/graph.js';
import { BATCH, type Emitted, type Emitter } from './onnx/emit/emitter.js';
import { GraphEmission, graphOf } from './onnx/emit/emit.js';
import type { ModelGraph, Port } from './onnx/emit/graph.js';
import { FLOAT, INT64 } from './onnx/types.js';
import { BOOST, BOOSTED, inputMapNodes } from './saliency/input.js';
import { filterCount } from './saliency/network.js';
import { profileNodes, type Aggregation } from './saliency/profile.js';
import { BOOSTS, LABELS, MASK, MEAN, STD } from './saliency/questions.js';
import { isDead, type Statistics } from './saliency/standardize.js';

/**
 * 'logits': `logits` and `loss`, with filters off where the input `mask` says so, if there is to be one.
 * 'profile': `profile` (eq. 1), with `standardized` (eq. 2) where there are statistics, `loss` and `logits`.
 * 'map': `gradient`, the signed gradient of eq. 4 with respect to the picture, `distance` (eq. 3), the filters `boosted`, `logits`.
 */
export type Exported = 'logits' | 'profile' | 'map';
export const EXPORTED: readonly Exported[] = ['profile', 'map', 'logits'];

export interface ExportOptions {
  readonly what: Exported;
  /** Pictures at once; 'free': any number, decided at run time. */
  readonly batch: number | 'free';
  /** For `standardized`, and for a map. */
  readonly stats?: Statistics | null;
  readonly aggregation?: Aggregation;
  /** Filters that a map boosts: the most salient living ones of each picture; default: the paper's ten. */
  readonly top?: number;
  /** The factor of a boosted filter's standardized saliency; default: the paper's 100. */
  readonly boost?: number;
  /** For 'logits': an input `mask` of ones and zeros, which turns filters off. */
  readonly mask?: boolean;
}

/** The names of the inputs beside the picture's, which keeps its own. */
export const LABELS_INPUT = 'labels', MASK_INPUT = 'mask';

/**
 * The ONNX graph of it. Inputs: the network's own picture [batch, C, H, W], `labels` [batch] int64, and a `mask` [batch, filters]
 * where that is asked for (a free batch also takes [1, filters], for all pictures). Throws a sentence where a map has no statistics,
 * statistics are of another number of filters, or the network cannot be built for that batch.
 */
export function exportGraph(network: Classifier, options: ExportOptions): ModelGraph {
  const { what, batch, stats = null, aggregation = 'mean-abs', top = BOOSTED, boost = BOOST, mask = false } = options;
  const filters = filterCount(network.layers);
  if (what === 'map' && !stats) throw new Error('a map needs statistics to standardize the saliency with: give --stats');
  if (stats && stats.mean.length !== filters) {
    throw new Error(`the statistics are of ${stats.mean.length} filters; this model has ${filters}`);
  }
  if (network.most !== undefined && (batch === 'free' || batch > network.most)) {
    throw new Error(`${network.name} cannot be built for more than ${network.most} picture at once: --batch ${network.most}`);
  }
  if (!(top >= 1 && top <= filters)) throw new Error(`a map boosts 1 to ${filters} filters, got ${top}`);
  const N = batch === 'free' ? BATCH : batch;
  const graph = network.build(N, mask ? { channelMask: b.input(MASK, [N, filters]) } : {});
  const { input, logits, convs } = graph;
  const picture = input.attrs.name;
  const inputs: Port[] = [{ name: picture, shape: input.shape, type: FLOAT }, { name: LABELS_INPUT, shape: [N], type: INT64 }];
  const e = new GraphEmission(picture, network.weights);
  const { to } = e;
  for (const name of [picture, LABELS_INPUT, MASK_INPUT, 'logits', 'loss', 'profile', 'standardized', 'gradient', 'distance', 'boosted']) {
    to.name(name);
  }
  e.bind(picture, { name: picture, shape: input.shape });
  e.bind(LABELS, to.cast({ name: LABELS_INPUT, shape: [N] }, FLOAT));
  const labels = b.input(LABELS, [N]);
  const outputs = new Map<string, { value: Emitted; type?: number }>();
  const give = (name: string, node: Node): void => void outputs.set(name, { value: e.emit(node) });
  if (what === 'map') {
    bindStatistics(e, stats!);
    const perFilter = (name: string): Node => b.input(name, [N, filters]);
    const { distance, gradient, standardized } = inputMapNodes(input, logits, labels, convs, { mean: perFilter(MEAN), std: perFilter(STD),
      boost: perFilter(BOOSTS) }, aggregation);
    const boosted = mostSalient(to, e.emit(standardized), stats!, top);
    e.bind(BOOSTS, boostsOf(to, boosted, [N, filters], boost));
    give('gradient', gradient);
    give('distance', distance);
    give('standardized', standardized);
    outputs.set('boosted', { value: boosted, type: INT64 });
  } else if (what === 'profile') {
    const { loss, profile } = profileNodes(logits, labels, convs, { aggregation });
    give('profile', profile);
    if (stats) outputs.set('standardized', { value: standardizedOf(e, e.emit(profile), stats) });
    give('loss', loss);
  } else {
    e.bind(MASK, { name: MASK_INPUT, shape: [N, filters] });
    if (mask) inputs.push({ name: MASK_INPUT, shape: [N, filters], type: FLOAT });
    give('loss', b.crossEntropy(logits, labels));
  }
  give('logits', logits);
  return graphOf(to, `misfire ${what}`, inputs, outputs);
}

/** Means and deviations, one row for all pictures; dead filters' deviation is 1, as eq. 2's rule has it. */
function rowsOf({ to }: GraphEmission, stats: Statistics): { mean: Emitted; std: Emitted } {
  const row = (values: ArrayLike<number>, name: string): Emitted => to.floats(values, [1, values.length], to.name(name));
  return { mean: row(stats.mean, 'mean'), std: row(stats.std.map((s, k) => (isDead(stats, k) ? 1 : s)), 'deviation') };
}

function bindStatistics(e: GraphEmission, stats: Statistics): void {
  const { mean, std } = rowsOf(e, stats);
  e.bind(MEAN, mean);
  e.bind(STD, std);
}

function standardizedOf(e: GraphEmission, profile: Emitted, stats: Statistics): Emitted {
  const { mean, std } = rowsOf(e, stats);
  return e.to.map('Div', e.to.map('Sub', profile, mean), std);
}

/** [N,top], the indices of the most salient living filters. */
function mostSalient(to: Emitter, standardized: Emitted, stats: Statistics, top: number): Emitted {
  const [N, filters] = standardized.shape;
  const dead = to.floats(Array.from({ length: filters }, (_, k) => (isDead(stats, k) ? -3e38 : 0)), [1, filters]);
  const ranked = to.map('Add', standardized, dead);
  const [, indices] = to.ops('TopK', [ranked, to.ints([top])], [[N, top], [N, top]], { axis: 1, largest: 1, sorted: 1 });
  return indices;
}

/** [N,filters]: the factor where a filter is boosted, 1 elsewhere. */
function boostsOf(to: Emitter, boosted: Emitted, shape: readonly number[], factor: number): Emitted {
  const factors = to.full(to.floats([factor], [1, 1]), boosted.shape);
  return to.op('ScatterElements', [to.full(to.floats([1], [1, 1]), shape), boosted, factors], shape, { axis: 1 });
}
