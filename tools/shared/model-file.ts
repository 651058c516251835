/** An ONNX file from the disk. */
import { dirname } from 'node:path';
import { classifier, type Classifier, type ClassifierOptions } from '../../src/classifier.js';
import { readWithin } from '../../src/files/external.js';
import { readBytes } from '../../src/files/files.js';
import { sha256 } from '../../src/data/sha256.js';
import { loadModel, type OnnxModel } from '../../src/onnx/model.js';
import type { Meta } from '../../src/store/format.js';

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  readonly model: OnnxModel;
  /** Which of several outputs is meant, as far as is known. */
  readonly choice: ClassifierOptions;
}

/** Reads and checks a model, whose weights may also lie beside what it links to. Throws one sentence where that fails. */
export async function openModel(path: string, choice: ClassifierOptions = {}): Promise<ModelFile> {
  const bytes = await readBytes(path);
  return { path, sha256: await sha256(bytes), model: parse(bytes, path, path), choice };
}

/** The model that a reader of the file will have; weights in files beside it are looked for in its folder. Throws one sentence. */
export const parseModel = (bytes: Uint8Array, path: string): OnnxModel => parse(bytes, path, undefined);

const parse = (bytes: Uint8Array, path: string, link: string | undefined): OnnxModel =>
  loadModel(bytes, { name: path, readExternal: readWithin(dirname(path), link) });

/**
 * The output that a run's scores were read from, where the file has several. A version that did not keep its name took the file's first.
 */
export const outputOf = ({ output }: Meta['model'], { candidates, outputs: [first] }: OnnxModel): string | undefined =>
  output ?? (candidates.length > 1 ? candidates.find(({ name }) => name === first.name)?.name : undefined);

/** Whether the file leaves a size of this input open, the batch's aside. */
export const hasOpenSize = (input: OnnxModel['inputs'][number] | undefined): boolean =>
  input?.dims?.slice(1).some((size) => typeof size !== 'number') ?? true;

/**
 * The classifier in the file; `pictureShape` gives the sizes that the file leaves open. Throws one sentence where it has no
 * filters.
 */
export function classifierOf({ path, model, choice }: ModelFile, pictureShape: readonly number[] | undefined): Classifier {
  const network = classifier(model, pictureShape, choice);
  if (network.layers.length === 0) throw new Error(`${path} has no convolution, so it has no filters to blame`);
  return network;
}
