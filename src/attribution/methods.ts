/** The ten methods by name: where each comes from, what it says in a sentence, and how its map becomes one number a pixel. */
import { pixelMap } from '../saliency/input.js';

export interface Method {
  readonly name: string;
  /** As figures call it. */
  readonly title: string;
  /** Who wrote of it, and where. */
  readonly source: string;
  /** What its map shows, for someone who has not met it. */
  readonly says: string;
  /** How a map [3,H,W] is read pixel by pixel: max_c |a|, |sum_c a|, sum_c a, or the one value that all channels have. */
  readonly score: 'largest' | 'absolute sum' | 'sum' | 'value';
}

/** In the order in which maps of all are stacked. */
export const METHODS = [
  { name: 'saliency', title: 'gradient', source: 'Simonyan et al., arXiv 1312.6034', score: 'largest',
    says: 'how fast the logit changes with each pixel' },
  { name: 'input-x-gradient', title: 'input x gradient', source: 'Shrikumar et al., arXiv 1605.01713', score: 'absolute sum',
    says: 'the change with each pixel, times what the pixel is' },
  { name: 'deeplift', title: 'DeepLift', source: 'Shrikumar et al., arXiv 1704.02685, rescale rule', score: 'absolute sum',
    says: 'how much of the difference to the answer for an empty picture each pixel makes' },
  { name: 'lrp', title: 'LRP', source: 'Bach et al. 2015, alpha 1 beta 0 and z^B as in Nam et al., arXiv 1904.00605', score: 'sum',
    says: 'the logit handed back, layer by layer, to the pixels that it was computed from' },
  { name: 'guided-backprop', title: 'guided backpropagation', source: 'Springenberg et al., arXiv 1412.6806', score: 'largest',
    says: 'the gradient, of which each ReLU hands back only what speaks for the class' },
  { name: 'guided-gradcam', title: 'guided Grad-CAM', source: 'Selvaraju et al., arXiv 1610.02391', score: 'largest',
    says: 'guided backpropagation where the last feature map speaks for the class' },
  { name: 'lime', title: 'LIME', source: 'Ribeiro et al., arXiv 1602.04938, on squares', score: 'value',
    says: 'what each square adds to the logit, by a linear fit to pictures with squares hidden at random' },
  { name: 'occlusion', title: 'occlusion', source: 'Zeiler and Fergus, arXiv 1311.2901', score: 'value',
    says: 'how far the logit falls where a window over the pixel is hidden' },
  { name: 'integrated-gradients', title: 'integrated gradients', source: 'Sundararajan et al., arXiv 1703.01365', score: 'absolute sum',
    says: 'the change with each pixel along the way from an empty picture, times what the pixel is' },
  { name: 'gradient-shap', title: 'GradientSHAP', source: 'Lundberg and Lee, arXiv 1705.07874', score: 'absolute sum',
    says: 'the same along random ways from other pictures to noisy copies of this one' },
] as const satisfies readonly Method[];

export type MethodName = (typeof METHODS)[number]['name'];

/** The method of a name. Throws a sentence with all names where there is none. */
export function methodOf(name: string): (typeof METHODS)[number] {
  const found = METHODS.find((m) => m.name === name);
  if (!found) throw new Error(`there is no attribution method "${name}"; there are ${METHODS.map((m) => m.name).join(', ')}`);
  return found;
}

/** One number a pixel, [H*W], of a method's map [C,H,W], as the method is read: LRP, LIME and occlusion keep their sign. */
export function pixelScore(method: MethodName, map: Float32Array, shape: readonly number[]): Float32Array {
  const { score } = methodOf(method);
  const [channels, height, width] = shape;
  const pixels = height * width;
  if (map.length !== channels * pixels) throw new Error(`a map of shape [${shape}] has ${channels * pixels} values, got ${map.length}`);
  if (score === 'largest') return pixelMap(map, shape);
  if (score === 'value') return map.slice(0, pixels);
  return Float32Array.from({ length: pixels }, (_, k) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += map[c * pixels + k];
    return score === 'sum' ? sum : Math.abs(sum);
  });
}
