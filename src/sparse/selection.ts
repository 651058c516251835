/**
 * Which point of a path is taken: the paper's rule, on samples that the network was not trained on. The held samples are halved, class
 * by class; one half chooses and the other reports, then the other way round, so that no accuracy is told on samples that chose.
 */
import { shareOf } from '../saliency/binomial.js';
import type { Half, Share } from './format.js';

/** The half of each sample, 0 or 1: of each class every other one. */
export function halvesOf(labels: Int32Array): Uint8Array {
  const seen = new Map<number, number>();
  return Uint8Array.from(labels, (label) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before % 2;
  });
}

/** So many right of those samples that `among` takes, with the exact interval of 95 %. */
export function shareRight(predicted: ArrayLike<number>, labels: Int32Array, among: (k: number) => boolean = () => true): Share {
  let right = 0, of = 0;
  for (let k = 0; k < labels.length; k++) {
    if (!among(k)) continue;
    of++;
    if (predicted[k] === labels[k]) right++;
  }
  if (of === 0) return { right: 0, of: 0, low: 0, high: 1 };
  const { low, high } = shareOf(right, of);
  return { right, of, low, high };
}

/**
 * Of accuracies along a path the index of the sparsest point within `within` points (hundredths) of the best one; of equally sparse ones
 * the first, which has the greatest lambda.
 */
export function sparsestWithin(accuracies: readonly number[], nonzeros: readonly number[], within: number): number {
  const best = Math.max(...accuracies);
  let found = -1;
  accuracies.forEach((a, k) => {
    // A hundredth of a hundredth of a point: rounding of the subtraction, no sample.
    if (a >= best - within / 100 - 1e-9 && (found < 0 || nonzeros[k] < nonzeros[found])) found = k;
  });
  return found;
}

/** The rule on both halves; `predicted` are the answers of each point of the path, `network` those of the network's own layer. */
export function chooseByHalves(predicted: readonly ArrayLike<number>[], nonzeros: readonly number[], labels: Int32Array,
  network: ArrayLike<number> | null, within: number): [Half, Half] {
  const half = halvesOf(labels);
  const choose = (own: number): Half => {
    const mine = (k: number): boolean => half[k] === own, others = (k: number): boolean => half[k] !== own;
    const shares = predicted.map((answers) => shareRight(answers, labels, mine));
    const accuracies = shares.map(({ right, of }) => right / Math.max(1, of));
    const index = sparsestWithin(accuracies, nonzeros, within);
    return { index, selected: shares[index], best: shares[accuracies.indexOf(Math.max(...accuracies))],
      reported: shareRight(predicted[index], labels, others), network: network && shareRight(network, labels, others) };
  };
  return [choose(0), choose(1)];
}
