/** Which filters the members of a group share beyond what the other mistakes let expect. */

/** A filter that is among the most salient of more members than chance gives. */
export interface SharedBeyondChance {
  readonly filter: number;
  /** Members that have it among their most salient filters, and mistakes of other groups that do. */
  readonly members: number;
  readonly others: number;
  /** Fisher's exact test, one-sided, and its value adjusted for the number of filters (Benjamini and Hochberg, 1995). */
  readonly p: number;
  readonly adjusted: number;
}

/** The share of falsely named filters that is accepted. */
export const FALSE_DISCOVERIES = 0.05;

/**
 * The filters that a group's members have among their most salient more often than the other mistakes, smallest p first, ties by index:
 * those whose adjusted p is at most FALSE_DISCOVERIES. `tops` are the most salient filters of every mistake, `group` the places of
 * the group's members among them, `filters` how many filters were compared, for the correction.
 *
 * The groups were made of the same profiles, so that p says how strongly a filter marks the group and not that the group exists.
 */
export function sharedBeyondChance(tops: readonly (readonly number[])[], group: readonly number[], filters: number): SharedBeyondChance[] {
  const inside = new Set(group);
  const counts = new Map<number, { members: number; others: number }>();
  tops.forEach((top, at) => {
    for (const filter of new Set(top)) {
      const count = counts.get(filter) ?? { members: 0, others: 0 };
      if (inside.has(at)) count.members++;
      else count.others++;
      counts.set(filter, count);
    }
  });
  const tail = hypergeometricTail(tops.length);
  const tested = [...counts].filter(([, c]) => c.members > 0)
    .map(([filter, c]) => ({ filter, ...c, p: tail(c.members, group.length, c.members + c.others) }))
    .sort((a, b) => a.p - b.p || a.filter - b.filter);
  let least = 1;
  const adjusted = tested.map(({ p }, rank) => Math.min(1, p * filters / (rank + 1)));
  for (let k = adjusted.length - 1; k >= 0; k--) adjusted[k] = least = Math.min(least, adjusted[k]);
  return tested.map((f, k) => ({ ...f, adjusted: adjusted[k] })).filter((f) => f.adjusted <= FALSE_DISCOVERIES);
}

/**
 * P(X >= x) where X of a group of n, drawn without regard to a property that K of all N have, have it: the upper tail of the
 * hypergeometric distribution.
 */
export function hypergeometricTail(N: number): (x: number, n: number, K: number) => number {
  const logs = new Float64Array(N + 1);
  for (let k = 2; k <= N; k++) logs[k] = logs[k - 1] + Math.log(k);
  const choose = (n: number, k: number): number => logs[n] - logs[k] - logs[n - k];
  return (x, n, K) => {
    let sum = 0;
    for (let k = Math.max(x, n + K - N, 0); k <= Math.min(n, K); k++) {
      sum += Math.exp(choose(K, k) + choose(N - K, n - k) - choose(N, n));
    }
    return Math.min(1, sum);
  };
}
