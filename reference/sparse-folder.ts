/** A folder as `misfire sparse` leaves it, made of layers that are known: by a test, or the reference's own (../shared/sparse/golden). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ndarray } from '../src/data/ndarray.js';
import { parseNpy, writeNpy } from '../src/data/npy.js';
import { INTERCEPTS, LAMBDAS, MEAN, RESULT, STD, WEIGHTS, type SparseResult } from '../src/sparse/format.js';
import { shared } from './paths.js';
import { tinyWeights } from './tiny-model.js';

export interface KnownLayers {
  readonly classes: number;
  readonly features: number;
  /** Greatest first. */
  readonly lambdas: readonly number[];
  /** [lambdas, classes, features] and [lambdas, classes], standardised scale. */
  readonly weights: ArrayLike<number>;
  readonly intercepts: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
  readonly chosen: number;
  readonly held: readonly string[];
  readonly classNames?: readonly string[];
  readonly model?: SparseResult['model'];
}

/** Writes it; figures of the path that readers do not need are 0. */
export function writeSparseFolder(folder: string, known: KnownLayers): void {
  const { classes, features, lambdas, weights, intercepts, chosen, held } = known;
  mkdirSync(folder, { recursive: true });
  const share = { right: 0, of: 1, low: 0, high: 1 };
  const half = { index: chosen, selected: share, best: share, reported: share, network: null };
  const paths = held.map((path) => resolve(path));
  const result: SparseResult = {
    format: 1,
    version: 'test',
    problem: { loss: 'cross-entropy', alpha: 0.99, group: false, solver: 'fista', tolerance: 1e-3, classes, features,
      lambdaMax: lambdas[0] },
    train: { kind: 'arrays', paths: ['train.npy', 'labels.npy'], samples: 1 },
    held: { kind: paths.length > 1 ? 'arrays' : 'run', paths, samples: 1 },
    model: known.model ?? null,
    classNames: known.classNames ?? null,
    classCounts: new Array<number>(classes).fill(1),
    constant: [],
    path: lambdas.map((lambda) => ({ lambda, kkt: 0, kktRelative: 0, loss: 0, objective: 0, trainAccuracy: 0, heldLoss: 0, heldAccuracy: 0,
      nonzeros: new Array<number>(classes).fill(0), features: 0, passes: 0, polished: false })
    ),
    selection: { within: 5, halves: [half, half] },
    chosen,
    ablation: [],
    dense: null,
    adapter: { description: 'none', software: true },
  };
  writeFileSync(join(folder, RESULT), JSON.stringify(result));
  const write = (name: string, data: Float32Array | Float64Array, shape: readonly number[]): void =>
    writeFileSync(join(folder, name), writeNpy(ndarray(data, shape)));
  write(WEIGHTS, Float32Array.from(weights), [lambdas.length, classes, features]);
  write(INTERCEPTS, Float64Array.from(intercepts), [lambdas.length, classes]);
  write(LAMBDAS, Float64Array.from(lambdas), [lambdas.length]);
  write(MEAN, Float64Array.from(known.mean), [features]);
  write(STD, Float64Array.from(known.std), [features]);
}

const golden = (name: string): string => `${shared}sparse/golden/${name}`;
export const hasSparse = existsSync(golden('cifar10-resnet20'));

interface GoldenMeta {
  readonly classes: number;
  readonly features: number;
  readonly superclasses?: readonly string[];
  readonly runs: readonly { readonly tag: string; readonly path: readonly { readonly lam: number }[] }[];
}

/** Arrays of a golden folder, as float64. */
export const goldenArray = (folder: string, name: string): Float64Array =>
  Float64Array.from(parseNpy(readFileSync(`${golden(folder)}/${name}.npy`), name).data as Float64Array, Number);

const metaOf = (folder: string): GoldenMeta => JSON.parse(readFileSync(`${golden(folder)}/meta.json`, 'utf8'));

