/**
 * Pillow's antialiased resampling of 8-bit pictures, bit for bit: a filter whose support grows with the reduction,
 * coefficients in fixed point with 22 fractional bits, rows first, the result rounded and clipped to 8 bits, then columns.
 * It is what torchvision's Resize does to a picture that is not a tensor.
 */
import type { Picture } from './picture.js';

/** Pillow's filters, by the names its users know. */
export const INTERPOLATIONS = ['bilinear', 'bicubic', 'lanczos', 'box', 'hamming', 'nearest'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** How far a filter reaches, in pixels of the coarser picture, and its weight at a distance. */
interface Filter {
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const FILTERS: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  box: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // A raised cosine over a sinc; its two numbers are float32 in Pillow.
  hamming: { reach: 1, weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI))) },
  // Keys' cubic with a = -1/2.
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

/** For output position x: source positions first[x] .. first[x] + count[x] - 1, weighted by weights[x * most + k]. */
interface Coefficients {
  readonly most: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

function coefficients(from: number, to: number, { reach, weight }: Filter): Coefficients {
  const scale = from / to;
  const support = reach * Math.max(scale, 1);
  const narrow = 1 / Math.max(scale, 1);
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to), count = new Int32Array(to), weights = new Int32Array(to * most);
  const raw = new Float64Array(most);
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - low;
    let total = 0;
    for (let k = 0; k < n; k++) {
      raw[k] = weight((k + low - centre + 0.5) * narrow);
      total += raw[k];
    }
    first[x] = low;
    count[x] = n;
    for (let k = 0; k < n; k++) {
      const share = raw[k] / total;
      weights[x * most + k] = Math.trunc((share < 0 ? -0.5 : 0.5) + share * (1 << PRECISION));
    }
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
export function resize(picture: Picture, width: number, height: number, interpolation: Interpolation = 'bilinear'): Picture {
  if (interpolation === 'nearest') return nearest(picture, width, height);
  const filter = FILTERS[interpolation];
  let current = picture;
  if (width !== picture.width) {
    const data = new Uint8Array(width * picture.height * 3);
    pass(picture.data, data, coefficients(picture.width, width, filter), width, picture.height, 3, picture.width * 3, 3, width * 3);
    current = { width, height: picture.height, data };
  }
  if (height !== picture.height) {
    const data = new Uint8Array(width * height * 3);
    pass(current.data, data, coefficients(picture.height, height, filter), height, width, width * 3, 3, width * 3, 3);
    current = { width, height, data };
  }
  return current;
}

function nearest(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const columns = nearestPositions(picture.width, width), rows = nearestPositions(picture.height, height);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (rows[y] * picture.width + columns[x]) * 3;
      for (let c = 0; c < 3; c++) data[o++] = picture.data[at + c];
    }
  }
  return { width, height, data };
}

/** Where each output pixel's centre falls. Added up as Pillow adds: the sum's rounding decides between two pixels at times. */
function nearestPositions(from: number, to: number): Int32Array {
  const step = from / to;
  const out = new Int32Array(to);
  for (let k = 0, at = step * 0.5; k < to; k++, at += step) out[k] = Math.min(from - 1, Math.trunc(at));
  return out;
}
