/**
 * The sizes of a convolution and its three forms, one bilinear family:
 *
 *   forward          out[n,k,oh,ow] = sum over c,r,s     of x[n,c,ih,iw]    * w[k,c,r,s]
 *   input gradient    dx[n,c,ih,iw] = sum over k,oh,ow   of dy[n,k,oh,ow]   * w[k,c,r,s]
 *   weight gradient    dw[k,c,r,s]  = sum over n,oh,ow   of dy[n,k,oh,ow]   * x[n,c,ih,iw]
 *
 * with ih = oh * strideH - padTop + r * dilationH and iw likewise, and c, k running inside one group.
 */

/** Sizes; C and K count all groups, pads may be negative, and those at the bottom and right follow from OH and OW. */
export interface ConvShape {
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly W: number;
  readonly K: number;
  readonly R: number;
  readonly S: number;
  readonly OH: number;
  readonly OW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly groups: number;
  /** Samples that the groups hold, where each of a batch has been made groups of its own; N is then 1. */
  readonly samples?: number;
}

/** One sample's convolution where the groups hold several; else the convolution itself. */
export function oneSample({ samples = 1, ...s }: ConvShape): ConvShape {
  return { ...s, C: s.C / samples, K: s.K / samples, groups: s.groups / samples };
}

/** '3x3', '7x7/2', '3x3 depthwise': how kernels name a convolution. */
export function describe(convolution: ConvShape): string {
  const s = oneSample(convolution);
  const stride = s.strideH === 1 && s.strideW === 1 ? '' : s.strideH === s.strideW ? `/${s.strideH}` : `/${s.strideH}x${s.strideW}`;
  return `${s.R}x${s.S}${stride}${s.groups === 1 ? '' : s.groups === s.C ? ' depthwise' : ' grouped'}`;
}

/** True where a 1x1 convolution is a matrix product on flattened positions. */
export function isPointwiseConv(s: ConvShape): boolean {
  return s.R === 1 && s.S === 1 && s.strideH === 1 && s.strideW === 1 && s.padTop === 0 && s.padLeft === 0 && s.OH === s.H && s.OW === s.W;
}
