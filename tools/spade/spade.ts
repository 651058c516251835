/** `misfire spade` at work. */
import { UsageError } from '../shared/usage.js';
import { spadeCase } from './case.js';
import type { SpadeOptions } from './options.js';

export async function spade(images: readonly string[], options: SpadeOptions): Promise<void> {
  if (options.out === undefined) throw new UsageError("required option '--out <folder>' not specified");
  if (options.case !== undefined) return spadeCase(options.case, options);
  console.log(images);
}
