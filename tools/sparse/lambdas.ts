/** The lambdas that --lambdas and --epsilon ask for. */
import { lambdaGrid } from '../../src/sparse/path.js';
import { UsageError } from '../shared/usage.js';

/**
 * A whole number of at least 1: so many from lambda_max down to epsilon times it, equally spaced in their logarithms; else the values
 * given, greatest first. Throws one sentence where a value is 0: there is nothing to certify then, and mostly no minimiser.
 */
export function lambdasOf({ lambdas, epsilon }: { readonly lambdas: string; readonly epsilon: number }, lambdaMax: number): number[] {
  if (/^[1-9]\d*$/.test(lambdas.trim())) return lambdaGrid(lambdaMax, Number(lambdas), epsilon);
  const values = lambdas.split(',').map(Number);
  const bad = values.findIndex((v) => !Number.isFinite(v) || v < 0);
  if (bad >= 0) throw new UsageError(`--lambdas takes how many, or values above 0 with commas between, got "${lambdas.split(',')[bad]}"`);
  if (values.includes(0)) {
    throw new UsageError('lambda 0 has no minimiser where some layer names every training row rightly (always so with fewer '
      + "rows than features), and no certificate elsewhere; ask for a small lambda, or read the network's own layer as the dense one");
  }
  return values.sort((a, b) => b - a);
}
