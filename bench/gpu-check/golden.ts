/** ResNet-20 on a device against float64 numbers from PyTorch, with the tolerances of the project's tests of the same numbers. */
import { changedValues, compareDirections, profileErrors, quantile } from '../../reference/errors.js';
import { goldenStatistics, type Golden, type OffRow } from '../../reference/golden.js';
import { TOLERANCE } from '../../reference/tolerances.js';
import type { Explainer, Explanation, InputMap } from '../../src/saliency/explainer.js';
import { maskOf } from '../../src/saliency/off.js';
import { rankFilters, standardize, type Statistics } from '../../src/saliency/standardize.js';
import type { Check } from './form.js';
import { judge } from './verdict.js';

/** What a device answers to all that the golden numbers ask. */
export interface Answers {
  readonly explained: readonly Explanation[];
  readonly again: readonly Explanation[];
  /** One picture at a time. */
  readonly alone: readonly Explanation[];
  readonly maps: readonly InputMap[];
  /** Logits with filters turned off, in the order of prune.json. */
  readonly off: readonly Float32Array[];
}

const topTen = (profile: Float32Array, stats: Statistics): number[] => rankFilters(standardize(profile, stats), stats).slice(0, 10);

/** Asks an explainer of batches and one of single pictures. */
export async function askAll(g: Golden, batched: Explainer, single: Explainer): Promise<Answers> {
  const { inputs, meta: { labels, inputSaliency } } = g;
  const stats = goldenStatistics(g);
  const explained = await batched.explain(inputs, labels);
  const again = await batched.explain(inputs, labels);
  const alone = await single.explain(inputs, labels);
  const samples = inputSaliency.map((m) => m.sample);
  const boosted = samples.map((s) => topTen(explained[s].profile, stats));
  const maps = await batched.inputMaps(samples.map((s) => inputs[s]), samples.map((s) => labels[s]), boosted, stats);
  const rows = g.json<OffRow[]>('prune.json');
  const standardized = g.rows('standardized');
  const off: Float32Array[] = [];
  for (const mode of ['channel', 'paper'] as const) {
    const at = rows.flatMap((row, k) => (row.mode === mode ? [k] : []));
    const masks = at.map((k) => maskOf(rankFilters(standardized[rows[k].sample], stats).slice(0, rows[k].k), stats.mean.length));
    const logits = await batched.logits(at.map((k) => inputs[rows[k].sample]), masks, mode);
    at.forEach((k, n) => {
      off[k] = logits[n];
    });
  }
  return { explained, again, alone, maps, off };
}

const largest = (values: readonly number[]): number => values.reduce((m, v) => (v > m || Number.isNaN(v) ? v : m), -Infinity);
const differences = (got: ArrayLike<number>, want: ArrayLike<number>): number[] =>
  got.length === want.length ? Array.from(want, (v, k) => Math.abs(got[k] - v)) : [NaN];
const largestRelative = (got: ArrayLike<number>, want: ArrayLike<number>): number =>
  largest(Array.from(want, (v, k) => (got[k] === v ? 0 : Math.abs(got[k] - v) / Math.abs(v))));

/** Each comparison as a check; a value that is not finite, or nothing to compare, has failed. */
export function compareGolden(g: Golden, { explained, again, alone, maps, off }: Answers): Check[] {
  const { labels, loss, layers, top10, inputSaliency } = g.meta;
  const stats = goldenStatistics(g);
  const rows = g.json<OffRow[]>('prune.json');
  const [logits, profiles] = [g.rows('logits'), g.rows('profile')];
  const complete = [explained, again, alone].every((all) => all.length === labels.length) && maps.length === inputSaliency.length &&
    off.length === rows.length;
  const errors = explained.flatMap((e, k) => profileErrors(e.profile, profiles[k], layers).relative);
  const wrongTop = explained.filter((e, k) => topTen(e.profile, stats).join() !== top10[k].join()).length;
  const directions = maps.map(({ gradient }, k) =>
    compareDirections(gradient, g.rows(`input_grad_${inputSaliency[k].sample}`).flatMap((row) => [...row]))
  );
  const check = (what: string, value: number, allowed: number): Check => judge(`golden: ${what}`, value, allowed);
  return [
    check('answers that are missing', complete ? 0 : 1, 0),
    check('logits, largest difference', largest(explained.flatMap((e, k) => differences(e.logits, logits[k]))), TOLERANCE.logits),
    check('loss, largest relative error', largestRelative(explained.map((e) => e.loss), loss), TOLERANCE.pictureLoss),
    check('profile, median relative error', errors.length > 0 ? quantile(errors, 0.5) : NaN, TOLERANCE.profileMedian),
    check('profile, largest relative error', largest(errors), TOLERANCE.profileLargest),
    check('pictures whose ten most salient filters differ', wrongTop, 0),
    check('values of profiles that a rerun changes',
      explained.reduce((n, e, k) => n + changedValues(e.profile, again[k]?.profile ?? new Float32Array()), 0), 0),
    check('profile alone against in a batch, largest relative difference',
      largest(alone.map((e, k) => largestRelative(explained[k].profile, e.profile))), TOLERANCE.batchInvariance),
    check('input map, 1 - cosine similarity', largest(directions.map((d) => d.off)), TOLERANCE.mapCosine),
    check('input map, relative error of its length', largest(directions.map((d) => Math.abs(d.length - 1))), TOLERANCE.mapLength),
    check('input map, relative error of the distance',
      largest(maps.map(({ distance }, k) => Math.abs(distance / inputSaliency[k].cosineDistance - 1))), TOLERANCE.mapDistance),
    check('logits with filters turned off, largest difference', largest(off.flatMap((got, k) => differences(got, rows[k].logits))),
      TOLERANCE.logitsOff),
  ];
}