/** The reference's path of ResNet-20 on CIFAR-10, alpha 0.99, 20 lambdas; layer 2 is the one of 2.4 weights a class. */
export function writeResnet20(folder: string, held: readonly string[], chosen = 2, model?: SparseResult['model']): void {
  const name = 'cifar10-resnet20', { runs, classes, features } = metaOf(name);
  const classNames = readFileSync(`${shared}data/cifar10/classes.txt`, 'utf8').trim().split('\n');
  writeSparseFolder(folder, { classes, features, lambdas: runs.find((r) => r.tag === 'a99')!.path.map((p) => p.lam),
    weights: goldenArray(name, 'a99_W'), intercepts: goldenArray(name, 'a99_b'), mean: goldenArray(name, 'mean'),
    std: goldenArray(name, 'std'), chosen, held, classNames, model });
}

/** The reference's path of ResNet-50 on ten groups of ImageNet's classes, 10 lambdas; layer 4 (19.4 weights a class) is the best. */
export function writeResnet50(folder: string, held: readonly string[], chosen = 4): void {
  const name = 'imagenet-resnet50', { runs, classes, features, superclasses } = metaOf(name);
  const lambdas = runs.find((r) => r.tag === 'a99')!.path.map((p) => p.lam);
  const weights = new Float64Array(lambdas.length * classes * features);
  const index = goldenArray(name, 'W_index'), value = goldenArray(name, 'W_value');
  value.forEach((v, k) => {
    weights[(index[3 * k] * classes + index[3 * k + 1]) * features + index[3 * k + 2]] = v;
  });
  writeSparseFolder(folder, { classes, features, lambdas, weights, intercepts: goldenArray(name, 'b'), mean: goldenArray(name, 'mean'),
    std: goldenArray(name, 'std'), chosen, held, classNames: superclasses });
}

/** Features [samples, 4] of the tiny network, from the definition: mean over places of relu(convolution + bias). */
export function tinyFeatures(x: ArrayLike<number>): Float64Array {
  const { conv, bias } = tinyWeights();
  return Float64Array.from({ length: (x.length / 192) * 4 }, (_, k) => {
    const [sample, f] = [Math.floor(k / 4), k % 4];
    let total = 0;
    for (let place = 0; place < 64; place++) {
      let sum = bias[f];
      for (let t = 0; t < 27; t++) {
        const [c, i, j] = [Math.floor(t / 9), Math.floor(place / 8) + (Math.floor(t / 3) % 3) - 1, (place % 8) + (t % 3) - 1];
        if (i >= 0 && i < 8 && j >= 0 && j < 8) sum += conv[f * 27 + t] * x[sample * 192 + (c * 8 + i) * 8 + j];
      }
      total += Math.max(0, sum);
    }
    return total / 64;
  });
}

/**
 * Three layers on the tiny network's features of the pictures x: no weights; three weights of its own; its own layer, which is the chosen
 * one. Beside them features.npy and labels.npy.
 */
export function writeTinySparse(folder: string, x: ArrayLike<number>, labels: readonly number[], held: readonly string[]): void {
  const features = tinyFeatures(x), n = labels.length, { fc, fcBias } = tinyWeights();
  const mean = Float64Array.from({ length: 4 }, (_, j) => labels.reduce((sum, _l, k) => sum + features[4 * k + j], 0) / n);
  const std = mean.map((m, j) => Math.sqrt(labels.reduce((sum, _l, k) => sum + (features[4 * k + j] - m) ** 2, 0) / n));
  const own = Float64Array.from(fc, (w, k) => w * std[k % 4]);
  const bias = Float64Array.from(fcBias, (b, c) => mean.reduce((sum, m, j) => sum + fc[4 * c + j] * m, b));
  writeSparseFolder(folder, { classes: 3, features: 4, lambdas: [1, 0.5, 0.1], mean, std, chosen: 2, held,
    weights: [...own.map(() => 0), ...own.map((w, k) => ([0, 5, 9].includes(k) ? w : 0)), ...own],
    intercepts: [0, 0, 0, ...bias, ...bias] });
  writeFileSync(join(folder, 'features.npy'), writeNpy(ndarray(Float32Array.from(features), [n, 4])));
  writeFileSync(join(folder, 'labels.npy'), writeNpy(ndarray(Int32Array.from(labels), [n])));
}
