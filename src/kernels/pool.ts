/**
 * Windows over the last two dimensions of `planes` pictures. Tap t = r*S + s of window (oh, ow) reads
 *   (ih, iw) = (oh*strideH - padTop + r*dilationH, ow*strideW - padLeft + s*dilationW).
 * Forward kernels run over windows; transposed ones run over pictures' elements and look for the windows that contain
 * theirs, in order, so that nothing is added atomically. One invocation per element of the result.
 */
import { nanTest } from './functions.js';
import type { Lowering, Target } from './kernel.js';
import { perElement } from './layout.js';
import type { Pointwise } from './pointwise.js';
import { KernelWriter } from './writer.js';

export interface PoolShape {
  /** N*C. */
  readonly planes: number;
  readonly H: number;
  readonly W: number;
  readonly OH: number;
  readonly OW: number;
  readonly R: number;
  readonly S: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Declares the sizes that all five share: kernel geometry in the text, extents as parameters. */
function begin(target: Target, name: string, s: PoolShape): { writer: KernelWriter; H: string; W: string; OH: string; OW: string } {
  const writer = new KernelWriter(target, `${name} ${s.R}x${s.S}/${s.strideH}`);
  writer.takes(4 * Math.max(windows(s), pictures(s)) * s.R * s.S);
  const param = (n: string, v: number): string => `i32(${writer.param(n, v)})`;
  return { writer, H: param('H', s.H), W: param('W', s.W), OH: param('OH', s.OH), OW: param('OW', s.OW) };
}

/** Loops over the taps of window i; `visit` sees `t` (tap) and `at` (index in the plane's picture). */
function overTaps(s: PoolShape, e: { H: string; W: string; OH: string; OW: string }, visit: string): string {
  return `
  let ow = i32(i) % ${e.OW}; let oh = (i32(i) / ${e.OW}) % ${e.OH}; let plane = i32(i) / (${e.OW} * ${e.OH});
  for (var r = 0; r < ${s.R}; r = r + 1) {
    let ih = oh * ${s.strideH} - ${s.padTop} + r * ${s.dilationH};
    if (ih < 0 || ih >= ${e.H}) { continue; }
    for (var q = 0; q < ${s.S}; q = q + 1) {
      let iw = ow * ${s.strideW} - ${s.padLeft} + q * ${s.dilationW};
      if (iw < 0 || iw >= ${e.W}) { continue; }
      let t = r * ${s.S} + q;
      let at = u32((plane * ${e.H} + ih) * ${e.W} + iw);
      ${visit}
    }
  }`;
}

/** Loops over the windows that contain picture element i; `visit` sees `t` (the tap that hits) and `at` (window's index). */
function overWindows(s: PoolShape, e: { H: string; W: string; OH: string; OW: string }, visit: string): string {
  return `
  let iw = i32(i) % ${e.W}; let ih = (i32(i) / ${e.W}) % ${e.H}; let plane = i32(i) / (${e.W} * ${e.H});
  for (var r = 0; r < ${s.R}; r = r + 1) {
    let y = ih + ${s.padTop} - r * ${s.dilationH};
    if (y < 0 || y % ${s.strideH} != 0 || y / ${s.strideH} >= ${e.OH}) { continue; }
    for (var q = 0; q < ${s.S}; q = q + 1) {
      let x = iw + ${s.padLeft} - q * ${s.dilationW};
      if (x < 0 || x % ${s.strideW} != 0 || x / ${s.strideW} >= ${e.OW}) { continue; }
      let t = r * ${s.S} + q;
      let at = u32((plane * ${e.OH} + y / ${s.strideH}) * ${e.OW} + x / ${s.strideW});
      ${visit}
    }
  }`;
}

const pictures = (s: PoolShape): number => s.planes * s.H * s.W;
const windows = (s: PoolShape): number => s.planes * s.OH * s.OW;

/** Which tap of each window is largest, the first of equals; NaN wins, as in PyTorch. Operands 'x', 'out'. */
export function maxPoolTapKernel(target: Target, s: PoolShape, finish?: Pointwise): Lowering {
  const e = begin(target, 'maximum tap', s);
  const x = e.writer.read('x', pictures(s));
  return perElement(e.writer, windows(s), `
  var best = 0.0; var found = false;
  ${
    overTaps(s, e,
      `let c = ${x.at('at')}; if (!found || ${nanTest('c')} || (c > best && !(${
        nanTest('best')
      }))) { best = c; v = f32(t); found = true; }`)
  }`, finish);
}

/** out[window] = x at the window's tap. Operands 'x', 'tap', 'out'. */
export function poolGatherKernel(target: Target, s: PoolShape, finish?: Pointwise): Lowering {
  const e = begin(target, 'pool gather', s);
  const x = e.writer.read('x', pictures(s));
  const tap = e.writer.read('tap', windows(s));
  return perElement(e.writer, windows(s), `
  let ow = i32(i) % ${e.OW}; let oh = (i32(i) / ${e.OW}) % ${e.OH}; let plane = i32(i) / (${e.OW} * ${e.OH});
  let t = i32(${tap.at('i')});
  let ih = oh * ${s.strideH} - ${s.padTop} + (t / ${s.S}) * ${s.dilationH};
  let iw = ow * ${s.strideW} - ${s.padLeft} + (t % ${s.S}) * ${s.dilationW};
  if (ih >= 0 && ih < ${e.H} && iw >= 0 && iw < ${e.W}) { v = ${x.at(`u32((plane * ${e.H} + ih) * ${e.W} + iw)`)}; }`, finish);
}

/** The transpose of the gather: out[element] = sum of dy over the windows whose tap it is. Operands 'dy', 'tap', 'out'. */
export function poolScatterKernel(target: Target, s: PoolShape, finish?: Pointwise): Lowering {
  const e = begin(target, 'pool scatter', s);
  const dy = e.writer.read('dy', windows(s));
  const tap = e.writer.read('tap', windows(s));
  return perElement(e.writer, pictures(s), overWindows(s, e, `if (i32(${tap.at('at')}) == t) { v = v + ${dy.at('at')}; }`), finish);
}

/** Sum of each window. Operands 'x', 'out'. */
export function windowSumKernel(target: Target, s: PoolShape, finish?: Pointwise): Lowering {
  const e = begin(target, 'window sum', s);
  const x = e.writer.read('x', pictures(s));
  return perElement(e.writer, windows(s), overTaps(s, e, `v = v + ${x.at('at')};`), finish);
}

/** The transpose: out[element] = sum of dy over the windows that contain it. Operands 'dy', 'out'. */
export function windowSpreadKernel(target: Target, s: PoolShape, finish?: Pointwise): Lowering {
  const e = begin(target, 'window spread', s);
  const dy = e.writer.read('dy', windows(s));
  return perElement(e.writer, pictures(s), overWindows(s, e, `v = v + ${dy.at('at')};`), finish);
}
