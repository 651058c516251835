/** Mean and deviation of every filter's saliency over a held-out set (eq. 2 of the paper needs both). */
import type { Classifier } from '../../src/classifier.js';
import type { Explainer } from '../../src/saliency/explainer.js';
import { argmax } from '../../src/saliency/prediction.js';
import { samples, toInputs } from './pictures.js';

/** Pictures that neither training nor the demonstration draws from. */
const HELD_OUT = { seed: 2, count: 2000 } as const;

/** Over the profiles' rows; the deviation is unbiased (divided by N - 1). */
export function meanAndDeviation(profiles: readonly Float32Array[]): { mean: number[]; std: number[] } {
  const mean = Array.from(profiles[0], (_, k) => profiles.reduce((sum, p) => sum + p[k], 0) / profiles.length);
  const std = mean.map((m, k) => Math.sqrt(profiles.reduce((sum, p) => sum + (p[k] - m) ** 2, 0) / (profiles.length - 1)));
  return { mean, std };
}

/** The statistics file of a model, and the share of the held-out pictures it names rightly; markers as often as in training. */
export async function heldOutStatistics(explainer: Explainer, model: Classifier,
  sha256: string): Promise<{ json: string; accuracy: number }> {
  const set = samples(HELD_OUT.seed, 0, HELD_OUT.count);
  const explained = await explainer.explain(toInputs(set), set.map((s) => s.label));
  const right = explained.filter(({ logits }, k) => argmax(logits) === set[k].label).length;
  const statistics = {
    model: sha256,
    aggregation: 'mean-abs',
    samples: set.length,
    layers: model.layers.map(({ name, node, weight, filters, offset }) => ({ name, node, weight, filters, offset })),
    ...meanAndDeviation(explained.map((e) => e.profile)),
  };
  return { json: `${JSON.stringify(statistics)}\n`, accuracy: right / set.length };
}
