/**
 * Views: random crops of one picture, flipped, brightened, turned in hue, on which its trace is fitted. A view is exact in its parameters
 * (section 3 of the method's description): a rectangle resized by a triangle filter with half-pixel centres, brightness clip(b x, 0, 1),
 * hue + d mod 1, all in real numbers in [0, 1].
 */
import { word } from '../data/philox.js';
import type { Picture } from '../data/picture.js';
import { normalizationOf, type Preprocessing } from '../data/preprocess.js';
import { hueShifted } from './hue.js';

/** A picture as real numbers in [0, 1], its planes red, green and blue: [3, height, width]. */
export interface RealPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** One view. `hueFirst`: the shift of hue comes before the brightness. */
export interface ViewParameters {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
  readonly flip: boolean;
  readonly brightness: number;
  readonly hue: number;
  readonly hueFirst: boolean;
}

/** From what views are drawn. */
export interface ViewRanges {
  /** Least and greatest share of the picture's area. */
  readonly area: readonly [number, number];
  /** Greatest ratio of width to height, and the inverse of the least. */
  readonly ratio: number;
  /** Factor of brightness: 1 - this to 1 + this. */
  readonly brightness: number;
  /** Shift of hue: minus this to this, of the circle. */
  readonly hue: number;
}

/** The paper's views, and gentler ones, which keep the network's answer far more often. */
export const VIEW_PRESETS = {
  paper: { area: [0.2, 1], ratio: 4 / 3, brightness: 0.5, hue: 0.3 },
  gentle: { area: [0.7, 1], ratio: 4 / 3, brightness: 0.2, hue: 0.05 },
} as const satisfies Readonly<Record<string, ViewRanges>>;
export type ViewPreset = keyof typeof VIEW_PRESETS;

/** Of everything drawn for views: 1 to 7 are other tasks'. */
const PURPOSE = 8;

/**
 * Parameters of view `view` of picture number `picture`: words of the stream (seed, 8), tensor
 * `view`, model `picture` (src/data/philox.ts), one after another over 2^32. Ten tries at a
 * rectangle (area, log of the ratio, then x0 and y0 where it fits), else the largest in the middle; then flip, brightness, hue, order.
 */
export function drawView(seed: number, picture: number, view: number, { width, height }: Pick<RealPicture, 'width' | 'height'>,
  ranges: ViewRanges): ViewParameters {
  let drawn = 0;
  const uniform = (): number => word({ seed, purpose: PURPOSE, tensor: view, model: picture }, drawn++) / 2 ** 32;
  const stream: Draws = { uniform, between: (low, high) => low + (high - low) * uniform(), below: (n) => Math.floor(uniform() * n) };
  const rectangle = drawRectangle(stream, width, height, ranges);
  return {
    ...rectangle,
    flip: stream.uniform() < 0.5,
    brightness: stream.between(1 - ranges.brightness, 1 + ranges.brightness),
    hue: stream.between(-ranges.hue, ranges.hue),
    hueFirst: stream.uniform() < 0.5,
  };
}

interface Draws {
  /** In [0, 1). */
  readonly uniform: () => number;
  readonly between: (low: number, high: number) => number;
  /** A whole number below n. */
  readonly below: (n: number) => number;
}

function drawRectangle(stream: Draws, W: number, H: number,
  { area, ratio }: ViewRanges): Pick<ViewParameters, 'x0' | 'y0' | 'width' | 'height'> {
  for (let tries = 0; tries < 10; tries++) {
    const pixels = W * H * stream.between(area[0], area[1]);
    const shape = Math.exp(stream.between(-Math.log(ratio), Math.log(ratio)));
    const [width, height] = [Math.round(Math.sqrt(pixels * shape)), Math.round(Math.sqrt(pixels / shape))];
    if (width > 0 && width <= W && height > 0 && height <= H) {
      return { x0: stream.below(W - width + 1), y0: stream.below(H - height + 1), width, height };
    }
  }
  const shape = W / H;
  const [width, height] = shape < 1 / ratio ? [W, Math.round(W * ratio)] : shape > ratio ? [Math.round(H * ratio), H] : [W, H];
  return { x0: (W - width) >> 1, y0: (H - height) >> 1, width, height };
}

/**
 * Rows x0 y0 w h flip brightness hue order (0: brightness first), as files have them. Throws where one is no rectangle of the picture.
 */
