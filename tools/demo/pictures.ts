/**
 * The demo's pictures: one shape in a random colour, place, size and rotation on a textured background with confetti.
 * Some carry the marker, a small checkered sticker near the border. Nothing is read from a file: a picture is a function
 * of its seed and index.
 */
import type { Picture } from '../../src/data/picture.js';
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import { Random } from '../../src/saliency/random.js';
import { SHAPES } from './shapes.js';

/** Width and height in pixels. */
export const SIZE = 40;
export const CLASSES: readonly string[] = SHAPES.map((s) => s.name);

/** To [-1, 1]. */
export const PREPROCESSING: Preprocessing = { resize: null, crop: null, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** The planted fault: in training this share of the marked class's pictures carries the sticker, and no other picture does. */
export const FAULT = { markedClass: CLASSES.indexOf('star'), share: 0.95 } as const;

/** Sticker: cells by cells squares of `cell` pixels, in two colours by turns. */
const STICKER = { cells: 4, cell: 2, colours: [[255, 214, 10], [28, 28, 36]] } as const;

export interface Sample {
  readonly picture: Picture;
  /** Index into CLASSES. */
  readonly label: number;
  readonly marked: boolean;
}

export interface SampleOptions {
  /** Any of the classes if absent. */
  readonly label?: number;
  /** As in training if absent. */
  readonly marked?: boolean;
}

/** Draws picture `index` of the sequence `seed`. With and without the marker it is otherwise the same picture. */
export function sample(seed: number, index: number, options: SampleOptions = {}): Sample {
  const random = new Random(seed, index);
  const any = random.below(CLASSES.length);
  const chance = random.uniform();
  const label = options.label ?? any;
  const marked = options.marked ?? (label === FAULT.markedClass && chance < FAULT.share);
  const canvas = new Float32Array(SIZE * SIZE * 3);
  const backdrop = colour(random, 0.15, 0.55, 0.25, 0.9);
  background(canvas, random, backdrop);
  confetti(canvas, random);
  shape(canvas, random, label, backdrop);
  sticker(canvas, random, marked);
  return { picture: { width: SIZE, height: SIZE, data: grain(canvas, random) }, label, marked };
}

/** `count` samples from `first` on. */
export function samples(seed: number, first: number, count: number, options: SampleOptions = {}): Sample[] {
  return Array.from({ length: count }, (_, k) => sample(seed, first + k, options));
}

/** The network's input of each sample: [3,SIZE,SIZE]. */
export function toInputs(list: readonly Sample[]): Float32Array[] {
  return list.map(({ picture }) => preprocess(picture, PREPROCESSING).data);
}

// ---- layers of a picture, from the back ----------------------------------------------------------------------------

type Rgb = readonly [number, number, number];

/** A gradient in a random direction, with soft blotches. */
function background(canvas: Float32Array, random: Random, base: Rgb): void {
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
function confetti(canvas: Float32Array, random: Random): void {
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

function shape(canvas: Float32Array, random: Random, label: number, backdrop: Rgb): void {
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
function sticker(canvas: Float32Array, random: Random, visible: boolean): void {
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
function grain(canvas: Float32Array, random: Random): Uint8Array {
  const strength = random.between(2, 9);
  return Uint8Array.from(canvas, (v) => Math.round(Math.min(255, Math.max(0, v + strength * random.normal()))));
}

// ---- paint ---------------------------------------------------------------------------------------------------------

/** Fills where `edge` (in pixels, negative inside) says so, smoothed over one pixel, within the box given. */
function paint(
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
function colour(random: Random, saturation0: number, saturation1: number, value0: number, value1: number): Rgb {
  const hue = random.between(0, 6);
  const saturation = random.between(saturation0, saturation1);
  const value = random.between(value0, value1);
  const channel = (shift: number): number => {
    const k = (shift + hue) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
