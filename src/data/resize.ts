/**
 * Pillow's antialiased bilinear resampling of 8-bit pictures, bit for bit: a triangle whose support grows with the
 * reduction, coefficients in fixed point with 22 fractional bits, rows first, the result rounded and clipped to 8 bits,
 * then columns. It is what torchvision's Resize does to a picture that is not a tensor.
 */
import type { Picture } from './picture.js';

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** For output position x: source positions first[x] .. first[x] + count[x] - 1, weighted by weights[x * most + k]. */
interface Coefficients {
  readonly most: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

function coefficients(from: number, to: number): Coefficients {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const narrow = 1 / support;
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to), count = new Int32Array(to), weights = new Int32Array(to * most);
  const raw = new Float64Array(most);
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - low;
    let total = 0;
    for (let k = 0; k < n; k++) {
      raw[k] = Math.max(0, 1 - Math.abs((k + low - centre + 0.5) * narrow));
      total += raw[k];
    }
    first[x] = low;
    count[x] = n;
    for (let k = 0; k < n; k++) weights[x * most + k] = Math.trunc(0.5 + (raw[k] / total) * (1 << PRECISION));
  }
  return { most, first, count, weights };
}

/** One pass: `lines` lines of `to` outputs; an element's neighbour along the pass is `step` further, along the line `across`. */
function pass(source: Uint8Array, out: Uint8Array, c: Coefficients, to: number, lines: number, step: number, across: number,
  outStep: number, outAcross: number): void {
  for (let line = 0; line < lines; line++) {
    for (let x = 0; x < to; x++) {
      const n = c.count[x];
      let at = line * across + c.first[x] * step;
      let r = HALF, g = HALF, b = HALF;
      for (let k = 0, w = x * c.most; k < n; k++, w++, at += step) {
        const weight = c.weights[w];
        r += source[at] * weight;
        g += source[at + 1] * weight;
        b += source[at + 2] * weight;
      }
      const o = line * outAcross + x * outStep;
      out[o] = clip8(r);
      out[o + 1] = clip8(g);
      out[o + 2] = clip8(b);
    }
  }
}

function clip8(sum: number): number {
  const v = sum >> PRECISION;
  return v < 0 ? 0 : v > 255 ? 255 : v;
}

/** The picture at another size; the picture itself where it already has that size. */
export function resize(picture: Picture, width: number, height: number): Picture {
  let current = picture;
  if (width !== picture.width) {
    const data = new Uint8Array(width * picture.height * 3);
    pass(picture.data, data, coefficients(picture.width, width), width, picture.height, 3, picture.width * 3, 3, width * 3);
    current = { width, height: picture.height, data };
  }
  if (height !== picture.height) {
    const data = new Uint8Array(width * height * 3);
    pass(current.data, data, coefficients(picture.height, height), height, width, width * 3, 3, width * 3, 3);
    current = { width, height, data };
  }
  return current;
}

/** torchvision's rule: the shorter side becomes `side`, the longer one keeps the proportion, rounded down. */
export function sizeByShorterSide({ width, height }: Pick<Picture, 'width' | 'height'>, side: number): { width: number; height: number } {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: side, height: long } : { width: long, height: side };
}

/** The picture with its shorter side that long. */
export function resizeShorterSide(picture: Picture, side: number): Picture {
  const { width, height } = sizeByShorterSide(picture, side);
  return resize(picture, width, height);
}
