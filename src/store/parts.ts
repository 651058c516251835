/** The table of a run on disk: samples/part-000000.parquet and so on, each with the rows of some whole batches. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileError } from '../files/files.js';
import { SAMPLES, type Meta, type Row } from './format.js';
import { decodePart, type Part, type PartForm } from './parquet.js';

/** Bytes of profiles in a part file, about: enough to read fast, little enough to hold several in memory. */
const PART_BYTES = 16 << 20;

/** Whole batches in a part. */
export const batchesPerPart = (batch: number, filters: number): number => Math.max(1, Math.round(PART_BYTES / (4 * filters * batch)));

/** The table's form. */
export const partForm = (meta: Meta): PartForm => ({ filters: meta.model.filters, profiles: meta.profiles, columns: meta.data.columns,
  table: meta.table, classNames: meta.data.classNames, features: meta.features?.width });

export const partName = (k: number): string => `part-${String(k).padStart(6, '0')}.parquet`;

/** The paths of a run's parts, in order. */
export async function partPaths(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, SAMPLES));
  return names.filter((name) => /^part-\d+\.parquet$/.test(name)).sort().map((name) => join(folder, SAMPLES, name));
}

/** Holds the parts against what the run wrote (seal.ts); throws one sentence where they differ. */
export interface PartCheck {
  check(name: string, bytes: Uint8Array): void;
  checkParts(count: number): void;
}

/**
 * The parts of a run's table, one in memory at a time; of a run that was joined, in the order of the ids, with one part of each
 * shard in memory. Throws one sentence where one is damaged or missing.
 */
export async function* readParts(folder: string, meta: Meta, check: PartCheck): AsyncGenerator<Part> {
  const paths = await partPaths(folder);
  check.checkParts(paths.length);
  if (!meta.merged) return yield* readAll(paths, meta, check);
  const parts = meta.merged.reduce((n, shard) => n + shard.parts, 0);
  if (paths.length !== parts) {
    throw new Error(`${join(folder, SAMPLES)} is damaged: it has ${paths.length} part files of ${parts}; merge the shards again`);
  }
  let at = 0;
  yield* interleaved(meta.merged.map((shard) => readAll(paths.slice(at, at += shard.parts), meta, check)), meta);
}

async function* readAll(paths: readonly string[], meta: Meta, check: PartCheck): AsyncGenerator<Part> {
  for (const path of paths) {
    const bytes = await readFile(path).catch((error) => {
      throw fileError('read', path, error);
    });
    check.check(`${SAMPLES}/${basename(path)}`, bytes);
    try {
      yield decodePart(bytes, partForm(meta));
    } catch (error) {
      throw new Error(`${path} is damaged: ${String((error as Error)?.message ?? error).split('\n')[0]}`, { cause: error });
    }
  }
}

/** Rows in an interleaved part. */
const ROWS = 256;

/** Rows of several tables, each in the order of its ids, in the order of all their ids. */
async function* interleaved(tables: readonly AsyncGenerator<Part>[], meta: Meta): AsyncGenerator<Part> {
  const widths = { profiles: meta.profiles === 'none' ? 0 : meta.model.filters, features: meta.features?.width ?? 0 };
  const heads = await Promise.all(tables.map(async (table) => ({ table, part: await nextPart(table), at: 0 })));
  let rows: Row[] = [], profiles: Float32Array[] = [], features: Float32Array[] = [];
  const flat = (all: readonly Float32Array[], width: number): Float32Array => {
    const out = new Float32Array(all.length * width);
    all.forEach((values, k) => out.set(values, k * width));
    return out;
  };
  const taken = (): Part => {
    const part = { rows, profiles: flat(profiles, widths.profiles), features: flat(features, widths.features) };
    [rows, profiles, features] = [[], [], []];
    return part;
  };
  for (;;) {
    let first: (typeof heads)[number] | null = null;
    for (const head of heads) {
      if (head.part && (!first || head.part.rows[head.at].id < first.part!.rows[first.at].id)) first = head;
    }
    if (!first) break;
    rows.push(first.part!.rows[first.at]);
    const own = (values: Float32Array, width: number): Float32Array => values.subarray(first.at * width, (first.at + 1) * width);
    profiles.push(own(first.part!.profiles, widths.profiles));
    features.push(own(first.part!.features!, widths.features));
    first.at++;
    if (first.at === first.part!.rows.length) Object.assign(first, { part: await nextPart(first.table), at: 0 });
    if (rows.length === ROWS) yield taken();
  }
  if (rows.length > 0) yield taken();
}

/** The next part that has rows; null after the last. */
async function nextPart(table: AsyncGenerator<Part>): Promise<Part | null> {
  for (;;) {
    const { value, done } = await table.next();
    if (done) return null;
    if (value.rows.length > 0) return value;
  }
}
