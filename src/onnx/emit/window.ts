/** The geometry of sliding windows, and the taps of a picture as rows of a matrix. */
import type { ConvAttrs, Pair } from '../../engine/attrs.js';
import type { Shape } from '../../engine/graph.js';
import type { Emitted, Emitter } from './emitter.js';
import { padded } from './layout.js';

/** A convolution of B samples with G groups each, however the engine's node has folded samples into groups. */
export interface Groups {
  /** Samples. */
  readonly B: number;
  readonly G: number;
  /** Channels and filters of a group. */
  readonly C: number;
  readonly K: number;
  readonly H: number;
  readonly W: number;
  readonly OH: number;
  readonly OW: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pads: ConvAttrs['pads'];
}

/** Whether each sample has weights of its own. */
export const perSample = ({ samples = 1 }: ConvAttrs): boolean => samples > 1;

export function groupsOf(x: Shape, K: number, [OH, OW]: Shape, kernel: Pair, a: ConvAttrs): Groups {
  const { samples = 1, stride, dilation, pads } = a;
  const G = a.groups / samples;
  return { B: x[0] * samples, G, C: x[1] / a.groups, K: K / a.groups, H: x[2], W: x[3], OH, OW, kernel, stride, dilation, pads };
}

/** What lies under tap (r, s) of every window: x [N,C,H,W], padded already, as [N,C,OH,OW]. */
function tap(to: Emitter, x: Emitted, g: Groups, r: number, s: number): Emitted {
  return to.slice(x, [
    { axis: 2, start: r * g.dilation[0], step: g.stride[0], count: g.OH },
    { axis: 3, start: s * g.dilation[1], step: g.stride[1], count: g.OW },
  ]);
}

/** x [B,G*C,H,W] with its padding, no larger than the windows reach. */
function framed(to: Emitter, x: Emitted, g: Groups): Emitted {
  const reach = (axis: 0 | 1, out: number): number => (out - 1) * g.stride[axis] + (g.kernel[axis] - 1) * g.dilation[axis] + 1;
  const [top, left] = g.pads;
  const low = [0, 0, top, left];
  const high = [0, 0, reach(0, g.OH) - g.H - top, reach(1, g.OW) - g.W - left];
  return padded(to, x, low, high, [0, 0, 0, 0], 0);
}

/** What lies under each row of the kernel, all columns of x [B,G*C,H,any]: R tensors [B,G*C,OH,any]. */
export function rows(to: Emitter, x: Emitted, g: Groups): Emitted[] {
  const [top] = g.pads;
  const bottom = (g.OH - 1) * g.stride[0] + (g.kernel[0] - 1) * g.dilation[0] + 1 - g.H - top;
  const frame = padded(to, x, [0, 0, top, 0], [0, 0, bottom, 0], [0, 0, 0, 0], 0);
  return Array.from({ length: g.kernel[0] },
    (_, r) => to.slice(frame, [{ axis: 2, start: r * g.dilation[0], step: g.stride[0], count: g.OH }]));
}

/** Every tap of x, one after another: T tensors [B,G*C,OH,OW]. */
export function taps(to: Emitter, x: Emitted, g: Groups): Emitted[] {
  const [R, S] = g.kernel;
  const whole = to.reshape(x, [g.B, g.G * g.C, g.H, g.W]);
  const frame = framed(to, whole, g);
  return Array.from({ length: R * S }, (_, t) => tap(to, frame, g, Math.floor(t / S), t % S));
}

/** [B,G,T*C,OH*OW]: what every window sees, tap after tap and channel after channel. */
export function columns(to: Emitter, x: Emitted, g: Groups): Emitted {
  const parts = taps(to, x, g).map((t) => to.reshape(t, [g.B, g.G, g.C, g.OH * g.OW]));
  if (parts.length === 1) return parts[0];
  return to.op('Concat', parts, [g.B, g.G, parts.length * g.C, g.OH * g.OW], { axis: 2 });
}

/** The transpose of `columns`: [B,G,T*C,OH*OW] back to [B,G*C,H,W], overlaps added. */
export function scattered(to: Emitter, columns: Emitted, g: Groups): Emitted {
  const values = to.reshape(columns, [g.B, g.G, g.kernel[0] * g.kernel[1] * g.C, g.OH * g.OW]);
  const [R, S] = g.kernel;
  const [top, left] = g.pads;
  const placed = Array.from({ length: R * S }, (_, t) => {
    const part = to.slice(values, [{ axis: 2, start: t * g.C, step: 1, count: g.C }]);
    const picture = to.reshape(part, [g.B, g.G * g.C, g.OH, g.OW]);
    const from = [Math.floor(t / S) * g.dilation[0] - top, (t % S) * g.dilation[1] - left];
    const rest = [g.H - from[0] - ((g.OH - 1) * g.stride[0] + 1), g.W - from[1] - ((g.OW - 1) * g.stride[1] + 1)];
    return padded(to, picture, [0, 0, ...from], [0, 0, ...rest], [0, 0, g.stride[0] - 1, g.stride[1] - 1], 0);
  });
  return placed.reduce((a, b) => to.map('Add', a, b));
}
