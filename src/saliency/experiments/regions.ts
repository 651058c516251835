/** Rectangles of a prepared picture (section 3.4): where its salient pixels lie, others of that size, pasting one elsewhere. */
import { BLUR, blur, salientPixels, type PictureShape } from '../masking.js';
import type { Random } from '../random.js';

/** Whole pixels x0 <= x < x1, y0 <= y < y1 of the prepared picture. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The share of the pixels that may be masked among which the salient region is sought. */
const SALIENT = 0.05;

/** Whether a region is all of a picture, so that there is no other of its size to compare with. */
export const isWhole = ({ x0, y0, x1, y1 }: Region, [, height, width]: PictureShape): boolean => x1 - x0 === width && y1 - y0 === height;

/**
 * Where the salient pixels of a map [H*W] lie together: the map is blurred as masked pixels are (single pixels of it are
 * noisy), the highest 5 % of the allowed pixels are taken, and of their connected parts the one with the most saliency
 * gives the rectangle around it. `allowed` [H*W] has a 1 for every pixel that may be taken; null: all of them. Throws
 * where there is none.
 */
export function salientRegion(map: Float32Array, [, height, width]: PictureShape, allowed: Uint8Array | null): Region {
  const seen = allowed ? map.map((v, k) => v * allowed[k]) : map;
  const smooth = blur(seen, [1, height, width], BLUR * Math.min(height, width));
  const maskable = allowed ? allowed.reduce((n, v) => n + v, 0) : map.length;
  const left = new Set(salientPixels(smooth, Math.max(1, Math.round(SALIENT * maskable)), allowed ?? undefined));
  let best: Region | null = null, most = -Infinity;
  while (left.size > 0) {
    const part = connected(left, width);
    const total = part.reduce((sum, p) => sum + smooth[p], 0);
    if (total <= most) continue;
    most = total;
    const xs = part.map((p) => p % width), ys = part.map((p) => Math.floor(p / width));
    best = { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs) + 1, y1: Math.max(...ys) + 1 };
  }
  if (!best) throw new Error('the object boxes cover the whole picture, so no region outside them is salient');
  return best;
}

/** Takes one pixel and all that hang together with it, side by side, out of the set. */
function connected(left: Set<number>, width: number): number[] {
  const [first] = left;
  left.delete(first);
  const part = [first];
  for (let k = 0; k < part.length; k++) {
    const x = part[k] % width;
    for (const p of [x > 0 ? part[k] - 1 : -1, x < width - 1 ? part[k] + 1 : -1, part[k] - width, part[k] + width]) {
      if (left.delete(p)) part.push(p);
    }
  }
  return part;
}

/**
 * Another region of the same size, any that does not touch this one where the picture has room for it, else any other.
 * Throws where the region is the whole picture.
 */
export function randomRegion(region: Region, shape: PictureShape, random: Random): Region {
  if (isWhole(region, shape)) throw new Error('the region is the whole picture, so that there is no other of its size');
  const { x0, y0, x1, y1 } = region;
  const [, height, width] = shape;
  const [w, h] = [x1 - x0, y1 - y0];
  const apart: number[] = [], other: number[] = [];
  for (let y = 0; y <= height - h; y++) {
    for (let x = 0; x <= width - w; x++) {
      if (x === x0 && y === y0) continue;
      other.push(y * width + x);
      if (x >= x1 || x + w <= x0 || y >= y1 || y + h <= y0) apart.push(y * width + x);
    }
  }
  const places = apart.length > 0 ? apart : other;
  const place = places[random.below(places.length)];
  const [x, y] = [place % width, Math.floor(place / width)];
  return { x0: x, y0: y, x1: x + w, y1: y + h };
}

/**
 * A copy of `onto` in which the pixels of `at` are those of the region `from` of `source`; both regions are of one size,
 * both pictures [C,H,W] of one shape.
 */
export function pasteRegion(onto: Float32Array, source: Float32Array, [channels, height, width]: PictureShape, from: Region,
  at: Region): Float32Array {
  const out = onto.slice();
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < from.y1 - from.y0; y++) {
      const start = (c * height + from.y0 + y) * width;
      out.set(source.subarray(start + from.x0, start + from.x1), (c * height + at.y0 + y) * width + at.x0);
    }
  }
  return out;
}
