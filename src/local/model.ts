/** Models on the disk: an ONNX classifier read, and written with other weights. */
import { dirname } from 'node:path';
import { classifier, type Classifier, type ClassifierOptions } from '../classifier.js';
import { readWithin } from '../files/external.js';
import { readBytes, writeAtomic } from '../files/files.js';
import { loadModel } from '../onnx/model.js';
import { withWeights } from '../onnx/write.js';

/**
 * The classifier in an ONNX file, its weights inside the file or beside it. `pictureShape` [channels, height, width] gives the sizes
 * that the file leaves open. Throws one sentence where the file cannot be read or is no classifier.
 */
export async function openClassifier(path: string, pictureShape?: readonly number[], options?: ClassifierOptions): Promise<Classifier> {
  return classifier(loadModel(await readBytes(path), { name: path, readExternal: readWithin(dirname(path), path) }), pictureShape, options);
}

/**
 * Writes the ONNX file `from` once more with changed weights, whole by name: those of `weightsWithOff`, or what `network.stored` makes
 * of `tunedWeights`. The file is there whole or not at all. Throws one sentence where a weight does not fit or the file cannot be
 * written.
 */
export async function saveModel(path: string, from: string, changes: ReadonlyMap<string, Float32Array>): Promise<void> {
  const bytes = withWeights(await readBytes(from), changes);
  loadModel(bytes, { name: path, readExternal: readWithin(dirname(path)) }); // throws where a reader could not open it
  await writeAtomic(path, bytes);
}
