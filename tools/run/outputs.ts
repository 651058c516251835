/** The outputs of a graph as .npy files. */
import { join } from 'node:path';
import { ndarray, type ArrayData } from '../../src/data/ndarray.js';
import { writeNpy } from '../../src/data/npy.js';
import { writeFolderAtomic } from '../../src/files/folder.js';
import * as types from '../../src/onnx/types.js';

export interface Output {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly data: types.Numbers;
}

/** Each output in the type the file declares for it, so far as .npy files have it. */
export async function writeOutputs(folder: string, outputs: readonly Output[]): Promise<void> {
  const files = new Map<string, Uint8Array>();
  for (const { name, type, shape, data } of outputs) {
    const path = join(folder, `${name.replace(/[^\w.-]+/g, '_')}.npy`);
    if (files.has(path)) throw new Error(`two outputs would both be written to ${path}`);
    files.set(path, writeNpy(ndarray(convert(data, type), shape)));
  }
  await writeFolderAtomic(folder, files);
}

function convert(data: types.Numbers, type: number): ArrayData {
  switch (type) {
    case types.DOUBLE:
      return Float64Array.from(data);
    case types.INT64:
      return BigInt64Array.from(data, (v) => BigInt(Math.round(v)));
    case types.INT32:
      return Int32Array.from(data);
    case types.BOOL:
    case types.UINT8:
      return Uint8Array.from(data);
    default:
      return Float32Array.from(data);
  }
}
