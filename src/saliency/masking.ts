/**
 * Masking pixels (section 3.4): which ones, and what stands in their place. The paper says neither what it fills them with
 * nor whether a share is one of all pixels; here there are three fills, and a caller that counts.
 *
 * Pictures are prepared ones, [channels, height, width]; a pixel is an index y * width + x and has every channel.
 */
import type { Random } from './random.js';

/** 'mean' is the data set's mean, 0 in a normalized picture; 'grey' is the middle of [0, 1]; 'blur' is the picture without its detail. */
export const FILLS = ['mean', 'grey', 'blur'] as const;
export type Fill = (typeof FILLS)[number];

/** Deviation of the Gaussian of 'blur', as a share of the picture's shorter side: 14 pixels of 224, 2 of 32. */
export const BLUR = 1 / 16;

/** How values in [0, 1] became the picture's, per channel; null where the picture came prepared. */
export type Normalization = { readonly mean: readonly number[]; readonly std: readonly number[] } | null;

/** [channels, height, width] */
export type PictureShape = readonly number[];

/**
 * The `n` most salient pixels of a map [H*W] among the allowed ones (1 in `allowed` [H*W]), most salient first, ties by
 * index; fewer where there are fewer. Throws where `allowed` is of another length.
 */
export function salientPixels(map: Float32Array, n: number, allowed?: Uint8Array): number[] {
  return among(map.length, allowed).sort((a, b) => map[b] - map[a] || a - b).slice(0, n);
}

/** `n` different pixels of `pixels` among the allowed ones, in random order; fewer where there are fewer. Throws as `salientPixels`. */
export function randomPixels(n: number, pixels: number, random: Random, allowed?: Uint8Array): number[] {
  const candidates = among(pixels, allowed);
  return random.choose(Math.min(n, candidates.length), candidates.length).map((k) => candidates[k]);
}

function among(pixels: number, allowed?: Uint8Array): number[] {
  if (allowed && allowed.length !== pixels) {
    throw new Error(
      `the map has ${pixels} pixels and the mask of allowed ones ${allowed.length}; both are [height * width] of one picture`
    );
  }
  const out: number[] = [];
  for (let k = 0; k < pixels; k++) if (!allowed || allowed[k]) out.push(k);
  return out;
}

/**
 * A map [H*W] moved by a random number of pixels each way; what leaves at one side comes back at the other. Its most
 * salient pixels lie together as those of the map do, but elsewhere.
 */
export function shiftMap(map: Float32Array, [, height, width]: PictureShape, random: Random): Float32Array {
  const by = 1 + random.below(height * width - 1);
  const [dx, dy] = [by % width, Math.floor(by / width)];
  return Float32Array.from(map, (_, p) => map[((Math.floor(p / width) + dy) % height) * width + ((p + dx) % width)]);
}

/** A copy of the prepared picture with those pixels filled. Throws as `filling` and `putPixels` do. */
export function fillPixels(picture: Float32Array, shape: PictureShape, pixels: readonly number[], fill: Fill,
  how: Normalization): Float32Array {
  return putPixels(picture, shape, pixels, filling(picture, shape, fill, how));
}

/** A copy of `picture` with those pixels taken from `other`, a picture of the same shape. Throws where there is no such pixel. */
export function putPixels(picture: Float32Array, [channels, height, width]: PictureShape, pixels: readonly number[],
  other: Float32Array): Float32Array {
  const plane = height * width;
  const out = picture.slice();
  for (const p of pixels) {
    if (!Number.isInteger(p) || p < 0 || p >= plane) throw new Error(`there is no pixel ${p}; the picture has ${height} x ${width}`);
    for (let c = 0; c < channels; c++) out[c * plane + p] = other[c * plane + p];
  }
  return out;
}

/** The picture [C,H,W] that masked pixels are taken from. Throws where `picture` has another size or 'grey' no normalization to go by. */
export function filling(picture: Float32Array, shape: PictureShape, fill: Fill, how: Normalization): Float32Array {
  const [channels, height, width] = shape;
  if (picture.length !== channels * height * width) {
    throw new Error(`a picture of ${picture.length} values is none of ${shape.join(' x ')}`);
  }
  if (fill === 'blur') return blur(picture, shape, BLUR * Math.min(height, width));
  const out = new Float32Array(picture.length);
  if (fill === 'mean') return out;
  if (!how) throw new Error("the pictures came prepared, and how is not known, so grey has no value; fill with 'mean' or 'blur'");
  for (let c = 0; c < channels; c++) out.fill((0.5 - how.mean[c]) / how.std[c], c * height * width, (c + 1) * height * width);
  return out;
}

/** Each channel under a Gaussian of deviation `sigma` pixels; beyond the border there is nothing, and what is there counts for more. */
export function blur(picture: Float32Array, [channels, height, width]: PictureShape, sigma: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)));
  const across = new Float32Array(picture.length);
  const out = new Float32Array(picture.length);
  for (let c = 0; c < channels; c++) {
    const plane = c * height * width;
    for (let y = 0; y < height; y++) smooth(picture, across, kernel, plane + y * width, 1, width);
    for (let x = 0; x < width; x++) smooth(across, out, kernel, plane + x, width, height);
  }
  return out;
}

/** One row or column: `length` values from `start`, `step` apart. */
function smooth(source: Float32Array, out: Float32Array, kernel: Float64Array, start: number, step: number, length: number): void {
  const reach = (kernel.length - 1) / 2;
  for (let k = 0; k < length; k++) {
    let sum = 0, weight = 0;
    for (let j = Math.max(0, k - reach); j <= Math.min(length - 1, k + reach); j++) {
      const w = kernel[j - k + reach];
      sum += w * source[start + j * step];
      weight += w;
    }
    out[start + k * step] = sum / weight;
  }
}
