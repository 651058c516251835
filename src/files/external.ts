/** Weights kept in files beside an ONNX model. */
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * A reader of files within a folder: `length` bytes from `offset` of the file at `path`, fewer where it ends before.
 * Throws where there is no such file, or where a link leads out of the folder.
 */
export function readWithin(folder: string): (path: string, offset: number, length: number) => Uint8Array {
  return (path, offset, length) => {
    const home = realpathSync(folder);
    let real: string;
    try {
      real = realpathSync(join(home, path));
    } catch {
      throw new Error('it does not exist');
    }
    if (!real.startsWith(home.endsWith(sep) ? home : home + sep)) throw new Error('it is a link that leaves the folder');
    const file = openSync(real, 'r');
    try {
      const bytes = new Uint8Array(length);
      let got = 0;
      while (got < length) {
        const n = readSync(file, bytes, got, length - got, offset + got);
        if (n === 0) break;
        got += n;
      }
      return bytes.subarray(0, got);
    } finally {
      closeSync(file);
    }
  };
}
