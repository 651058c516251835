/** The inputs of `explain`: pictures that are prepared here, .npy files that come prepared, and samples of a run. */
import { access } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileError } from '../../src/files/files.js';
import { inputsOf, isArray, isNpz, placeOf, readNpyBytes } from '../../src/files/npz.js';
import { ndarray, type NdArray } from '../../src/data/ndarray.js';
import { inputValues, npyData, npyHeader, npyInputs } from '../../src/data/npy.js';
import { readPicture } from '../../src/files/picture.js';
import type { Picture } from '../../src/data/picture.js';
import { seenPart } from '../../src/data/framing.js';
import { preprocess, type Preprocessing } from '../../src/data/preprocess.js';
import type { Row } from '../../src/store/format.js';
import { sourceOf } from '../../src/store/sample.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import { channelsFirst, ORDINARY, type InputForm } from '../../src/data/input-form.js';
import { noPreprocessing } from './preprocessing.js';

export interface Sample {
  /** The file, and for a .npy file of several samples which one. */
  readonly name: string;
  /** Of a sample of a run. */
  readonly id?: number;
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

/** Samples of a run as it has them, to be closed; their files stay open until then. */
export function runSamples(run: StoredRun, rows: readonly Row[]): { readonly samples: Sample[]; close(): void } {
  const { data, preprocessing: how, model: { pictureShape } } = run.meta;
  const pictures = run.preparedPictures();
  const samples = rows.map((row): Sample => ({
    id: row.id,
    name: nearPath(join(data.root, row.path)),
    read: async () => ndarray(await pictures.read(row), pictureShape),
    seen: async () => (how && sourceOf(data, row).format !== 'npy' ? seenPart(await run.picture(row), how) : null),
  }));
  return { samples, close: () => pictures.close() };
}

/** As a person here would write it: relative where it is below the folder they work in. */
function nearPath(path: string): string {
  const near = relative('.', path);
  return near.startsWith('..') || isAbsolute(near) ? path : near;
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
