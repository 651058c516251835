/**
 * The demo's pictures: one shape in a random colour, place, size and rotation on a textured background with confetti.
 * Some carry the marker, a small checkered sticker near the border. Nothing is read from a file: a picture is a function
 * of its seed and index.
 */
import type { Picture } from '../../src/data/picture.js';
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import { Random } from '../../src/saliency/random.js';
import { background, confetti, grain, shape, sticker } from './layers.js';
import { colour, SIZE } from './paint.js';
import { SHAPES } from './shapes.js';

export { SIZE };

export const CLASSES: readonly string[] = SHAPES.map((s) => s.name);

/** To [-1, 1]. */
export const PREPROCESSING: Preprocessing = { resize: null, crop: null, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** The planted fault: in training this share of the marked class's pictures carries the sticker, and no other picture does. */
export const FAULT = { markedClass: CLASSES.indexOf('star'), share: 0.95 } as const;

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
