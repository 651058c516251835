/** Options that are lists of known words. */
import { InvalidArgumentError } from 'commander';

/**
 * The words of a comma list, each once, in the order of `all`. Throws one sentence at the first that is not known: `what` is
 * what the words are called, `known` how the list of them begins.
 */
export function wordList<T extends string>(text: string, all: readonly T[], what: string, known = 'there are'): T[] {
  const given = new Set(text.split(','));
  const unknown = [...given].find((word) => !(all as readonly string[]).includes(word));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${what} "${unknown}"; ${known} ${all.join(', ')}.`);
  return all.filter((word) => given.has(word));
}
