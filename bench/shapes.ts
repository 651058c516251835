/** The convolutions of ResNet-50 at 224 x 224 that differ in shape, with how often each occurs; together all 53. */
import type { ConvShape } from '../src/kernels/conv.js';

type Row = readonly [name: string, count: number, C: number, K: number, H: number, kernel: number, stride: number];

const ROWS: readonly Row[] = [
  ['stem 7x7/2', 1, 3, 64, 224, 7, 2],
  ['stage 1 reduce first', 1, 64, 64, 56, 1, 1],
  ['stage 1 3x3', 3, 64, 64, 56, 3, 1],
  ['stage 1 expand', 4, 64, 256, 56, 1, 1],
  ['stage 1 reduce', 2, 256, 64, 56, 1, 1],
  ['stage 2 reduce first', 1, 256, 128, 56, 1, 1],
  ['stage 2 3x3/2', 1, 128, 128, 56, 3, 2],
  ['stage 2 downsample 1x1/2', 1, 256, 512, 56, 1, 2],
  ['stage 2 expand', 4, 128, 512, 28, 1, 1],
  ['stage 2 reduce', 3, 512, 128, 28, 1, 1],
  ['stage 2 3x3', 3, 128, 128, 28, 3, 1],
  ['stage 3 reduce first', 1, 512, 256, 28, 1, 1],
  ['stage 3 3x3/2', 1, 256, 256, 28, 3, 2],
  ['stage 3 downsample 1x1/2', 1, 512, 1024, 28, 1, 2],
  ['stage 3 expand', 6, 256, 1024, 14, 1, 1],
  ['stage 3 reduce', 5, 1024, 256, 14, 1, 1],
  ['stage 3 3x3', 5, 256, 256, 14, 3, 1],
  ['stage 4 reduce first', 1, 1024, 512, 14, 1, 1],
  ['stage 4 3x3/2', 1, 512, 512, 14, 3, 2],
  ['stage 4 downsample 1x1/2', 1, 1024, 2048, 14, 1, 2],
  ['stage 4 expand', 3, 512, 2048, 7, 1, 1],
  ['stage 4 reduce', 2, 2048, 512, 7, 1, 1],
  ['stage 4 3x3', 2, 512, 512, 7, 3, 1],
];

export interface Layer {
  readonly name: string;
  readonly count: number;
  readonly shape: ConvShape;
  readonly multiplyAdds: number;
}

export function resnet50(N: number): Layer[] {
  return ROWS.map(([name, count, C, K, H, R, stride]) => {
    const pad = (R - 1) / 2;
    const OH = Math.floor((H + 2 * pad - R) / stride) + 1;
    const shape: ConvShape = {
      N,
      C,
      K,
      H,
      W: H,
      R,
      S: R,
      OH,
      OW: OH,
      strideH: stride,
      strideW: stride,
      padTop: pad,
      padLeft: pad,
      dilationH: 1,
      dilationW: 1,
      groups: 1,
    };
    return { name, count, shape, multiplyAdds: N * K * C * R * R * OH * OH };
  });
}
