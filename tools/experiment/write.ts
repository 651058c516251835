/** What an experiment leaves in its folder, and what it says. */
import { join } from 'node:path';
import { checkWritable, writeAllAtomic, writeAtomic } from '../../src/files/files.js';
import type { CommonOptions } from './options.js';

export interface Files {
  /** A line per sample and step. */
  readonly csv: Iterable<string>;
  readonly json: () => Iterable<string>;
  readonly page: string;
}

/** Throws one sentence where `--json FILE` could not be written: to be asked before a long computation. */
export async function checkJson(json: string | true | undefined): Promise<void> {
  if (json !== undefined && json !== true && json !== '-') await checkWritable(json);
}

/** samples.csv, result.json and page.html, all or none; then --json's file, or standard output for it, or the text there. */
export async function writeResults(out: string, { csv, json, page }: Files, text: string, options: Speaking): Promise<void> {
  await writeAllAtomic(new Map([[join(out, 'samples.csv'), csv], [join(out, 'result.json'), json()], [join(out, 'page.html'), page]]));
  await say(json, text, options);
}

/** Where a command says its results. */
type Speaking = Pick<CommonOptions, 'json' | 'quiet' | 'silent'>;

/** JSON where --json asks for it, else (or beside its file) the text. */
export async function say(json: () => Iterable<string>, text: string, options: Speaking): Promise<void> {
  if (options.silent) return;
  if (options.json === true || options.json === '-') {
    for (const piece of json()) process.stdout.write(piece);
    return;
  }
  if (options.json !== undefined) await writeAtomic(options.json, json());
  if (!options.quiet || options.json === undefined) process.stdout.write(text);
}
