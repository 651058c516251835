/** The table of a run on disk: samples/part-000000.parquet and so on, each with the rows of some whole batches. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/files.js';
import { SAMPLES, type Meta } from './format.js';
import { decodePart, type Part, type PartForm } from './parquet.js';

/** Bytes of profiles in a part file, about: enough to read fast, little enough to hold several in memory. */
const PART_BYTES = 16 << 20;

/** Whole batches in a part. */
export const batchesPerPart = (batch: number, filters: number): number => Math.max(1, Math.round(PART_BYTES / (4 * filters * batch)));

/** The table's form. */
export const partForm = (meta: Meta): PartForm => ({ filters: meta.model.filters, profiles: meta.profiles, columns: meta.data.columns });

export const partName = (k: number): string => `part-${String(k).padStart(6, '0')}.parquet`;

/** The paths of a run's parts, in order. */
export async function partPaths(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, SAMPLES));
  return names.filter((name) => /^part-\d+\.parquet$/.test(name)).sort().map((name) => join(folder, SAMPLES, name));
}

/** The parts of a run's table, one in memory at a time. Throws one sentence where one is damaged. */
export async function* readParts(folder: string, meta: Meta): AsyncGenerator<Part> {
  for (const path of await partPaths(folder)) {
    const bytes = await readFile(path).catch((error) => {
      throw fileError('read', path, error);
    });
    try {
      yield decodePart(bytes, partForm(meta));
    } catch (error) {
      throw new Error(`${path} is damaged: ${String((error as Error)?.message ?? error).split('\n')[0]}`, { cause: error });
    }
  }
}
