/** Models and float64 numbers from PyTorch, held beside the project (see ../shared/data/README.md). */
import { existsSync, readFileSync } from 'node:fs';
import { classifier, type Classifier } from '../../src/classifier.js';
import { parseNpy } from '../../src/data/npy.js';
import { loadModel } from '../../src/onnx/model.js';
import { shared } from './paths.js';

export interface Meta {
  readonly model: string;
  readonly labels: number[];
  readonly predicted: number[];
  readonly loss: number[];
  readonly layers: { readonly node: string; readonly weight: string; readonly filters: number; readonly offset: number }[];
  readonly top10: number[][];
  readonly deadFilters: number;
  /** Section 2.2 for some of the samples; input_grad_SAMPLE.npy has the gradient. */
  readonly inputSaliency: { readonly sample: number; readonly boosted: number[]; readonly cosineDistance: number }[];
}

export interface Golden {
  readonly meta: Meta;
  /** Prepared pictures, ready for the network. */
  readonly inputs: Float32Array[];
  /** An array of the golden folder, row by row where it has rows. */
  rows(name: string): Float64Array[];
  json<T>(name: string): T;
}

export const hasShared = existsSync(`${shared}golden`);
export const modelPath = (file: string): string => `${shared}data/models/${file}`;

export function openClassifier(file: string): Classifier {
  return classifier(loadModel(readFileSync(modelPath(file)), { name: file }));
}

export function golden(name: string): Golden {
  const folder = `${shared}golden/${name}/`;
  const json = <T>(file: string): T => JSON.parse(readFileSync(folder + file, 'utf8')) as T;
  const rows = (file: string): Float64Array[] => {
    const { data, shape } = parseNpy(readFileSync(`${folder}${file}.npy`), file);
    const count = shape.length > 1 ? shape[0] : 1;
    const each = data.length / count;
    return Array.from({ length: count }, (_, k) => Float64Array.from(data.slice(k * each, (k + 1) * each) as Float64Array, Number));
  };
  return { meta: json<Meta>('meta.json'), inputs: rows('inputs').map((r) => Float32Array.from(r)), rows, json };
}

export const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];

/** Relative errors of a profile's filters above 1e-6 of their layer's largest, and the error's L2 norm over the profile's. */
export function profileErrors(profile: ArrayLike<number>, expected: ArrayLike<number>,
  layers: readonly { offset: number; filters: number }[]): { relative: number[]; norm: number } {
  const relative: number[] = [];
  let wrong = 0;
  let whole = 0;
  for (const { offset, filters } of layers) {
    let largest = 0;
    for (let k = offset; k < offset + filters; k++) largest = Math.max(largest, expected[k]);
    for (let k = offset; k < offset + filters; k++) {
      wrong += (profile[k] - expected[k]) ** 2;
      whole += expected[k] ** 2;
      if (expected[k] > 1e-6 * largest) relative.push(Math.abs(profile[k] - expected[k]) / expected[k]);
    }
  }
  return { relative, norm: Math.sqrt(wrong / whole) };
}
