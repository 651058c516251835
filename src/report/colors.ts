/** Maps as pictures. Display only: saved numbers are never clipped or smoothed. */
import { interpolateInferno } from 'd3-scale-chromatic';
import type { Picture } from '../data/picture.js';

/** Colours end at this share of a map's pixels, so that one extreme pixel does not darken all others. */
const BRIGHTEST = 0.995;
/** The authors' drawing is clipped above and cut off below these shares. */
const REFERENCE = { top: 0.99, floor: 0.9 } as const;
/** How much of an overlay's colour comes from the map where it is highest, and everywhere in the authors' drawing. */
const STRENGTH = { linear: 0.85, reference: 0.5 } as const;

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Perceptually uniform: equal steps of the map look like equal steps. */
export const INFERNO: readonly Rgb[] = Array.from({ length: 256 }, (_, k) => {
  const hex = interpolateInferno(k / 255);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
});

/** Blue, cyan, yellow, red by straight lines, as the authors' drawing has it. */
const JET: readonly Rgb[] = Array.from({ length: 256 }, (_, k) => {
  const ramp = (centre: number) => Math.round(255 * Math.min(1, Math.max(0, 1.5 - Math.abs((4 * k) / 255 - centre))));
  return [ramp(3), ramp(2), ramp(1)];
});

/** A map as it is drawn: its values in 0..1, and their colours. */
export interface MapDrawing {
  readonly shares: Float32Array;
  readonly colors: readonly Rgb[];
  /** How much of an overlay's colour comes from the map, 0..1, by the map's value there. */
  readonly strength: (share: number) => number;
}

/** From the least value to (nearly) the greatest. */
export function linearDrawing(map: Float32Array): MapDrawing {
  return { shares: stretched(map, 0, BRIGHTEST), colors: INFERNO, strength: (share) => STRENGTH.linear * share };
}

/** The authors': clipped at the 99th percentile, floored at the 90th, stretched, blurred by a 3x3 Gaussian, in jet. */
export function referenceDrawing(map: Float32Array, width: number, height: number): MapDrawing {
  return { shares: blurred(stretched(map, REFERENCE.floor, REFERENCE.top), width, height), colors: JET,
    strength: () => STRENGTH.reference };
}

/** The map alone, [height*width], in its colours. */
export function heatmap({ shares, colors }: MapDrawing, width: number, height: number): Picture {
  const data = new Uint8Array(3 * shares.length);
  shares.forEach((v, k) => data.set(colors[Math.round(255 * v)], 3 * k));
  return { width, height, data };
}

/** The picture, in the map's colours where the map is high. */
export function overlay({ width, height, data }: Picture, { shares, colors, strength }: MapDrawing): Picture {
  const out = new Uint8Array(data.length);
  shares.forEach((v, k) => {
    const a = strength(v);
    const color = colors[Math.round(255 * v)];
    for (let c = 0; c < 3; c++) out[3 * k + c] = Math.round((1 - a) * data[3 * k + c] + a * color[c]);
  });
  return { width, height, data: out };
}

function stretched(map: Float32Array, low: number, high: number): Float32Array {
  const sorted = Float32Array.from(map).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  const [from, to] = [at(low), at(high)];
  return map.map((v) => (to > from ? Math.min(1, Math.max(0, (v - from) / (to - from))) : 0));
}

/** [1 2 1] / 4 along each axis, mirrored at the edges. */
function blurred(map: Float32Array, width: number, height: number): Float32Array {
  const mirror = (k: number, n: number) => Math.max(0, k < 0 ? Math.min(1, n - 1) : k >= n ? n - 2 : k);
  const along = (from: Float32Array, at: (x: number, y: number, d: number) => number) =>
    from.map((v, k) => (v + v + from[at(k % width, Math.floor(k / width), -1)] + from[at(k % width, Math.floor(k / width), 1)]) / 4);
  const rows = along(map, (x, y, d) => y * width + mirror(x + d, width));
  return along(rows, (x, y, d) => mirror(y + d, height) * width + x);
}
