/** What the choices of filters are called on a page. */
import type { Choice } from '../../src/saliency/controls.js';

export const CHOICE_NAMES: Readonly<Record<Choice, string>> = {
  salient: 'the most salient filters',
  random: 'any filters, at random',
  least: 'the least salient filters',
  'random-last-stage': 'filters of the last stage, at random',
  'random-per-layer': 'random filters, as many in each layer as the salient ones have there',
  gradient: 'the filters with the largest raw gradient',
};
