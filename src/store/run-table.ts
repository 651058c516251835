/** A run's table as one Parquet file, with what its own parts do not hold: standardized profiles. */
import { tableToIPC } from 'apache-arrow';
import { Compression, Table, transformParquetStream, WriterPropertiesBuilder, type RecordBatch } from 'parquet-wasm';
import { standardize, type Statistics } from '../saliency/standardize.js';
import type { Row } from './format.js';
import { arrowTable, type PartForm } from './parquet.js';
import type { StoredRun } from './stored-run.js';

/** Which rows and columns are exported. */
export interface ExportForm {
  /** Of the rows of the run, these. */
  readonly keep: (row: Row) => boolean;
  /** Whether the profiles (eq. 1) are among them. */
  readonly profile: boolean;
  /** Where standardized profiles (eq. 2) are to be among them, the statistics. */
  readonly stats: Statistics | null;
  readonly classNames: readonly string[] | null;
}

/** A row with its profile [filters], and eq. 2 of it where that is asked for. */
export interface ExportedRow {
  readonly row: Row;
  readonly profile: Float32Array;
  readonly standardized: Float64Array | null;
}

/** Bytes of profiles that are in memory before they are written. */
const GROUP_BYTES = 32 << 20;

/** The rows that are kept, in the run's order, one part in memory at a time. Throws one sentence where a part is damaged. */
export async function* exportedRows(run: StoredRun, { keep, stats }: Pick<ExportForm, 'keep' | 'stats'>): AsyncGenerator<ExportedRow> {
  const { filters } = run.meta.model;
  for await (const { rows, profiles } of run.parts()) {
    for (const [k, row] of rows.entries()) {
      if (!keep(row)) continue;
      const profile = profiles.subarray(k * filters, (k + 1) * filters);
      yield { row, profile, standardized: stats && standardize(profile, stats) };
    }
  }
}

/** The pieces of a Parquet file. Throws one sentence where a part of the run is damaged, or no row is kept. */
export async function* parquetFile(run: StoredRun, form: ExportForm): AsyncGenerator<Uint8Array> {
  const { meta } = run;
  const each = Math.max(1, Number(form.profile) + Number(form.stats !== null)) * meta.model.filters * 4;
  const group = Math.max(1, Math.min(65536, Math.floor(GROUP_BYTES / each)));
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).setDictionaryEnabled(false)
    .setMaxRowGroupSize(group).build();
  const batches = tables(run, form, group);
  let next = await batches.next();
  if (next.done) throw new Error(`no sample of ${run.folder} is to be written`);
  let failure: unknown = null;
  const source = new ReadableStream<RecordBatch>({ pull: async (controller) => {
    if (next.done) return controller.close();
    controller.enqueue(next.value);
    try {
      next = await batches.next();
    } catch (error) {
      controller.error(failure = error);
    }
  } });
  const stream = await transformParquetStream(source, properties) as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;
  try {
    for await (const piece of stream) yield piece;
  } catch (error) {
    throw failure ?? error;
  }
  if (failure !== null) throw failure;
}

/** Tables of so many rows, the last of what is left. */
async function* tables(run: StoredRun, form: ExportForm, most: number): AsyncGenerator<RecordBatch> {
  const { filters } = run.meta.model;
  const partForm: PartForm = { filters, profiles: form.profile ? 'float32' : 'none', columns: run.meta.data.columns, table: 2,
    classNames: form.classNames };
  let taken: ExportedRow[] = [];
  const table = (): RecordBatch => {
    const all = (of: (r: ExportedRow) => ArrayLike<number>): Float32Array => {
      const values = new Float32Array(taken.length * filters);
      taken.forEach((r, k) => values.set(of(r), k * filters));
      return values;
    };
    const made = arrowTable({ rows: taken.map((r) => r.row), profiles: form.profile ? all((r) => r.profile) : new Float32Array() },
      partForm, form.stats && all((r) => r.standardized!));
    taken = [];
    return Table.fromIPCStream(tableToIPC(made, 'stream')).recordBatch(0)!;
  };
  for await (const row of exportedRows(run, form)) {
    // The part that a profile lies in is gone when the table is made.
    taken.push({ ...row, profile: form.profile ? row.profile.slice() : row.profile });
    if (taken.length === most) yield table();
  }
  if (taken.length > 0) yield table();
}
