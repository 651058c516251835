/** Object boxes, as the column `boxes` of labels.csv has them, and where they lie in the network's input. */
import { frameOf, type Framing } from './framing.js';
import type { Picture } from './picture.js';

/** The column of labels.csv. */
export const BOXES = 'boxes';

/** Edges in pixels of the picture as it is stored, fractions included; pixel k lies between k and k + 1. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Reads "x0,y0,x1,y1 x0,y0,x1,y1 ..."; no text is no box. `name` is what messages call the sample. Throws one sentence on
 * anything else.
 */
export function parseBoxes(text: string, name: string): Box[] {
  return text.trim().split(/\s+/).filter((piece) => piece !== '').map((piece) => {
    const [x0, y0, x1, y1, ...more] = piece.split(',').map((v) => (v === '' ? NaN : Number(v)));
    if (more.length > 0 || ![x0, y0, x1, y1].every(Number.isFinite) || x1 < x0 || y1 < y0) {
      throw new Error(
        `${name} has the box "${piece.slice(0, 60)}"; a box is x0,y0,x1,y1 in the picture's pixels, with x0 <= x1 and y0 <= y1`
      );
    }
    return { x0, y0, x1, y1 };
  });
}

/**
 * [height * width] of the prepared picture: 1 where no box reaches, 0 where one covers any part of the pixel. `picture` is
 * the size as stored; each step of the preprocessing moves the boxes as it moves the pixels.
 */
export function outsideBoxes(boxes: readonly Box[], picture: Pick<Picture, 'width' | 'height'>, how: Framing): Uint8Array {
  const { size, left, top, width, height } = frameOf(picture, how);
  const [sx, sy] = [size.width / picture.width, size.height / picture.height];
  const out = new Uint8Array(width * height).fill(1);
  for (const { x0, y0, x1, y1 } of boxes) {
    const from = Math.max(0, Math.floor(x0 * sx) - left), to = Math.min(width, Math.ceil(x1 * sx) - left);
    if (from >= to) continue;
    for (let y = Math.max(0, Math.floor(y0 * sy) - top); y < Math.min(height, Math.ceil(y1 * sy) - top); y++) {
      out.fill(0, y * width + from, y * width + to);
    }
  }
  return out;
}
