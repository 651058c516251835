/** Mistakes by what was taken for what. */
import type { Mistake } from './causes.js';

/** A number for each label and answer. */
export function pairsOf(mistakes: readonly Mistake[]): number[] {
  const pairs = new Map<string, number>();
  return mistakes.map(({ label, predicted }) => {
    const key = `${label} ${predicted}`;
    if (!pairs.has(key)) pairs.set(key, pairs.size);
    return pairs.get(key)!;
  });
}
