/** A layer written back into the network's file. */
import { decisionChanges, decisionLayer } from '../onnx/decision.js';
import { loadModel } from '../onnx/model.js';
import { readBytes } from '../files/files.js';
import { readWithin } from '../files/external.js';
import { dirname } from 'node:path';
import { toRaw } from '../sparse/fold.js';
import type { SparseLayer } from '../sparse/format.js';
import { saveModel } from './model.js';

/**
 * Writes the ONNX file `from` once more with the layer in the place of its last one, folded to raw features, so that the file gives
 * the sparse layer's logits wherever it runs. Weights that are 0 stay 0. Throws one sentence where the layer does not fit the file.
 */
export async function saveSparseLayer(path: string, from: string, layer: SparseLayer): Promise<void> {
  const model = loadModel(await readBytes(from), { name: from, readExternal: readWithin(dirname(from), from) });
  const decision = decisionLayer(model);
  if (decision.width !== layer.features || decision.classes !== layer.classes) {
    throw new Error(`${from} ends in a layer of ${decision.classes} classes and ${decision.width} features, and the sparse one has `
      + `${layer.classes} and ${layer.features}; only a layer for the network's own classes can take its place`);
  }
  const { w, b } = toRaw({ w: layer.weights, b: layer.intercepts }, layer);
  await saveModel(path, from, decisionChanges(decision, w, b));
}
