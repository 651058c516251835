/** The inputs of `explain`: pictures that are prepared here, and .npy files that come prepared. */
import { access } from 'node:fs/promises';
import { fileError, readBytes } from '../../src/files/files.js';
import { ndarray, type NdArray } from '../../src/data/ndarray.js';
import { parseNpy } from '../../src/data/npy.js';
import { readPicture } from '../../src/files/picture.js';
import type { Picture } from '../../src/data/picture.js';
import { preprocess, seenPart, type Preprocessing } from '../../src/data/preprocess.js';
import { noPreprocessing } from './preprocessing.js';

export interface Sample {
  /** The file, and for a .npy file of several samples which one. */
  readonly name: string;
  /** [channels, height, width], ready for the network. */
  read(): Promise<NdArray>;
  /** The part of the picture that the network sees, at the resolution of the file; null for what comes prepared. */
  seen(): Promise<Picture | null>;
}

/**
 * Pictures are decoded when they are read, .npy files now. `how` is null where the model's size leaves no default.
 * Throws one sentence where a file is missing or a .npy file is no input.
 */
export async function openSamples(paths: readonly string[], how: Preprocessing | null): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const path of paths) {
    if (/\.npy$/i.test(path)) {
      samples.push(...arraySamples(path, await readBytes(path)));
      continue;
    }
    await access(path).catch((error) => {
      throw fileError('read', path, error);
    });
    if (how === null) throw noPreprocessing();
    samples.push({
      name: path,
      read: async () => preprocess(await readPicture(path), how),
      seen: async () => seenPart(await readPicture(path), how),
    });
  }
  return samples;
}

function arraySamples(path: string, bytes: Uint8Array): Sample[] {
  const { data, shape } = parseNpy(bytes, path);
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new Error(`${path} holds whole numbers; an input that comes prepared is float32`);
  }
  if ((shape.length !== 3 && shape.length !== 4) || data.length === 0) {
    throw new Error(
      `${path} has shape [${shape.join(', ')}]; an input that comes prepared has [channels, height, width] or [samples, channels, ` +
        'height, width]'
    );
  }
  if (data.some((v) => !Number.isFinite(v))) throw new Error(`${path} holds a value that is not finite`);
  const each = shape.slice(-3);
  const size = each[0] * each[1] * each[2];
  const count = data.length / size;
  return Array.from({ length: count }, (_, k) => ({
    name: shape.length === 3 ? path : `${path}[${k}]`,
    read: async () => ndarray(Float32Array.from(data.subarray(k * size, (k + 1) * size)), each),
    seen: async () => null,
  }));
}
