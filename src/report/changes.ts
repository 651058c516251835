/** What turning the most salient filters off, and filling the most salient pixels, does to an answer, beside as many at random. */
import { chooseFilters, type ChooseFrom } from '../saliency/controls.js';
import type { Explainer } from '../saliency/explainer.js';
import { fillPixels, randomPixels, salientPixels } from '../saliency/masking.js';
import { answerOf, maskOf } from '../saliency/off.js';
import { argmax, probability } from '../saliency/prediction.js';
import { Random } from '../saliency/random.js';
import type { Changed, PixelStep, RandomChanged, Report, Spread, Step } from './data.js';

/** How many filters are turned off, and which shares of the pixels filled. */
export const OFF = [1, 2, 5, 10, 20, 30, 50] as const;
export const SHARES = [0.01, 0.02, 0.05, 0.1] as const;

/** The answer that is changed. */
export interface AnsweredPicture {
  /** Prepared, of `shape` [channels, height, width]. */
  readonly picture: Float32Array;
  readonly shape: readonly number[];
  readonly label: number;
  readonly predicted: number;
  readonly logits: Float32Array;
}

export interface ChangeOptions {
  readonly from: ChooseFrom;
  /** Living filters, most salient first. */
  readonly ranking: readonly number[];
  /** The input-space map [H*W]; without one no pixels are filled. */
  readonly map: Float32Array | null;
  /** How often as many are drawn at random, and where the draws begin. */
  readonly draws: number;
  readonly seed: number;
  /** How many filters are turned off, and which shares of the pixels are filled; by default those of a report. */
  readonly counts?: readonly number[];
  readonly shares?: readonly number[];
}

/** The answer to `picture` with the filters `off` turned off. */
interface Trial {
  readonly picture: Float32Array;
  readonly off: readonly number[];
}

/** All of it in one call to the explainer, so that one program serves and its batches are full; each list begins with no change. */
export async function measureChanges(explainer: Explainer, answered: AnsweredPicture,
  { from, ranking, map, draws, seed, counts: asked = OFF, shares: filled = SHARES }: ChangeOptions
): Promise<Pick<Report, 'rivals' | 'off' | 'masked'>> {
  const { picture, shape, label, predicted, logits } = answered;
  const filters = from.saliency.length;
  const counts = [...new Set(asked.map((n) => Math.min(n, ranking.length)))];
  const random = Array.from({ length: draws }, (_, d) => chooseFilters('random', Math.max(0, ...counts), from, new Random(seed, d)));
  const filterTrials = counts.flatMap((n) => [ranking, ...random].map((order): Trial => ({ picture, off: order.slice(0, n) })));

  const pixels = shape[1] * shape[2];
  const shares = map ? filled.map((share) => ({ share, count: Math.max(1, Math.round(share * pixels)) })) : [];
  const most = Math.max(0, ...shares.map(({ count }) => count));
  const salient = map ? salientPixels(map, most) : [];
  const scattered = Array.from({ length: draws }, (_, d) => randomPixels(most, pixels, new Random(seed, d, 1)));
  const pixelTrials = shares.flatMap(({ count }) =>
    [salient, ...scattered].map((order): Trial => ({ picture: fillPixels(picture, shape, order.slice(0, count), 'mean', null), off: [] }))
  );

  const trials = [...filterTrials, ...pixelTrials];
  const rows = await explainer.logits(trials.map((t) => t.picture), trials.map((t) => maskOf(t.off, filters)));
  // The most salient of each step come first, then its draws.
  const given = rows.filter((_, k) => k % (draws + 1) === 0).map(argmax);
  const rivals = [...new Set(given)].filter((k) => k !== label && k !== predicted);
  const changed = (row: Float32Array): Changed => ({ ...answerOf(row, label, predicted), rivals: rivals.map((k) => probability(row, k)) });
  const answers = rows.map(changed);
  const steps = [...counts, ...shares.map(({ count }) => count)].map((count, k): Step => {
    const [first, ...others] = answers.slice(k * (draws + 1), (k + 1) * (draws + 1));
    return { count, salient: first, random: spread(others, label, predicted) };
  });
  const before = changed(logits);
  const unchanged: Step = { count: 0, salient: before, random: spread([before], label, predicted) };
  return {
    rivals,
    off: [unchanged, ...steps.slice(0, counts.length)],
    masked: map && [{ ...unchanged, share: 0 }, ...shares.map(({ share }, k): PixelStep => ({ ...steps[counts.length + k], share }))],
  };
}

function spread(answers: readonly Changed[], label: number, predicted: number): RandomChanged {
  const over = (values: readonly number[]): Spread => ({ mean: values.reduce((sum, v) => sum + v, 0) / values.length,
    low: Math.min(...values), high: Math.max(...values) });
  return {
    wrong: over(answers.map((a) => a.wrong)),
    label: over(answers.map((a) => a.label)),
    rivals: answers[0].rivals.map((_, r) => over(answers.map((a) => a.rivals[r]))),
    moved: answers.filter((a) => a.predicted !== predicted).length,
    repaired: answers.filter((a) => a.predicted === label).length,
  };
}
