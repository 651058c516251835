/** Whether the parts of a map add up to what they should, and the sentence where a network keeps them from it. */
import type { Network } from '../saliency/network.js';
import { PATH_POINTS } from './path.js';
import { divisionOf, lostAt } from './questions.js';
import { Refusal } from './rules.js';

/** The share of a logit that LRP may lose or gain before it is refused, and that of its change that integrated gradients may miss. */
const LOSS = 0.05, MISSED = 0.25;
/** Changes of a logit below this share of the largest are the rounding of float32. */
const ROUNDING = 1e-5;

export const total = (map: Float32Array): number => map.reduce((n, v) => n + v, 0);
const shown = (v: number): string => v.toPrecision(3);

/** Whether LRP has kept nearly all of a logit. */
export const isKept = (map: Float32Array, logit: number): boolean => Math.abs(total(map) - logit) <= LOSS * Math.abs(logit);

/** Where it has not; `lost` is what ends at each node of `lostAt`. */
export function lossRefusal(network: Network, map: Float32Array, logit: number, lost: Float32Array): Refusal {
  const most = lost.reduce((best, v, k) => (Math.abs(v) > Math.abs(lost[best]) ? k : best), 0);
  return new Refusal(
    `LRP hands ${shown(total(map))} of the logit ${shown(logit)} back to the pixels, and loses most of the rest (${
      shown(lost[most])
    }) at ` +
      `${lostAt(network)[most]}, where a bias answers to nothing positive: its map would not say what the answer rests on; take DeepLift ` +
      'or integrated gradients'
  );
}

/** Whether integrated gradients have met what a logit changes by from an empty picture, `start`, to the picture, `end`. */
export function isMet(map: Float32Array, end: Float32Array, start: Float32Array, target: number): boolean {
  const change = end[target] - start[target];
  const rounding = ROUNDING * end.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return Math.abs(total(map) - change) <= Math.max(MISSED * Math.abs(change), rounding);
}

/** Where they have not. */
export function pathRefusal(network: Network, map: Float32Array, change: number): Refusal {
  const divides = divisionOf(network);
  return new Refusal(
    `integrated gradients find ${shown(total(map))} of the ${shown(change)} that the logit changes by on the way from an empty picture: ` +
      `it changes where none of their ${PATH_POINTS} points are${
        divides ? `, since ${divides} divides by what follows the picture` : ''
      }; ` +
      'take occlusion or LIME'
  );
}
