/** An ONNX file from the disk. */
import { dirname } from 'node:path';
import { readWithin } from '../../src/files/external.js';
import { readBytes } from '../../src/files/files.js';
import { sha256 } from '../../src/data/sha256.js';
import { loadModel, type OnnxModel } from '../../src/onnx/model.js';

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  readonly model: OnnxModel;
}

/**
 * Reads and checks a model; weights in files beside it are found in its folder, or beside what it links to. Throws one
 * sentence where that fails.
 */
export async function openModel(path: string): Promise<ModelFile> {
  const bytes = await readBytes(path);
  return { path, sha256: await sha256(bytes), model: loadModel(bytes, { name: path, readExternal: readWithin(dirname(path), path) }) };
}
