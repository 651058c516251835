/** The forms of a convolution that the matrix kernels compute, and the operands each binds. */
import { convForward, convInputGrad, convWeightGrad, filterSaliency } from '../src/kernels/conv.js';
import type { Lowering, Target } from '../src/kernels/kernel.js';
import type { Layer } from './shapes.js';

export const FORMS = {
  forward: { lower: (t: Target, l: Layer): Lowering => convForward(t, l.shape), operands: ['x', 'w', 'out'] },
  inputGrad: { lower: (t: Target, l: Layer): Lowering => convInputGrad(t, l.shape), operands: ['dy', 'w', 'out'] },
  weightGrad: { lower: (t: Target, l: Layer): Lowering => convWeightGrad(t, l.shape), operands: ['x', 'dy', 'out'] },
  saliency: { lower: (t: Target, l: Layer): Lowering => filterSaliency(t, l.shape, 'mean-abs'), operands: ['x', 'dy', 'out'] },
} as const;
export type Form = keyof typeof FORMS;

/** Elements of each operand of a layer's form. */
export function operandSizes(layer: Layer, form: Form): Record<string, number> {
  const { N, C, H, W, K, R, S, OH, OW, groups } = layer.shape;
  const sizes = { x: N * C * H * W, w: K * (C / groups) * R * S, dy: N * K * OH * OW };
  const out = { forward: sizes.dy, inputGrad: sizes.x, weightGrad: sizes.w, saliency: N * K }[form];
  return Object.fromEntries(FORMS[form].operands.map((name) => [name, name === 'out' ? out : sizes[name as keyof typeof sizes]]));
}
