/** The inputs of `explain`: pictures that are prepared here, and .npy files that come prepared. */
import { access } from 'node:fs/promises';
import { fileError } from '../../src/files/files.js';
import { inputsOf, isArray, isNpz, placeOf, readNpyBytes } from '../../src/files/npz.js';
import { ndarray, type NdArray } from '../../src/data/ndarray.js';
import { inputValues, npyData, npyHeader, npyInputs } from '../../src/data/npy.js';
import { readPicture } from '../../src/files/picture.js';
import type { Picture } from '../../src/data/picture.js';
import { seenPart } from '../../src/data/framing.js';
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import { channelsFirst, ORDINARY, type InputForm } from '../../src/data/input-form.js';
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
 * Pictures are decoded when they are read, .npy files now, which are laid out as the model's input is. `how` is
 * null where the model's size leaves no default.
 * Throws one sentence where a file is missing or a .npy file is no input.
 */
export async function openSamples(paths: readonly string[], how: Preprocessing | null, input: InputForm = ORDINARY): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const path of paths) {
    const array = isNpz(path) ? await inputsOf(path) : path;
    if (isArray(array)) {
      samples.push(...arraySamples(path, await readNpyBytes(await placeOf(array)), input));
      continue;
    }
    await access(path).catch((error) => {
      throw fileError('read', path, error);
    });
    if (how === null) throw noPreprocessing(input);
    samples.push({
      name: path,
      read: async () => preprocess(await readPicture(path), how),
      seen: async () => seenPart(await readPicture(path), how),
    });
  }
  return samples;
}

function arraySamples(path: string, bytes: Uint8Array, { channelsLast, whole }: InputForm): Sample[] {
  const header = npyHeader(bytes, path);
  const inputs = npyInputs(header, path, whole !== null);
  const { count, each, elements } = inputs;
  const data = npyData(bytes, header, elements.width, path);
  const length = data.length / count;
  return Array.from({ length: count }, (_, k) => {
    const name = header.shape.length === 3 ? path : `${path}[${k}]`;
    const values = inputValues(inputs, data.slice(k * length, (k + 1) * length), name);
    return { name, read: async () => (channelsLast ? channelsFirst(values, each) : ndarray(values, each)), seen: async () => null };
  });
}
