/** What the choices of filters and pixels, and the fills, are called on a page. */
import type { Choice } from '../../src/saliency/controls.js';
import type { MaskingControl } from '../../src/saliency/experiments/masking.js';
import type { TuningCurve } from '../../src/saliency/experiments/tuning-settings.js';
import type { Fill } from '../../src/saliency/masking.js';

export const CHOICE_NAMES: Readonly<Record<Choice, string>> = {
  salient: 'the most salient filters',
  random: 'any filters, at random',
  least: 'the least salient filters',
  'random-last-stage': 'filters of the last stage, at random',
  'random-per-layer': 'random filters, as many in each layer as the salient ones have there',
  gradient: 'the filters with the largest raw gradient',
};

/** In legends and the heads of tables. */
export const CURVE_NAMES: Readonly<Record<TuningCurve, string>> = {
  salient: 'most salient',
  random: 'random',
  least: 'least salient',
  'random-last-stage': 'random, last stage',
  'random-per-layer': 'random, same layers',
  gradient: 'largest raw gradient',
  all: 'whole network',
};

export const PIXEL_NAMES: Readonly<Record<'salient' | MaskingControl, string>> = {
  salient: 'most salient pixels',
  random: 'random pixels',
  shifted: 'the map moved elsewhere',
};

export const FILL_NAMES: Readonly<Record<Fill, string>> = { mean: 'the mean colour', grey: 'middle grey', blur: 'the blurred picture' };
