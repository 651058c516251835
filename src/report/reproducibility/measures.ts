/** Measures of irreproducibility as people read them. */
import type { Measures } from '../../reproducibility/measures.js';
import { percent, whole } from '../numbers.js';
import { table } from '../text-table.js';

/** In the order in which they are told: differences, and what they are worth, first. */
export const MEASURE_WORDS: { readonly [K in keyof Measures]-?: string } = {
  pd_abs: 'prediction difference: mean |p - p| over pairs of models and points',
  pd_sym: 'symmetric relative prediction difference, 0 to 2',
  pd_rel: 'relative prediction difference of all models from their mean',
  pd_logit: 'difference of the logits',
  sd: 'deviation over models',
  sd_rel: 'the same over the mean prediction',
  churn: 'share of pairs and points with another answer',
  hamming: 'points with another answer, a pair',
  agreement: '1 less churn',
  unanimous: 'points where all models give one answer',
  constant: 'models that have become constants',
  pd_abs_live: 'prediction difference over pairs of the others',
  error: 'wrong answers',
  mistakes_shared: 'mistakes of either of a pair that are of both',
  error_kappa: "Cohen's kappa of wrong and right",
  excess_loss: 'loss above what the truth leaves: a constant is reproducible too',
};

/** Shares, told in percent. */
const SHARES: readonly (keyof Measures)[] = ['churn', 'agreement', 'unanimous', 'error', 'mistakes_shared'];

/** Four digits that count; what is not finite says so. */
export function measureText(name: keyof Measures, value: number): string {
  if (!Number.isFinite(value)) return 'not a number';
  if (name === 'constant') return whole(value);
  if (SHARES.includes(name)) return percent(value, 2);
  return value === 0 ? '0' : value.toPrecision(4);
}

/** A line for each measure: its name, its value, what it says. */
export function measuresTable(measures: Measures): string[] {
  const names = (Object.keys(MEASURE_WORDS) as (keyof Measures)[]).filter((name) => measures[name] !== undefined);
  return table(names.map((name) => [name, measureText(name, measures[name]!), MEASURE_WORDS[name]]), [1], '  ');
}
