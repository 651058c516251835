/** What an experiment leaves in its folder, and what it says. */
import { join } from 'node:path';
import { writeAllAtomic } from '../../src/files/files.js';
import { writeResult, type ResultOptions } from '../shared/results.js';

/** The forms in which a result is written. */
export interface Forms<T> {
  /** A line per sample and step. */
  csv(result: T): Iterable<string>;
  json(result: T): Iterable<string>;
  page(result: T): Promise<string>;
  /** For a terminal. */
  text(result: T): string;
}

/** samples.csv, result.json and page.html, all or none; then --json's file, or standard output for it, or the text there. */
export async function writeExperiment<T>(out: string, result: T, { csv, json, page, text }: Forms<T>,
  options: ResultOptions): Promise<void> {
  await writeAllAtomic(new Map([
    [join(out, 'samples.csv'), csv(result)],
    [join(out, 'result.json'), json(result)],
    [join(out, 'page.html'), await page(result)],
  ]));
  await writeResult(() => json(result), text(result), options);
}
