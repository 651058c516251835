/** Which schedule sums a correlation (correlation.ts). */
import type { ConvShape } from './conv-shape.js';
import type { Correlation } from './correlation.js';
import { depthwiseCorrelation, isDepthwise } from './correlation-depthwise.js';
import { registerCorrelation } from './correlation-register.js';
import { tileCorrelation } from './correlation-tile.js';
import type { KernelWriter, Target } from './kernel.js';
import { NARROW } from './product-kernel.js';

/** The text of the sums in the schedule that suits the adapter and the group's filters. */
export function correlation(w: KernelWriter, target: Target, s: ConvShape): Correlation {
  if (isDepthwise(s)) return depthwiseCorrelation(w, target, s);
  return target.schedule === 'tile' && s.K / s.groups > NARROW ? tileCorrelation(w, s) : registerCorrelation(w, target, s);
}
