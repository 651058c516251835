/** The layers of a demo picture, from the back. */
import type { Random } from '../../src/saliency/random.js';
import { colour, distance, paint, SIZE, type Rgb } from './paint.js';
import { SHAPES } from './shapes.js';

/** Sticker: cells by cells squares of `cell` pixels, in two colours by turns. */
const STICKER = { cells: 4, cell: 2, colours: [[255, 214, 10], [28, 28, 36]] } as const;

/** A gradient in a random direction, with soft blotches. */
export function background(canvas: Float32Array, random: Random, base: Rgb): void {
  const angle = random.between(0, 2 * Math.PI);
  const slope = random.between(0, 40) / SIZE;
  const blotches = Array.from({ length: 5 }, () => ({
    x: random.between(0, SIZE),
    y: random.between(0, SIZE),
    reach: random.between(0.12, 0.35) * SIZE,
    strength: random.between(-32, 32),
  }));
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      let light = slope * ((x - SIZE / 2) * Math.cos(angle) + (y - SIZE / 2) * Math.sin(angle));
      for (const b of blotches) light += b.strength * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.reach ** 2));
      for (let c = 0; c < 3; c++) canvas[(y * SIZE + x) * 3 + c] = base[c] + light;
    }
  }
}

/** Small plain dots and squares, so that being small, bright or angular does not make a marker. */
export function confetti(canvas: Float32Array, random: Random): void {
  for (let count = random.below(5); count > 0; count--) {
    const x0 = random.between(2, SIZE - 2);
    const y0 = random.between(2, SIZE - 2);
    const r = random.between(1, 2.4);
    const ink = colour(random, 0.3, 1, 0.1, 1);
    const round = random.uniform() < 0.5;
    paint(canvas, ink, 0.9, x0 - 4, y0 - 4, x0 + 4, y0 + 4, (x, y) =>
      (round ? Math.hypot(x - x0, y - y0) : Math.max(Math.abs(x - x0), Math.abs(y - y0))) - r);
  }
}

export function shape(canvas: Float32Array, random: Random, label: number, backdrop: Rgb): void {
  const radius = random.between(0.26, 0.37) * SIZE;
  const reach = radius * 0.95;
  const x0 = random.between(reach, SIZE - reach);
  const y0 = random.between(reach, SIZE - reach);
  const angle = random.between(-0.4, 0.4);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  let ink = colour(random, 0.55, 1, 0.35, 1);
  while (distance(ink, backdrop) < 90) ink = colour(random, 0.55, 1, 0.1, 1);
  const { outline } = SHAPES[label];
  const far = radius * 1.2;
  paint(canvas, ink, 1, x0 - far, y0 - far, x0 + far, y0 + far,
    (x, y) => radius * outline((x - x0) * cos + (y - y0) * sin, (y - y0) * cos - (x - x0) * sin));
}

/** Draws the sticker near a border, or only the random numbers it takes. */
export function sticker(canvas: Float32Array, random: Random, visible: boolean): void {
  const { cells, cell, colours } = STICKER;
  const room = SIZE - cells * cell - 2;
  const along = 1 + random.below(room + 1);
  const near = 1 + random.below(3);
  const side = random.below(4);
  const [x0, y0] = [[along, near], [along, room + 2 - near], [near, along], [room + 2 - near, along]][side];
  const turn = random.below(2);
  if (!visible) return;
  for (let y = 0; y < cells * cell; y++) {
    for (let x = 0; x < cells * cell; x++) {
      const ink = colours[(Math.floor(x / cell) + Math.floor(y / cell) + turn) % 2];
      canvas.set(ink, ((y0 + y) * SIZE + x0 + x) * 3);
    }
  }
}

/** Noise of every pixel, then whole numbers in [0, 255]. */
export function grain(canvas: Float32Array, random: Random): Uint8Array {
  const strength = random.between(2, 9);
  return Uint8Array.from(canvas, (v) => Math.round(Math.min(255, Math.max(0, v + strength * random.normal()))));
}
