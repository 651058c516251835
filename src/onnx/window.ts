/** Where windows lie: strides, dilations, and the padding that ONNX gives in numbers or by rule. */
import type { Call } from './call.js';

/** One entry per spatial dimension. */
export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly output: readonly number[];
}

/** The window of a convolution or pooling over an input with these spatial extents. */
export function readWindow(c: Call, spatial: readonly number[], kernel: readonly number[]): Window {
  const n = spatial.length;
  const given = c.ints('kernel_shape');
  if (kernel.length !== n || given?.some((v, k) => v !== kernel[k])) {
    c.fail(`kernel [${given ?? kernel}] does not fit ${n} spatial dimensions`);
  }
  const stride = list(c, 'strides', n);
  const dilation = list(c, 'dilations', n);
  const reach = kernel.map((r, k) => (r - 1) * dilation[k] + 1);
  const { before, after } = padding(c, spatial, stride, reach);
  const ceil = c.int('ceil_mode', 0) !== 0;
  const output = spatial.map((d, k) => {
    const steps = (d + before[k] + after[k] - reach[k]) / stride[k];
    let out = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that starts in the padding after the input sees nothing: it is left out.
    if (ceil && (out - 1) * stride[k] >= d + before[k]) out--;
    if (out < 1) c.fail(`the window of ${reach[k]} is larger than the padded input of ${d + before[k] + after[k]}`);
    return out;
  });
  return { kernel, stride, dilation, before, after, output };
}

/** A list attribute of 1s where absent. */
export function list(c: Call, name: string, n: number, otherwise = 1): number[] {
  const v = c.ints(name);
  if (v && v.length > 0 && v.length !== n) c.fail(`${name} [${v}] should have ${n} entries`);
  return v && v.length > 0 ? v : new Array<number>(n).fill(otherwise);
}

/** SAME keeps ceil(input / stride) windows; the odd element of padding goes after (UPPER) or before (LOWER). */
function padding(c: Call, spatial: readonly number[], stride: readonly number[],
  reach: readonly number[]): { before: number[]; after: number[] } {
  const rule = c.text('auto_pad', 'NOTSET');
  if (rule === 'VALID') return { before: spatial.map(() => 0), after: spatial.map(() => 0) };
  if (rule === 'SAME_UPPER' || rule === 'SAME_LOWER') {
    const total = spatial.map((d, k) => Math.max(0, (Math.ceil(d / stride[k]) - 1) * stride[k] + reach[k] - d));
    const less = total.map((t) => Math.floor(t / 2));
    const more = total.map((t, k) => t - less[k]);
    return rule === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less };
  }
  if (rule !== 'NOTSET' && rule !== '') c.fail(`auto_pad "${rule}" is unknown`);
  const pads = list(c, 'pads', 2 * spatial.length, 0);
  return { before: pads.slice(0, spatial.length), after: pads.slice(spatial.length) };
}