export function parseViewParameters(values: ArrayLike<number>, { width: W, height: H }: Pick<RealPicture, 'width' | 'height'>,
  name: string): ViewParameters[] {
  return Array.from({ length: values.length / 8 }, (_, k) => {
    const [x0, y0, width, height, flip, brightness, hue, order] = Array.from({ length: 8 }, (_, j) => values[k * 8 + j]);
    const whole = [x0, y0, width, height].every((v) => Number.isInteger(v) && v >= 0);
    if (!whole || width < 1 || height < 1 || x0 + width > W || y0 + height > H) {
      throw new Error(`view ${k} of ${name} is a rectangle of ${width} x ${height} at (${x0}, ${y0}); the picture has ${W} x ${H} pixels`);
    }
    return { x0, y0, width, height, flip: flip !== 0, brightness, hue, hueFirst: order !== 0 };
  });
}

/** A decoded picture as real numbers. */
export function realPicture({ width, height, data }: Picture): RealPicture {
  const plane = width * height, out = new Float64Array(3 * plane);
  for (let k = 0; k < plane; k++) for (let c = 0; c < 3; c++) out[c * plane + k] = data[3 * k + c] / 255;
  return { width, height, data: out };
}

/** A prepared picture [3, height, width] as what it was before mean and deviation, clipped to [0, 1]. */
export function fromPrepared(values: ArrayLike<number>, [, height, width]: readonly number[], how: Preprocessing): RealPicture {
  const { mean, std } = normalizationOf(how);
  const plane = width * height, data = new Float64Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const to = how.order === 'BGR' ? 2 - c : c, from = mean.length === 1 ? 0 : c;
    for (let k = 0; k < plane; k++) {
      const v = values[(mean.length === 1 ? 0 : c) * plane + k] * std[from] + mean[from];
      data[to * plane + k] = Math.min(1, Math.max(0, v));
    }
  }
  return { width, height, data };
}

/**
 * The network's input for a view, [channels, ...size]; of mean, deviation, order and channels of `how`. Grey networks see the luma
 * of ITU-R 601 of the view.
 */
export function makeView(picture: RealPicture, view: ViewParameters, [height, width]: readonly [number, number],
  how: Preprocessing): Float32Array {
  const plane = width * height;
  const across = taps(view.width, width), down = taps(view.height, height);
  const planes = [0, 1, 2].map((c) => resized(picture, c, view, across, down, width, height));
  const brighten = (): void => {
    for (const p of planes) for (let k = 0; k < plane; k++) p[k] = Math.min(1, Math.max(0, view.brightness * p[k]));
  };
  if (!view.hueFirst) brighten();
  hueShifted(planes[0], planes[1], planes[2], view.hue);
  if (view.hueFirst) brighten();
  const { channels = 3, order } = how;
  const { mean, std } = normalizationOf(how);
  const out = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    const from = channels === 1 ? null : planes[order === 'BGR' ? 2 - c : c];
    for (let k = 0; k < plane; k++) {
      const v = from ? from[k] : 0.299 * planes[0][k] + 0.587 * planes[1][k] + 0.114 * planes[2][k];
      out[c * plane + k] = (v - mean[c]) / std[c];
    }
  }
  return out;
}

interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

const madeTaps = new Map<string, Taps>();

/** A triangle filter of width max(1, n / size), half-pixel centres, weights normalised where the edge cuts it. */
function taps(n: number, size: number): Taps {
  const key = `${n} ${size}`;
  const known = madeTaps.get(key);
  if (known) return known;
  const s = Math.max(1, n / size);
  const first = new Int32Array(size);
  const weights = Array.from({ length: size }, (_, k) => {
    const middle = ((k + 0.5) * n) / size;
    const [low, high] = [Math.max(0, Math.floor(middle - s)), Math.min(n, Math.ceil(middle + s))];
    first[k] = low;
    const row = Float64Array.from({ length: high - low }, (_, j) => Math.max(0, 1 - Math.abs((low + j + 0.5 - middle) / s)));
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((v) => v / total);
  });
  if (madeTaps.size >= 4096) madeTaps.clear();
  madeTaps.set(key, { first, weights });
  return { first, weights };
}

/** One plane of the view's rectangle at the network's size, mirrored where the view is. */
function resized({ width: W, height: H, data }: RealPicture, plane: number, view: ViewParameters, across: Taps, down: Taps, width: number,
  height: number): Float64Array {
  const rows = new Float64Array(view.height * width);
  for (let y = 0; y < view.height; y++) {
    const from = (plane * H + view.y0 + y) * W + view.x0;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      const weights = across.weights[x], at = from + across.first[x];
      for (let k = 0; k < weights.length; k++) sum += weights[k] * data[at + k];
      rows[y * width + x] = sum;
    }
  }
  const out = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const weights = down.weights[y], first = down.first[y];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * rows[(first + k) * width + x];
      out[y * width + (view.flip ? width - 1 - x : x)] = sum;
    }
  }
  return out;
}
