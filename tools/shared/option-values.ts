/** Values of options that several commands take. Each function throws one sentence at what is none of its kind. */
import { InvalidArgumentError } from 'commander';

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
