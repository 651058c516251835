/** How the shares of `misfire mask` are written. */
import { InvalidArgumentError } from 'commander';

/** Percentages with commas between, as shares, each once and in rising order. */
export function shares(text: string): readonly number[] {
  const given = text.split(',').map(Number);
  if (given.some((v) => !(v > 0 && v <= 100))) throw new InvalidArgumentError('It must be a list of percentages above 0, up to 100.');
  return [...new Set(given)].sort((a, b) => a - b).map((v) => v / 100);
}
