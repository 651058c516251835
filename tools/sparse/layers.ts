/**
 * The points of a path that are done, in OUT: layers/K.f64, the numbers of point K, put in place before its line in the journal, which
 * has their hash. A path that was killed goes on after the last line whose file is what it says.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { placeDurably } from '../../src/files/durable.js';
import { sumOf } from '../../src/store/seal.js';
import type { PathWeights } from '../../src/sparse/path.js';
import type { Weights } from '../../src/sparse/penalty.js';

/** What the journal keeps of a point. */
export interface LayerEntry extends Omit<PathWeights, keyof Weights> {
  readonly trainAccuracy: number;
  /** SHA-256 of the point's file. */
  readonly sum: string;
}

/** A point with what was measured of it, and what its solver carries on. */
export interface Point extends PathWeights {
  readonly trainAccuracy: number;
  readonly carried: Float64Array;
}

export const LAYERS = 'layers';
const fileOf = (out: string, k: number): string => join(out, LAYERS, `${k}.f64`);

/** Places point k's numbers and returns its line: float64 intercepts, what is carried, then weights as float32. */
export async function placeLayer(out: string, k: number, { w, b, carried, trainAccuracy, ...point }: Point,
  allowed: () => Promise<void>): Promise<LayerEntry> {
  await mkdir(join(out, LAYERS), { recursive: true });
  const { lambda, curvature, kkt, loss, objective, passes, polished } = point;
  const bytes = Buffer.concat(
    [Float64Array.from(b), carried, Float32Array.from(w)].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))
  );
  await placeDurably(fileOf(out, k), bytes, allowed);
  return { lambda, curvature, kkt, loss, objective, passes, polished, trainAccuracy, sum: sumOf(bytes) };
}

/** Point k as it was placed; null where its file is not what the line says. */
export async function readLayer(out: string, k: number, { sum, ...entry }: LayerEntry, classes: number,
  features: number): Promise<Point | null> {
  const bytes = await readFile(fileOf(out, k)).catch(() => null);
  if (!bytes || sumOf(bytes) !== sum) return null;
  const own = new Uint8Array(bytes).buffer, weights = 4 * classes * features, carried = own.byteLength - weights - 8 * classes;
  return { ...entry, b: new Float64Array(own, 0, classes), carried: new Float64Array(own, 8 * classes, carried / 8),
    w: Float64Array.from(new Float32Array(own, own.byteLength - weights)) };
}

/** Takes away what a process that was killed had not put in place. */
export async function tidyLayers(out: string): Promise<void> {
  const names = await readdir(join(out, LAYERS)).catch(() => [] as string[]);
  for (const name of names) if (/^\..*\.tmp$/.test(name)) await rm(join(out, LAYERS, name), { force: true });
}
