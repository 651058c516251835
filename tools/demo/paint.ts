/** Shapes and colours on a canvas of SIZE x SIZE pixels, three floats each from 0 to 255. */
import type { Random } from '../../src/saliency/random.js';

/** Width and height in pixels. */
export const SIZE = 40;

export type Rgb = readonly [number, number, number];

/** Fills where `edge` (in pixels, negative inside) says so, smoothed over one pixel, within the box given. */
export function paint(
  canvas: Float32Array,
  ink: Rgb,
  opacity: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
  edge: (x: number, y: number) => number
): void {
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(SIZE, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(SIZE, right); x++) {
      const cover = opacity * Math.min(1, Math.max(0, 0.5 - edge(x + 0.5, y + 0.5)));
      for (let c = 0; c < 3; c++) {
        const at = (y * SIZE + x) * 3 + c;
        canvas[at] += cover * (ink[c] - canvas[at]);
      }
    }
  }
}

/** A colour of any hue, its saturation and value (both 0 to 1) within bounds; channels 0 to 255. */
export function colour(random: Random, saturation0: number, saturation1: number, value0: number, value1: number): Rgb {
  const hue = random.between(0, 6);
  const saturation = random.between(saturation0, saturation1);
  const value = random.between(value0, value1);
  const channel = (shift: number): number => {
    const k = (shift + hue) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

export function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
