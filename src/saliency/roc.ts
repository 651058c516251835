/** How well a map finds known pixels. */

/**
 * Area under the ROC curve of `scores` as a detector of the elements where `inside` is 1: the chance that a random one
 * of them has a higher score than a random other, ties counting half (the Mann-Whitney statistic over the number of
 * pairs). Throws where one of the two kinds is missing.
 */
export function rocArea(scores: ArrayLike<number>, inside: ArrayLike<number>): number {
  const order = Array.from(scores, (_, k) => k).sort((a, b) => scores[a] - scores[b]);
  let ranks = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    for (let k = start; k < end; k++) {
      if (!inside[order[k]]) continue;
      positives++;
      ranks += (start + 1 + end) / 2;
    }
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new Error(`a ROC curve needs elements inside and outside; of ${order.length}, ${positives} are inside`);
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}
