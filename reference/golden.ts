/** Models and float64 numbers from PyTorch, held beside the project (see ../shared/data/README.md) or packed into one file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { classifier, type Classifier } from '../src/classifier.js';
import { parseNpy } from '../src/data/npy.js';
import { loadModel } from '../src/onnx/model.js';
import type { Statistics } from '../src/saliency/standardize.js';
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

/** A row of prune.json: the logits of a sample with its `k` most salient filters off. */
export interface OffRow {
  readonly sample: number;
  readonly mode: 'channel' | 'paper';
  readonly k: number;
  readonly logits: readonly number[];
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

/** Golden numbers whose files are read by name: meta.json, and a .npy file for each array. */
export function goldenOf(read: (file: string) => Uint8Array): Golden {
  const json = <T>(file: string): T => JSON.parse(new TextDecoder().decode(read(file))) as T;
  const rows = (name: string): Float64Array[] => {
    const { data, shape } = parseNpy(read(`${name}.npy`), name);
    const count = shape.length > 1 ? shape[0] : 1;
    const each = data.length / count;
    return Array.from({ length: count }, (_, k) => Float64Array.from(data.slice(k * each, (k + 1) * each) as Float64Array, Number));
  };
  return { meta: json<Meta>('meta.json'), inputs: rows('inputs').map((r) => Float32Array.from(r)), rows, json };
}

/** The golden numbers of a network beside the project. */
export const golden = (name: string): Golden => goldenOf((file) => readFileSync(`${shared}golden/${name}/${file}`));

/** The mean and the deviation of every filter that the golden numbers were standardized with. */
export const goldenStatistics = (g: Golden): Statistics => ({ model: null, aggregation: 'mean-abs', samples: null, mean: g.rows('mean')[0],
  std: g.rows('std')[0] });

// ---------------------------------------------------------------- one file

const PACK_FORM = 'misfire-golden-2';

/** The files of a golden folder as one text, for a machine that takes few files. */
export function packGolden(folder: string): string {
  const names = readdirSync(folder).filter((file) => /\.(npy|json)$/.test(file)).sort();
  const files = Object.fromEntries(names.map((file) => [file, readFileSync(`${folder}/${file}`, 'base64')]));
  return `${JSON.stringify({ form: PACK_FORM, files })}\n`;
}

/** What packGolden has packed. Throws a sentence where it is something else. */
export function unpackGolden(text: string, name: string): Golden {
  const { form, files } = JSON.parse(text) as { form: string; files: Record<string, string> };
  if (form !== PACK_FORM) {
    throw new Error(`${name} has the form '${form}', not '${PACK_FORM}'; write it with dist/bench/gpu-check/golden-pack.js`);
  }
  return goldenOf((file) => {
    if (!(file in files)) throw new Error(`${name} holds no ${file}`);
    return Buffer.from(files[file], 'base64');
  });
}
