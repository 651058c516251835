/** Weights kept in files beside an ONNX model. */
import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { placeholder } from '../data/file-kind.js';

/** A file that stands for another is shorter. */
const POINTER = 1024;

/**
 * A reader of files within a folder: `length` bytes from `offset` of the file at `path`, fewer where it ends before. Where the file of
 * the `model` itself is given and is a link, files are also found beside what it links to, as in Hugging Face's cache.
 * Throws where there is no such file, or where a link leads out of both folders.
 */
export function readWithin(folder: string, model?: string): (path: string, offset: number, length: number) => Uint8Array {
  return (path, offset, length) => {
    const file = openSync(find(path, homesOf(folder, model)), 'r');
    try {
      const bytes = new Uint8Array(length);
      const got = readUpTo(file, bytes, offset);
      if (got < length || fstatSync(file).size < POINTER) {
        const head = new Uint8Array(400);
        const stands = placeholder(head.subarray(0, readUpTo(file, head, 0)));
        if (stands !== null) throw new Error(`it is ${stands}`);
      }
      return bytes.subarray(0, got);
    } finally {
      closeSync(file);
    }
  };
}

/** The folders that data may lie in, without links. */
function homesOf(folder: string, model: string | undefined): string[] {
  const homes = [realpathSync(folder)];
  if (model !== undefined) homes.push(dirname(realpathSync(model)));
  return homes;
}

function find(path: string, homes: readonly string[]): string {
  let left = false;
  for (const home of homes) {
    let real: string;
    try {
      real = realpathSync(join(home, path));
    } catch {
      continue;
    }
    if (homes.some((h) => real.startsWith(h.endsWith(sep) ? h : h + sep))) return real;
    left = true;
  }
  throw new Error(left ? 'it is a link that leaves the folder' : 'it does not exist');
}

function readUpTo(file: number, into: Uint8Array, offset: number): number {
  let got = 0;
  while (got < into.length) {
    const n = readSync(file, into, got, into.length - got, offset + got);
    if (n === 0) break;
    got += n;
  }
  return got;
}
