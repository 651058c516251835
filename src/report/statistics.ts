/** What a reader has to know of the statistics behind a ranking: that there are none, that they are few, that the picture is in them. */
import { FEW_SAMPLES, highestWithin } from '../saliency/leave-one-out.js';
import type { FilterAnswer } from './data.js';
import { plural, whole } from './numbers.js';

/** Where there are none. */
export const NOT_STANDARDIZED = 'This ranks the raw gradient, not the standardized saliency: filters that have large gradients for every '
  + 'picture stand first, often those of the first layers, whatever is wrong with this one.';

/** The statistics of a picture's scores: over how many samples, null where the file does not say, and the sample the picture is there. */
export interface Standing {
  readonly samples: number | null;
  readonly among?: { readonly run: string; readonly id: number; readonly label: number };
  readonly label: number;
  /** The highest score: above what a sample among them can have, it proves that the picture is not. */
  readonly highest: number;
}

/** Sentences on statistics of few samples, and on the picture being one of them; none where there is nothing to say. */
export function standingSentences({ samples, among, label, highest }: Standing): string[] {
  const said: string[] = [];
  const few = samples !== null && samples < FEW_SAMPLES;
  if (!(highest > 0)) said.push('No filter is above its mean: the network has hardly any gradient here, and the ranking says little.');
  if (few) {
    said.push(
      `The statistics are of ${plural(samples, 'picture')} only: with fewer than ${FEW_SAMPLES}, the most salient filters change with `
        + 'the pictures.'
    );
  }
  if (!among) {
    if (few && samples > 1 && highest <= highestWithin(samples) * (1 + 1e-6)) {
      said.push(`If this picture is one of them, no score can pass ${highestWithin(samples).toPrecision(3)}, and high ones tie there.`);
    }
    return said;
  }
  const own = `This picture is one of those the statistics are of (sample ${among.id} of ${among.run})`;
  if (among.label !== label) return [...said, `${own}, with another label there.`];
  if (samples === null || samples < 3) return [...said, `${own}.`];
  return [...said,
    `${own}: within its own ${whole(samples)}, no score can pass ${highestWithin(samples).toPrecision(3)}; "left out" is the `
    + 'score with the picture left out of the statistics, in the same order.'];
}

/** A score with the picture left out; of a filter that hardly gets any gradient from the others it has no number. */
export const leftOutText = ({ leftOut }: FilterAnswer): string =>
  leftOut === undefined ? '' : Number.isFinite(leftOut) && leftOut !== null ? leftOut.toPrecision(4) : 'beyond measure';

/** Whether any of the filters has such a score. */
export const hasLeftOut = (top: readonly FilterAnswer[]): boolean => top.some(({ leftOut }) => leftOut !== undefined);
