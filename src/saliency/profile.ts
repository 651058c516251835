/**
 * Parameter-space saliency of convolutional filters (Levin et al., arXiv 2108.01335, section 2.1).
 *
 *   s(x, y)_k = mean over the weights i of filter k of |dL(x, y) / dw_i|                                  (eq. 1)
 *
 * with L the cross-entropy of the logits against the true label y. Each sample keeps its own gradient: the profile of a
 * batch is computed in one pass, and no weight gradient is ever written.
 */
import * as b from '../engine/layers.js';
import type { ConvUse } from '../engine/convolutions.js';
import { grad } from '../engine/grad.js';
import { size, type Node } from '../engine/graph.js';
import { gradientBack } from './lift.js';
import type { Aggregation } from '../kernels/filter-saliency.js';

export type { Aggregation };

export interface ProfileNodes {
  /** [N], the cross-entropy of each sample. */
  readonly loss: Node;
  /** [N, filters], eq. 1, layers in the order of their weights' first use. */
  readonly profile: Node;
}

export interface ProfileOptions {
  readonly aggregation?: Aggregation;
  /** Whether weight gradients are computed and kept, which takes memory, instead of fused away: for who differentiates the profile. */
  readonly keepGradients?: boolean;
}

/**
 * Builds the profile of every sample of a batch. `logits` [N,C] and `labels` [N] (class indices as float32); `uses` in
 * the order in which filters are numbered. Throws where there is no convolution, or the loss does not depend on one.
 */
export function profileNodes(logits: Node, labels: Node, uses: readonly ConvUse[],
  { aggregation = 'mean-abs', keepGradients = false }: ProfileOptions = {}): ProfileNodes {
  if (uses.length === 0) throw new Error('this network has no convolution, so it has no filters to blame');
  const loss = b.crossEntropy(logits, labels);
  const gradients = grad(b.sum(loss), uses.map((u) => u.output));
  const layers = new Map<string, { use: ConvUse; dy: Node }[]>();
  uses.forEach((use, k) => {
    const layer = layers.get(use.weight) ?? [];
    layers.set(use.weight, [...layer, { use, dy: gradients[k] }]);
  });
  const parts = [...layers.values()].map((layer) =>
    layer.length === 1 && !keepGradients && !layer[0].use.computed
      ? single(layer[0].use, layer[0].dy, aggregation)
      : explicit(layer, aggregation)
  );
  return { loss, profile: b.concat(parts, 1) };
}

function single(use: ConvUse, dy: Node, aggregation: Aggregation): Node {
  return b.filterSaliency(use.input, dy, { ...use.output.attrs, kernel: kernelOf(use), aggregation });
}

/** With the gradient itself: that of a weight used in several places is the sum over them, and only then is the absolute value taken. */
function explicit(layer: readonly { use: ConvUse; dy: Node }[], aggregation: Aggregation): Node {
  const N = layer[0].dy.shape[0];
  const total = layer.map(({ use, dy }) => weightGradPerSample(use, dy)).reduce((x, y) => b.add(x, y));
  const [NK] = total.shape;
  const { computed } = layer[0].use;
  if (computed) {
    const { from, value } = computed;
    const own = gradientBack(from, value, b.reshape(total, [N, ...value.shape]));
    const rows = b.reshape(own, [N, NK / N, size(from.shape) / (NK / N)]);
    return b.reshape(aggregation === 'mean-abs' ? b.mean(b.abs(rows), [2]) : b.abs(b.mean(rows, [2])), [N, NK / N]);
  }
  const perFilter = aggregation === 'mean-abs' ? b.mean(b.abs(total), [1, 2, 3]) : b.abs(b.mean(total, [1, 2, 3]));
  return b.reshape(perFilter, [N, NK / N]);
}

/**
 * [N*K, C/groups, R, S], every sample's weight gradient dL(x, y) / dw of eq. 1, as one convolution with N times as many
 * groups. `dy` [N,K,OH,OW] is the loss's gradient with respect to the convolution's output.
 */
export function weightGradPerSample(use: ConvUse, dy: Node): Node {
  const [N, C, H, W] = use.input.shape;
  const [, K, OH, OW] = dy.shape;
  const { groups, samples = 1 } = use.output.attrs;
  return b.convWeightGrad(b.reshape(use.input, [1, N * C, H, W]), b.reshape(dy, [1, N * K, OH, OW]), {
    ...use.output.attrs,
    groups: N * groups,
    samples: N * samples,
    kernel: kernelOf(use),
  });
}

function kernelOf({ output }: ConvUse): [number, number] {
  const [, , R, S] = output.inputs[1].shape;
  return [R, S];
}
