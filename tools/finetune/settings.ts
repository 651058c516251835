/** What `misfire finetune` measures of what its options ask for. */
import { livingCount } from '../../src/saliency/experiments/filters.js';
import { sweptCount, type TuningCurve, type TuningSettings } from '../../src/saliency/experiments/tuning-settings.js';
import { filterCount } from '../../src/saliency/network.js';
import { notice } from '../shared/terminal.js';
import type { Experiment } from '../experiment/open.js';
import { resolveCounts, type Counts } from './options.js';

/** The options that say what is measured. */
export interface TuningOptions {
  readonly counts: Counts;
  readonly curves: readonly TuningCurve[];
  readonly step: readonly number[];
  readonly sweep: readonly TuningCurve[];
  readonly sweepAt?: number;
  readonly neighbors: number;
  readonly subset: number;
  readonly check: number;
  readonly seed: number;
  readonly quiet?: boolean;
}

/** Without counts that the network has no filters for, which a notice names. Throws one sentence where nothing is left to measure. */
export function settingsOf({ network, stats }: Experiment, options: TuningOptions): TuningSettings {
  const { counts, step, sweep, sweepAt, neighbors, subset, check, seed, quiet } = options;
  const filters = filterCount(network.layers);
  const living = livingCount(stats);
  const all = resolveCounts(counts, filters);
  const numbers = all.filter((k) => k <= living);
  const dropped = all.filter((k) => k > living);
  if (dropped.length > 0 && !quiet) {
    notice(`the network has only ${living} living filters, so ${dropped.join(', ')} ${dropped.length === 1 ? 'is' : 'are'} left out.`);
  }
  const curves = options.curves.filter((c) => (c === 'all' ? counts.all : numbers.length > 0));
  if (curves.length === 0) throw new Error(`--counts and --curves leave nothing to measure; the network has ${living} living filters`);
  if (sweepAt !== undefined && !numbers.includes(sweepAt)) {
    throw new Error(`--sweep-at ${sweepAt} is none of the numbers of filters measured, ${numbers.join(', ')}`);
  }
  return {
    curves,
    counts: numbers,
    steps: step,
    sweep: curves.filter((c) => sweep.includes(c)),
    sweepAt: sweepAt ?? (numbers.length > 0 ? sweptCount(numbers) : filters),
    neighbors,
    subset,
    check,
    seed,
  };
}
