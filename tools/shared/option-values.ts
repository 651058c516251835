/** Values of options that several commands take. Each function throws one sentence at what is none of its kind. */
import { InvalidArgumentError } from 'commander';
import type { Shard } from '../../src/dataset/dataset.js';
import type { ProgressForm } from './progress.js';

/** Something that is counted. */
export function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  }
  return value;
}

/** A whole number from 0. */
export function natural(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 0xffffffff) throw new InvalidArgumentError('It must be a whole number from 0 to 4294967295.');
  return value;
}

/** For a number above 0. */
export function positiveNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** A comma list of whole numbers from 0, each once, in rising order. */
export function naturals(text: string): number[] {
  return [...new Set(text.split(',').map(natural))].sort((a, b) => a - b);
}

/**
 * Reads a comma list of words of `all`, each once, in the order of `all`. `what` is what the words are called, `known` how
 * the list of them begins.
 */
export const wordsOf = <T extends string>(all: readonly T[], what: string, known = 'there are') => (text: string): T[] => {
  const given = new Set(text.split(','));
  const unknown = [...given].find((word) => !(all as readonly string[]).includes(word));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${what} "${unknown}"; ${known} ${all.join(', ')}.`);
  return all.filter((word) => given.has(word));
};

/** I and I + N are the same shard, so that I may count from 0 or from 1. */
export function shard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(count >= 1 && index <= count)) throw new InvalidArgumentError('It must be I/N, with I from 0 to N - 1 or from 1 to N.');
  return { index: index % count, count };
}

/** For --progress. */
export function progressForm(text: string): ProgressForm {
  if (text !== 'json' && text !== 'lines') throw new InvalidArgumentError('It must be lines or json.');
  return text;
}
