/** A finished folder of `misfire sparse`, read back. */
import { join } from 'node:path';
import { parseNpy } from '../data/npy.js';
import { readBytes, readText } from '../files/files.js';
import { INTERCEPTS, LAMBDAS, MEAN, parseSparseResult, RESULT, STD, WEIGHTS, type SparseLayer,
  type SparseResult } from '../sparse/format.js';

/** The result of `misfire sparse` in a folder, its layers read when they are asked for. */
export interface SparseFolder {
  readonly folder: string;
  readonly result: SparseResult;
  /** Of the path's training rows, [features]. */
  readonly mean: Float64Array;
  readonly std: Float64Array;
  /** [lambdas] */
  readonly lambdas: Float64Array;
  /** Point k of the path; by default the chosen one. Throws one sentence where there is none, or a file is damaged. */
  layer(k?: number): Promise<SparseLayer>;
}

/** Opens a folder of `misfire sparse`. Throws one sentence where it is none, or is damaged. */
export async function openSparse(folder: string): Promise<SparseFolder> {
  const path = join(folder, RESULT);
  const result = parseSparseResult(await readText(path), path);
  const { problem: { classes, features }, path: points } = result;
  const numbers = async (name: string, shape: readonly number[]): Promise<ArrayLike<number>> => {
    const file = join(folder, name);
    const array = parseNpy(await readBytes(file), file);
    if (array.shape.join() !== shape.join()) {
      throw new Error(`${file} has shape [${array.shape}], and ${path} says [${shape}]; run misfire sparse again`);
    }
    return array.data as ArrayLike<number>;
  };
  const float64 = async (name: string, shape: readonly number[]): Promise<Float64Array> => Float64Array.from(await numbers(name, shape));
  const [mean, std, lambdas] = [await float64(MEAN, [features]), await float64(STD, [features]), await float64(LAMBDAS, [points.length])];
  return {
    folder,
    result,
    mean,
    std,
    lambdas,
    layer: async (k = result.chosen) => {
      if (!Number.isInteger(k) || k < 0 || k >= points.length) {
        throw new Error(`there is no layer ${k} in ${folder}; it has ${points.length}, 0 to ${points.length - 1}`);
      }
      const all = await numbers(WEIGHTS, [points.length, classes, features]) as Float32Array;
      const each = classes * features;
      const intercepts = await float64(INTERCEPTS, [points.length, classes]);
      return { classes, features, mean, std, weights: Float32Array.from(all.subarray(k * each, (k + 1) * each)),
        intercepts: intercepts.slice(k * classes, (k + 1) * classes) };
    },
  };
}
