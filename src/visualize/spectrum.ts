/**
 * A picture by its spectrum, in colours that do not hang together (Olah, Mordvintsev, Schubert, "Feature visualization", Distill 2017).
 * Gradient ascent on pixels ends in noise of the highest frequencies; on the spectrum, each frequency divided by its height, steps are
 * as long for broad forms as for fine ones.
 *
 * The inverse real Fourier transform of [h, w/2+1] complex numbers is two products with constant matrices: no FFT kernel. With a + ib
 * the spectrum, u rows and v columns, c_v = 1 for v = 0 and v = w/2, else 2:
 *
 *   Y = F (a + ib),   F[y,u] = exp(2 pi i u y / h) / sqrt(h);     q[y,x] = sum over v of c_v Re(Y[y,v] exp(2 pi i v x / w)) / sqrt(w)
 *
 * Real and imaginary parts stand one below the other, so that F is a real matrix of twice the side, and then side by side.
 */
import * as b from '../engine/builder.js';
import type { Node, Shape } from '../engine/graph.js';
import { normal } from '../data/philox.js';

/** What Philox's second word of the key is for the spectrum that is begun with. */
export const SPECTRUM_PURPOSE = 40;
/** Deviation of a part of the spectrum that is begun with. */
const DEVIATION = 0.01;
/** The spectrum's picture is divided by this before its colours are mixed. */
const DIVISOR = 4;

/** The square root of the covariance of colours over natural pictures, row by row red, green and blue (Distill 2017, and lucid). */
const COLOURS = [[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]];

/** [channels, 2, h, floor(w/2)+1]: real and imaginary parts of the spectrum of a picture [channels, h, w]. */
export const spectrumShape = ([channels, height, width]: Shape): Shape => [channels, 2, height, Math.floor(width / 2) + 1];

/** The spectrum that ascent begins with, of the seed alone: normal numbers of deviation 0.01, in the order of its elements. */
export function startingSpectrum(picture: Shape, seed: number): Float32Array {
  const stream = { seed, purpose: SPECTRUM_PURPOSE };
  const count = spectrumShape(picture).reduce((n, d) => n * d, 1);
  return Float32Array.from({ length: count }, (_, k) => DEVIATION * normal(stream, k));
}

/** The picture [N, channels, h, w] in 0 to 1 of spectra [N, channels, 2, h, floor(w/2)+1]. Three channels are red, green, blue. */
export function pictureNode(spectra: Node, [channels, height, width]: Shape): Node {
  const [N, , , , V] = spectra.shape;
  const scaled = b.mul(spectra, b.literal(frequencyScales(height, width), [height, V]));
  const rows = b.matmul(b.literal(rowMatrix(height), [2 * height, 2 * height]), b.reshape(scaled, [N, channels, 2 * height, V]));
  const beside = b.transpose(b.reshape(rows, [N, channels, 2, height, V]), [0, 1, 3, 2, 4]);
  const plane = b.matmul(b.reshape(beside, [N, channels, height, 2 * V]), b.literal(columnMatrix(width), [2 * V, width]));
  return b.sigmoid(channels === 3 ? b.reshape(mixed(b.reshape(plane, [N, 3, height * width])), plane.shape) : plane);
}

/** C q, C over its largest column norm. */
function mixed(q: Node): Node {
  const norm = Math.max(...[0, 1, 2].map((k) => Math.hypot(...COLOURS.map((row) => row[k]))));
  return b.matmul(b.literal(COLOURS.flat().map((v) => v / norm), [3, 3]), q);
}

/** 1 / max(frequency, 1 / longer side), frequency in cycles per pixel, over the divisor: [h, floor(w/2)+1]. */
export function frequencyScales(height: number, width: number): number[] {
  const least = 1 / Math.max(height, width);
  return Array.from({ length: height }, (_, u) => Math.min(u, height - u) / height).flatMap((fy) =>
    Array.from({ length: Math.floor(width / 2) + 1 }, (__, v) => 1 / (DIVISOR * Math.max(Math.hypot(fy, v / width), least)))
  );
}

/** F as [2h, 2h]: [[cos, -sin], [sin, cos]] / sqrt(h), of the angles 2 pi u y / h. */
function rowMatrix(h: number): number[] {
  const all = new Array<number>(4 * h * h);
  for (let y = 0; y < h; y++) {
    for (let u = 0; u < h; u++) {
      const angle = (2 * Math.PI * ((u * y) % h)) / h;
      const [cos, sin] = [Math.cos(angle) / Math.sqrt(h), Math.sin(angle) / Math.sqrt(h)];
      all[y * 2 * h + u] = all[(h + y) * 2 * h + h + u] = cos;
      all[(h + y) * 2 * h + u] = sin;
      all[y * 2 * h + h + u] = -sin;
    }
  }
  return all;
}

/** [2V, w], V = floor(w/2)+1: c_v cos, and below it -c_v sin, over sqrt(w), of the angles 2 pi v x / w. */
function columnMatrix(w: number): number[] {
  const V = Math.floor(w / 2) + 1;
  const all = new Array<number>(2 * V * w);
  for (let v = 0; v < V; v++) {
    const c = v === 0 || 2 * v === w ? 1 : 2;
    for (let x = 0; x < w; x++) {
      const angle = (2 * Math.PI * ((v * x) % w)) / w;
      all[v * w + x] = (c * Math.cos(angle)) / Math.sqrt(w);
      all[(V + v) * w + x] = (-c * Math.sin(angle)) / Math.sqrt(w);
    }
  }
  return all;
}
