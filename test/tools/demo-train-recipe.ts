/** A short recipe of the demo's training, for its test and for PyTorch beside it. */
import { RECIPE, type Recipe } from '../../tools/demo/train.js';

/** A training short enough for a test; the rate starts at its full height, so that three steps already move the weights. */
export const SHORT: Recipe = { ...RECIPE, steps: 8, batch: 16, warmUp: 1 };
