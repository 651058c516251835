/** How the shard of `misfire profile` is written. */
import { InvalidArgumentError } from 'commander';
import type { Shard } from '../../src/dataset/dataset.js';

/** I and I + N are the same shard, so that I may count from 0 or from 1. */
export function shard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(count >= 1 && index <= count)) throw new InvalidArgumentError('It must be I/N, with I from 0 to N - 1 or from 1 to N.');
  return { index: index % count, count };
}
