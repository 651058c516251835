/** The settings and random numbers of LIME, occlusion and GradientSHAP: from files, or from a seed. */
import { rowMajor, type ArrayData, type NdArray } from '../data/ndarray.js';
import { normals, uniform, word } from '../data/philox.js';
import { squares } from './squares.js';

export interface Draws {
  /** LIME: pixels a side of a square, and masks [S, squares] of ones (shown) and zeros (hidden). */
  readonly cell: number;
  readonly masks: Uint8Array;
  /** Occlusion: pixels a side of the window, and of a step. */
  readonly window: number;
  readonly stride: number;
  /** GradientSHAP: prepared pictures [C,H,W] that ways begin at, and each way: which of them, where on the way, noise [C,H,W]. */
  readonly baselines: readonly Float32Array[];
  readonly ways: readonly { readonly baseline: number; readonly u: number; readonly noise: Float32Array }[];
  /** The noise's deviation. */
  readonly sigma: number;
}

export interface DrawOptions {
  /** Default: an eighth of the longer side, rounded up. */
  readonly cell?: number;
  /** Default: 512, the whole picture among them. */
  readonly limeSamples?: number;
  /** Default: 6 pixels in steps of 2 where the longer side has 32, and as large a part of it elsewhere. */
  readonly window?: number;
  readonly stride?: number;
  /** Default: one picture of zeros, the mean colour. */
  readonly baselines?: readonly Float32Array[];
  /** Default: 16 ways, noise of 0.1. */
  readonly shapSamples?: number;
  readonly sigma?: number;
}

/** The keys of the streams: one for each kind of number drawn. */
const PURPOSE = { masks: 201, baseline: 202, way: 203, noise: 204 };

/** For pictures of `shape` [C,H,W]. Equal seeds give equal draws, and more samples begin with those of fewer. Throws as `checkDraws`. */
export function drawsFromSeed(seed: number, shape: readonly number[], options: DrawOptions = {}): Draws {
  const [, height, width] = shape;
  const side = Math.max(height, width);
  const { cell = Math.ceil(side / 8), limeSamples = 512, window = Math.max(1, Math.round((side * 6) / 32)), shapSamples = 16, sigma = 0.1,
    stride = Math.max(1, Math.round(side / 16)) } = options;
  const each = shape.reduce((n, d) => n * d, 1);
  const baselines = options.baselines ?? [new Float32Array(each)];
  const { count } = squares(shape, cell);
  const stream = (purpose: number, tensor = 0) => ({ seed, purpose, tensor });
  // Bit f of sample s is bit f mod 32 of word f / 32 of the sample's own stream; the first sample hides nothing.
  const masks = Uint8Array.from({ length: limeSamples * count }, (_, k) => {
    const s = Math.floor(k / count), f = k % count;
    return s === 0 ? 1 : (word(stream(PURPOSE.masks, s), f >> 5) >>> (f & 31)) & 1;
  });
  const ways = Array.from({ length: shapSamples }, (_, s) => ({
    baseline: Math.floor(uniform(stream(PURPOSE.baseline), s) * baselines.length),
    u: uniform(stream(PURPOSE.way), s),
    noise: normals(stream(PURPOSE.noise, s), each),
  }));
  return checkDraws({ cell, masks, window, stride, baselines, ways, sigma }, shape);
}

/** Draws as files have them: see `drawsFromArrays`. */
export interface DrawArrays {
  /** [S, squares], whole numbers 0 and 1. */
  readonly lime_masks: NdArray<ArrayData>;
  /** [B,C,H,W] */
  readonly baselines: NdArray<ArrayData>;
  /** [T], [T], [T,C,H,W] */
  readonly shap_index: NdArray<ArrayData>;
  readonly shap_u: NdArray<ArrayData>;
  readonly shap_noise: NdArray<ArrayData>;
}

/** For pictures of `shape` [C,H,W]. Throws a sentence where arrays do not fit each other or the pictures. */
export function drawsFromArrays(arrays: DrawArrays, settings: Pick<Draws, 'cell' | 'window' | 'stride' | 'sigma'>,
  shape: readonly number[]): Draws {
  const { shap_index, shap_u, shap_noise, lime_masks } = arrays;
  const rows = (name: keyof DrawArrays): Float32Array[] => {
    const array = arrays[name];
    if (array.shape.slice(1).join() !== shape.join()) {
      throw new Error(`${name} has shape [${array.shape}]; pictures of [${shape}] need [n,${shape}]`);
    }
    const all = Float32Array.from(rowMajor(array) as ArrayLike<number>);
    return Array.from({ length: array.shape[0] },
      (_, k) => all.slice((k * all.length) / array.shape[0], ((k + 1) * all.length) / array.shape[0]));
  };
  const count = shap_noise.shape[0];
  for (const [name, array] of Object.entries({ shap_index, shap_u })) {
    if (array.size !== count) throw new Error(`${name} has ${array.size} values, and shap_noise is of ${count} samples: give as many`);
  }
  const numbers = (array: NdArray<ArrayData>): number[] => Array.from(rowMajor(array) as ArrayLike<number | bigint>, Number);
  const [index, u, noise] = [numbers(shap_index), numbers(shap_u), rows('shap_noise')];
  return checkDraws({
    ...settings,
    masks: Uint8Array.from(numbers(lime_masks)),
    baselines: rows('baselines'),
    ways: noise.map((own, k) => ({ baseline: index[k], u: u[k], noise: own })),
  }, shape);
}

/** Throws a sentence where a size is no whole number of at least 1, masks fit no squares, or a way begins at no baseline. */
function checkDraws(draws: Draws, shape: readonly number[]): Draws {
  const { cell, masks, window, stride, baselines, ways, sigma } = draws;
  for (const [name, value] of Object.entries({ cell, window, stride })) {
    if (!(Number.isInteger(value) && value >= 1)) throw new Error(`${name} must be a whole number of at least 1, got ${value}`);
  }
  if (!(Number.isFinite(sigma) && sigma >= 0)) throw new Error(`sigma must be a number of at least 0, got ${sigma}`);
  const { count } = squares(shape, cell);
  if (masks.length === 0 || masks.length % count !== 0) {
    throw new Error(
      `LIME's masks have ${masks.length} values, which is no multiple of the ${count} squares of ${cell} pixels in [${shape}]`
    );
  }
  if (masks.some((v) => v > 1)) throw new Error("LIME's masks must be ones and zeros");
  const each = shape.reduce((n, d) => n * d, 1);
  if (ways.length === 0) throw new Error('GradientSHAP needs at least one sample');
  for (const { baseline, noise } of ways) {
    if (!(baseline in baselines)) throw new Error(`a sample of GradientSHAP begins at baseline ${baseline}; there are ${baselines.length}`);
    if (noise.length !== each || baselines[baseline].length !== each) {
      throw new Error(`baselines and noise of GradientSHAP must be of [${shape}], ${each} values each`);
    }
  }
  return draws;
}
