/** Where a command's results go: to the file of --json, to standard output, or to both. */
import { checkWritable, writeAtomic } from '../../src/files/files.js';

export interface ResultOptions {
  /** A file, or standard output (also as '-') for the JSON and nothing else there. */
  readonly json?: string | true;
  /** Nothing on standard output where the JSON goes to a file. */
  readonly quiet?: boolean;
  /** Nothing on standard output at all, where another command speaks. */
  readonly silent?: boolean;
}

/** Throws one sentence where `--json FILE` could not be written: to be asked before a long computation. */
export async function checkJson(json: string | true | undefined): Promise<void> {
  if (json !== undefined && json !== true && json !== '-') await checkWritable(json);
}

/** JSON where --json asks for it, else (or beside its file) the text. */
export async function writeResult(json: () => Iterable<string>, text: string, options: ResultOptions): Promise<void> {
  if (options.silent) return;
  if (options.json === true || options.json === '-') {
    for (const part of json()) process.stdout.write(part);
    return;
  }
  if (options.json !== undefined) await writeAtomic(options.json, json());
  if (!options.quiet || options.json === undefined) process.stdout.write(text);
}
