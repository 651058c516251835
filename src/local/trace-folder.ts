/**
 * Traces on the disk: a folder with `trace.json` (what they were made of and with) and for each picture K `trace_K.json` (what the trace
 * says beside the network), `trace_weights_K.npy`, `support_K.npy` (bits, as numpy.packbits has them) and `picture_K.npy`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ndarray } from '../data/ndarray.js';
import { parseFloatNpy, writeNpy } from '../data/npy.js';
import { readBytes, readText, writeAllAtomic, writeAtomic } from '../files/files.js';
import type { LayerMatrix } from '../spade/layers.js';
import { joinedWeights, packedSupport, splitWeights } from '../spade/layout.js';
import type { TraceRecord } from '../spade/record.js';
import type { Trace } from '../spade/trace.js';

export const TRACE_MARK = 'trace.json';

/** A layer as the folder has it; `sparsity` is its share of pruned weights. */
export type StoredTraceLayer = LayerMatrix & { readonly sparsity: number };

/** What a folder of traces was begun with. */
export interface TraceFolder {
  readonly format: 1;
  readonly model: { readonly path: string; readonly sha256: string };
  /** What determines the traces, by the names a person knows. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly layers: readonly StoredTraceLayer[];
}

/** One trace, read. */
export interface StoredTrace {
  readonly folder: string;
  readonly index: number;
  readonly of: TraceFolder;
  readonly record: TraceRecord;
  /** The changed weights by name, as the file has them. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

const recordPath = (folder: string, k: number): string => join(folder, `trace_${k}.json`);

/** Begins a folder. */
export const writeTraceFolder = (folder: string, of: TraceFolder): Promise<void> =>
  writeAtomic(join(folder, TRACE_MARK), `${JSON.stringify(of, null, 1)}\n`);

/** What the folder was begun with. Throws one sentence where it is no folder of traces. */
export async function readTraceFolder(folder: string): Promise<TraceFolder> {
  const path = join(folder, TRACE_MARK);
  const found = JSON.parse(await readText(path)) as TraceFolder;
  if (found.format !== 1 || !Array.isArray(found.layers)) throw new Error(`${path} is not of a folder that misfire spade writes`);
  return found;
}

/** The record of picture `k`; null where its trace is not done. */
export async function readTraceRecord(folder: string, k: number): Promise<TraceRecord | null> {
  const names = await readdir(folder);
  return names.includes(`trace_${k}.json`) ? JSON.parse(await readText(recordPath(folder, k))) as TraceRecord : null;
}

/** The places of the pictures whose traces are done, in order. */
export async function tracesIn(folder: string): Promise<number[]> {
  const found = (await readdir(folder)).flatMap((name) => /^trace_(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  return found.sort((a, b) => a - b);
}

/** Writes a trace, its record last: a trace whose record is there is whole. */
export async function writeTrace(folder: string, k: number, record: TraceRecord, { layers }: Pick<Trace, 'layers'>, picture: Float32Array,
  shape: readonly number[]): Promise<void> {
  const support = packedSupport(layers), weights = joinedWeights(layers);
  await writeAllAtomic(new Map([
    [join(folder, `support_${k}.npy`), writeNpy(ndarray(support, [support.length]))],
    [join(folder, `trace_weights_${k}.npy`), writeNpy(ndarray(weights, [weights.length]))],
    [join(folder, `picture_${k}.npy`), writeNpy(ndarray(picture, shape))],
  ]));
  await writeAtomic(recordPath(folder, k), `${JSON.stringify(record, null, 1)}\n`);
}

/**
 * The trace that --trace names: a folder with one trace, or FOLDER:K. Throws one sentence where there is none, there are several, or they
 * were made of another model than that with this hash.
 */
export async function openTrace(named: string, sha256: string): Promise<StoredTrace> {
  const [, folder, place] = /^(.*?)(?::(\d+))?$/s.exec(named)!;
  const of = await readTraceFolder(folder);
  if (of.model.sha256 !== sha256) {
    throw new Error(`the traces in ${folder} were made of another model (${of.model.path}, sha256 ${of.model.sha256.slice(0, 12)}...)`);
  }
  const there = await tracesIn(folder);
  if (there.length === 0) throw new Error(`${folder} has no finished trace; go on with the same misfire spade command`);
  if (place === undefined && there.length > 1) {
    throw new Error(`${folder} has ${there.length} traces, each of one picture; name one, such as ${folder}:${there[0]}`);
  }
  const index = place === undefined ? there[0] : Number(place);
  const record = await readTraceRecord(folder, index);
  if (!record) throw new Error(`${folder} has no trace ${index}; it has ${there.join(', ')}`);
  const path = join(folder, `trace_weights_${index}.npy`);
  const { data } = parseFloatNpy(await readBytes(path), path);
  return { folder, index, of, record, weights: splitWeights(of.layers, data, path) };
}
