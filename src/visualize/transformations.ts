/**
 * The picture moved a little before every step, so that what is drawn excites the filter wherever it lies and not by a pattern of single
 * pixels: padded, shifted, scaled, turned, shifted again (Distill 2017). All five together are one affine map, and a step draws one.
 *
 * The picture is sampled along the map in two passes of linear interpolation, along rows and then along columns (Catmull and Smith,
 * "3-D transformations of images in scanline order", 1980), which reach a rotation too. A pass is a product with the weights
 * max(0, 1 - |distance|), which the device makes of three numbers; its transpose is the gradient. Outside the picture lies grey.
 */
import * as b from '../engine/builder.js';
import type { Node } from '../engine/graph.js';
import type { Extent } from '../data/framing.js';
import { uniforms } from '../data/philox.js';

/** What Philox's second word of the key is for the transformation of a step. */
export const TRANSFORMATION_PURPOSE = 41;
/** What lies around the picture. */
const GREY = 0.5;

export interface Transformations {
  /** Pixels of grey around the picture, from whose middle the shifts begin. */
  readonly pad: number;
  /** Whole pixels to the right and downwards, 0 to this, before and after the picture is scaled and turned. */
  readonly shifts: readonly [number, number];
  /** One of these is drawn each step. */
  readonly scales: readonly number[];
  /** Degrees; one of these is drawn each step. */
  readonly angles: readonly number[];
}

/** Scales .90, .92, ... 1.10. */
const SCALES = Array.from({ length: 11 }, (_, k) => 1 + (k - 5) / 50);
/** -10 to 10 degrees, and 0 five times more. */
const ANGLES = [...Array.from({ length: 21 }, (_, k) => k - 10), 0, 0, 0, 0, 0];
/** Networks that take smaller pictures have a smaller pad and one shift: 2 pixels of 32. */
const SMALL = 112, USUAL_PAD = 12;

/**
 * As lucid has them for pictures of 224 pixels: pad 12, shifts 0 to 7 and 0 to 3. Where the network takes less than 112: a pad of
 * 12 / 224 of the side, at least 2 pixels, and one shift of as many.
 */
export function usualTransformations(height: number, width: number): Transformations {
  const side = Math.min(height, width);
  if (side >= SMALL) return { pad: USUAL_PAD, shifts: [7, 3], scales: SCALES, angles: ANGLES };
  const pad = Math.max(2, Math.round((USUAL_PAD * side) / 224));
  return { pad, shifts: [pad, 0], scales: SCALES, angles: ANGLES };
}

/** None at all: the picture as it is. */
export const NO_TRANSFORMATIONS: Transformations = { pad: 0, shifts: [0, 0], scales: [1], angles: [0] };

/** From a place (x, y) of the network's input to that of the picture: x' = a x + b y + c, y' = d x + e y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Which map step `step` draws, of the seed alone; `picture` is as large as `seen`, the network's input, or enlarged to it. */
export function drawTransformation(how: Transformations, step: number, seed: number, picture: Extent, seen: Extent): Affine {
  const u = uniforms({ seed, purpose: TRANSFORMATION_PURPOSE, tensor: step }, 6);
  const shift = (k: number, most: number): number => Math.floor(u[k] * (most + 1));
  const pick = (k: number, from: readonly number[]): number => from[Math.floor(u[k] * from.length)];
  return composed(how, { first: [shift(0, how.shifts[0]), shift(1, how.shifts[0])], scale: pick(2, how.scales), angle: pick(3, how.angles),
    second: [shift(4, how.shifts[1]), shift(5, how.shifts[1])] }, picture, seen);
}

/** What a step draws; shifts are [right, down]. */
interface Drawn {
  readonly first: Extent;
  readonly scale: number;
  readonly angle: number;
  readonly second: Extent;
}

/** The map of one draw; the network sees the part of its own size whose middle is where the shifts come to on the mean. */
export function composed({ pad, shifts }: Transformations, { first, scale, angle, second }: Drawn, [ph, pw]: Extent,
  [h, w]: Extent): Affine {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const corner = pad + Math.floor((shifts[0] + shifts[1]) / 2);
  const [mx, my] = [(w - 1) / 2 + pad, (h - 1) / 2 + pad];
  // From the network's place back: second shift, rotation, scale, first shift, pad; then half-pixel centres of the picture's own size.
  const [right, down] = [corner - second[0] - mx, corner - second[1] - my];
  const x = [cos / scale, sin / scale], y = [-sin / scale, cos / scale];
  const at = ([p, q]: readonly number[], middle: number, shift: number): number => p * right + q * down + middle - pad - shift;
  const fit = (row: readonly number[], to: number, from: number): number[] => {
    const ratio = to / from;
    return [row[0] * ratio, row[1] * ratio, (row[2] + 0.5) * ratio - 0.5];
  };
  return [...fit([...x, at(x, mx, first[0])], pw, w), ...fit([...y, at(y, my, first[1])], ph, h)] as unknown as Affine;
}

/** The map's six numbers as the two passes take them: [x, row, 1] to a column of the picture; [x, y, 1] to a row of it. */
export function passes([a, b_, c, d, e, f]: Affine): Float32Array {
  return Float32Array.of(a - (b_ * d) / e, b_ / e, c - (b_ * f) / e, d, e, f);
}

/**
 * The pictures [N, C, ph, pw] sampled along one map for all of them: [N, C, h, w]. `map`, [6], is what `passes` gives. Its own
 * gradient is not taken.
 */
export function transformed(picture: Node, map: Node, [h, w]: Extent): Node {
  const [N, C, ph, pw] = picture.shape;
  const coefficient = (k: number): Node => b.slice(b.detach(map), { starts: [k], steps: [1], sizes: [1] });
  const weights = (first: number, shape: readonly number[], into: number, x: number, other: number): Node => {
    const along = (k: number, axis: number): Node => b.mul(coefficient(first + k), b.iota(shape, axis));
    const place = b.add(b.add(along(0, x), along(1, other)), coefficient(first + 2));
    return b.relu(b.sub(b.constant(1), b.abs(b.sub(place, b.iota(shape, into)))));
  };
  // All pictures' rows meet the same weights: row by row of the picture, what each column of the result takes of its columns.
  const rows = b.reshape(b.transpose(b.sub(picture, b.constant(GREY)), [2, 0, 1, 3]), [ph, N * C, pw]);
  const columns = b.matmul(rows, weights(0, [ph, pw, w], 1, 2, 0));
  // Then column by column of the result, what each of its rows takes of the picture's rows.
  const seen = b.matmul(b.transpose(columns, [2, 1, 0]), weights(3, [w, ph, h], 1, 0, 2));
  return b.add(b.reshape(b.transpose(seen, [1, 2, 0]), [N, C, h, w]), b.constant(GREY));
}
