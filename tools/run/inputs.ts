/** The inputs of a graph from .npy files and ONNX TensorProtos. */
import { extname } from 'node:path';
import { parseNpy } from '../../src/data/npy.js';
import { readBytes } from '../../src/files/files.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { decodeTensorFile } from '../../src/onnx/tensor.js';
import type { Numbers } from '../../src/onnx/types.js';

export interface HostTensor {
  readonly data: Numbers;
  readonly shape: readonly number[];
}

/** One for each input, in the model's order. Throws one sentence where they are not as many, or one does not fit. */
export async function readInputs(model: OnnxModel, paths: readonly string[]): Promise<HostTensor[]> {
  const wanted = model.inputs.map(({ name }) => name);
  if (paths.length !== wanted.length) {
    throw new Error(
      `${model.name} has ${wanted.length} input${wanted.length === 1 ? '' : 's'}${wanted.length > 0 ? ` (${wanted.join(', ')})` : ''}, ` +
        `but ${paths.length} files were given`
    );
  }
  return Promise.all(paths.map(async (path, k) => {
    const tensor = await readTensor(path);
    const { name, dims } = model.inputs[k];
    // The first extent is the batch, which may be another than the file's.
    const off = dims &&
      (dims.length !== tensor.shape.length || dims.some((d, j) => j > 0 && typeof d === 'number' && d !== tensor.shape[j]));
    if (off) {
      throw new Error(
        `${path} has shape [${tensor.shape.join(', ')}], but input "${name}" of ${model.name} takes ` +
          `[${dims.map((d) => d || '?').join(', ')}]`
      );
    }
    return tensor;
  }));
}

async function readTensor(path: string): Promise<HostTensor> {
  const kind = extname(path).toLowerCase();
  if (kind !== '.npy' && kind !== '.pb') throw new Error(`${path} is neither a .npy file nor a .pb file with an ONNX TensorProto`);
  const bytes = await readBytes(path);
  const { data, shape } = kind === '.npy' ? parseNpy(bytes, path) : decodeTensorFile(bytes, path);
  return { data: data instanceof Float32Array ? data : Float64Array.from(data as ArrayLike<number>, Number), shape };
}
