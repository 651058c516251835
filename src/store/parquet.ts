/**
 * A part of the table as a Parquet file: the profile as a fixed-size list of float32 or float16. Parquet because it is
 * what DuckDB, pandas, polars and Spark all open as they come; docs/datasets.md has the measurements that chose the
 * package. Values are plain: splitting them by byte compresses better, but Spark's own reader does not know it.
 */
import { Bool, Field, FixedSizeList, Float16, Float32, Float64, Int32, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC,
  tableToIPC, Utf8, type Data, type DataType } from 'apache-arrow';
import { Compression, readParquet, Table as WasmTable, writeParquet, WriterPropertiesBuilder } from 'parquet-wasm';
import { fromHalf, toHalf } from '../data/half.js';
import type { Meta, Row } from './format.js';

export interface Part {
  readonly rows: readonly Row[];
  /** [rows, filters] */
  readonly profiles: Float32Array;
  /** [rows, features], where they are stored. */
  readonly features?: Float32Array;
}

export interface PartForm {
  readonly filters: number;
  readonly profiles: Meta['profiles'];
  /** Penultimate features of a row, 0 or left out where none are stored. */
  readonly features?: number;
  /** Names of the carried columns. */
  readonly columns: readonly string[];
  /** What the columns are: see Meta. */
  readonly table?: Meta['table'];
  readonly classNames?: readonly string[] | null;
}

/** The file's bytes; the same for the same part. Float16 rounds to the nearest, ties to even. */
export function encodePart(part: Part, form: PartForm): Uint8Array {
  const properties = new WriterPropertiesBuilder().setCompression(Compression.SNAPPY).setDictionaryEnabled(false).build();
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(arrowTable(part, form), 'stream')), properties);
}

/** The table in memory; `standardized` is [rows, filters], a column beside the profile. */
export function arrowTable({ rows, profiles, features }: Part, form: PartForm, standardized: Float32Array | null = null): Table {
  const columns = rowColumns(rows, form);
  if (form.profiles !== 'none') columns.push(['profile', profileColumn(profiles, rows.length, form)]);
  if (form.features) columns.push(['features', profileColumn(features!, rows.length, { filters: form.features, profiles: 'float32' })]);
  if (standardized) columns.push(['standardized', profileColumn(standardized, rows.length, { ...form, profiles: 'float32' })]);
  form.columns.forEach((name, k) => columns.push([name, utf8(rows, (r) => r.carried[k])]));
  const schema = new Schema(columns.map(([name, data]) => new Field(name, data.type as DataType, false)));
  const struct = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0,
    children: columns.map(([, data]) => data) });
  return new Table(schema, [new RecordBatch(schema, struct)]);
}

/** All of a row but its profile and what is carried. */
export function rowColumns(rows: readonly Row[], { table, classNames }: Pick<PartForm, 'table' | 'classNames'>): [string, Data][] {
  const named = table === 2;
  const name = (k: number): string => classNames?.[k] ?? `class ${k}`;
  const when = (name: string, data: () => Data): [string, Data][] => (named ? [[name, data()]] : []);
  return [
    ['id', int32(rows, (r) => r.id)],
    ['path', utf8(rows, (r) => r.path)],
    ['label', int32(rows, (r) => r.label)],
    ...when('label_name', () => utf8(rows, (r) => name(r.label))),
    ['predicted', int32(rows, (r) => r.predicted)],
    ...when('predicted_name', () => utf8(rows, (r) => name(r.predicted))),
    ...when('correct', () => bool(rows, (r) => r.label === r.predicted)),
    ['confidence', float64(rows, (r) => r.confidence)],
    [named ? 'label_confidence' : 'labelConfidence', float64(rows, (r) => r.labelConfidence)],
    ['loss', plain(new Float32(), Float32Array.from(rows, (r) => r.loss))],
  ];
}

/** The rows of a part, with their profiles as float32. Throws where the bytes are no such part. */
export function decodePart(bytes: Uint8Array, form: PartForm): Part {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  const column = (name: string): ArrayLike<unknown> & Iterable<unknown> => {
    const found = table.getChild(name);
    if (!found) throw new Error(`there is no column '${name}'`);
    return found.toArray() as ArrayLike<unknown> & Iterable<unknown>;
  };
  const ofLabel = table.getChild('labelConfidence') ? 'labelConfidence' : 'label_confidence';
  const [id, label, predicted, confidence, labelConfidence, loss] = ['id', 'label', 'predicted', 'confidence', ofLabel, 'loss']
    .map((name) => column(name) as ArrayLike<number>);
  const path = column('path') as ArrayLike<string>;
  const carried = form.columns.map((name) => column(name) as ArrayLike<string>);
  const rows = Array.from({ length: table.numRows }, (_, k): Row => ({
    id: id[k],
    path: path[k],
    label: label[k],
    predicted: predicted[k],
    confidence: confidence[k],
    labelConfidence: labelConfidence[k],
    loss: loss[k],
    carried: carried.map((c) => c[k]),
  }));
  const lists = (name: string, width: number): Float32Array => {
    const all = new Float32Array(rows.length * width), found = width === 0 ? [] : table.getChild(name)?.data;
    if (!found) throw new Error(`there is no column '${name}'`);
    let at = 0;
    for (const { children, length, offset } of found) {
      const values = (children[0].values as Float32Array | Uint16Array).subarray(offset * width, (offset + length) * width);
      all.set(values instanceof Uint16Array ? Float32Array.from(values, fromHalf) : values, at);
      at += values.length;
    }
    return all;
  };
  return { rows, profiles: lists('profile', form.profiles === 'none' ? 0 : form.filters), features: lists('features', form.features ?? 0) };
}

function profileColumn(profiles: Float32Array, rows: number, { filters, profiles: kind }: Pick<PartForm, 'filters' | 'profiles'>): Data {
  const half = kind === 'float16';
  const type = half ? new Float16() : new Float32();
  const values = half ? Uint16Array.from(profiles, toHalf) : profiles;
  const child = makeData({ type: type as Float32, length: rows * filters, nullCount: 0, data: values as Float32Array });
  return makeData({ type: new FixedSizeList(filters, new Field('element', type as Float32, false)), length: rows, nullCount: 0, child });
}

function plain(type: Int32 | Float32 | Float64, data: Int32Array | Float32Array | Float64Array): Data {
  return makeData({ type: type as Int32, length: data.length, nullCount: 0, data: data as Int32Array });
}

const int32 = (rows: readonly Row[], value: (r: Row) => number): Data => plain(new Int32(), Int32Array.from(rows, value));
const float64 = (rows: readonly Row[], value: (r: Row) => number): Data => plain(new Float64(), Float64Array.from(rows, value));

function bool(rows: readonly Row[], value: (r: Row) => boolean): Data {
  const bits = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((r, k) => {
    if (value(r)) bits[k >> 3] |= 1 << (k & 7);
  });
  return makeData({ type: new Bool(), length: rows.length, nullCount: 0, data: bits });
}

function utf8(rows: readonly Row[], value: (r: Row) => string): Data {
  const offsets = new Int32Array(rows.length + 1);
  const texts = rows.map((r, k) => {
    const bytes = Buffer.from(value(r));
    offsets[k + 1] = offsets[k] + bytes.length;
    return bytes;
  });
  return makeData({ type: new Utf8(), length: rows.length, nullCount: 0, valueOffsets: offsets, data: Buffer.concat(texts) });
}
