/**
 * Rows of features with their labels, wherever they lie: a run of `misfire profile --features`, or a pair of .npy files; read in blocks, so
 * that they need not fit into memory.
 */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { npyElements, npyHeader, parseNpy } from '../data/npy.js';
import { fileError, readBytes, readHead } from '../files/files.js';
import type { FeatureOrigin } from '../sparse/format.js';
import type { FeatureBlock, FeatureRows } from '../sparse/rows.js';
import { openRun, type StoredRun } from '../store/stored-run.js';

/** Features of many samples, in an order that stays. */
export interface FeatureSet extends FeatureRows {
  readonly origin: FeatureOrigin;
  /** The run, null for arrays. */
  readonly run: StoredRun | null;
  /** Index of each sample in its run's data set (column `id`); its row for arrays. */
  readonly ids: Int32Array;
}

/** Opens `features.npy,labels.npy`, or the folder of a run of `misfire profile`. Throws one sentence where it is neither. */
export async function openFeatures(text: string): Promise<FeatureSet> {
  const pair = text.split(',');
  if (pair.length === 2) return arrays(pair[0], pair[1]);
  return ofRun(text);
}

async function ofRun(folder: string): Promise<FeatureSet> {
  const run = await openRun(folder, ({ features }) =>
    features
      ? null
      : `${folder} stores no features; run misfire profile again with --features (or --features-only) and another --out`);
  const rows = await run.readRows(), { width } = run.meta.features!;
  return {
    origin: { kind: 'run', paths: [resolve(folder)], samples: rows.length },
    run,
    samples: rows.length,
    features: width,
    labels: Int32Array.from(rows, (r) => r.label),
    ids: Int32Array.from(rows, (r) => r.id),
    name: folder,
    blocks: (count) => regrouped(run, width, count),
  };
}

/** A run's features in blocks of so many rows, whatever its parts have. */
async function* regrouped(run: StoredRun, width: number, most: number): AsyncGenerator<FeatureBlock> {
  let values = new Float32Array(most * width), count = 0, start = 0;
  for await (const { rows, features } of run.parts()) {
    checkFinite(features!, width, start + count, run.folder);
    for (let at = 0; at < rows.length;) {
      const taken = Math.min(most - count, rows.length - at);
      values.set(features!.subarray(at * width, (at + taken) * width), count * width);
      at += taken;
      count += taken;
      if (count < most) continue;
      yield { start, count, values };
      [start, count, values] = [start + count, 0, new Float32Array(most * width)];
    }
  }
  if (count > 0) yield { start, count, values: values.subarray(0, count * width) };
}

async function arrays(path: string, labelsPath: string): Promise<FeatureSet> {
  const header = npyHeader(await readHead(path, 65536), path);
  const { shape, start, descr, fortran } = header;
  if (shape.length !== 2 || shape.includes(0)) {
    throw new Error(`${path} has shape [${shape.join(', ')}]; features have [samples, features]`);
  }
  if (fortran) throw new Error(`${path}: the array is in Fortran order; save it in C order (numpy.ascontiguousarray).`);
  const elements = npyElements(descr, path);
  const [samples, features] = shape;
  const labels = labelsOf(parseNpy(await readBytes(labelsPath), labelsPath), labelsPath, samples);
  return {
    origin: { kind: 'arrays', paths: [resolve(path), resolve(labelsPath)], samples },
    run: null,
    samples,
    features,
    labels,
    ids: Int32Array.from({ length: samples }, (_, k) => k),
    name: path,
    async *blocks(rows) {
      const file = await open(path).catch((error) => {
        throw fileError('read', path, error);
      });
      try {
        for (let at = 0; at < samples; at += rows) {
          const count = Math.min(rows, samples - at), bytes = new Uint8Array(count * features * elements.width);
          const { bytesRead } = await file.read(bytes, 0, bytes.length, start + at * features * elements.width);
          if (bytesRead < bytes.length) throw new Error(`${path} is cut short: row ${at + count - 1} of ${samples} is not there`);
          const numbers = elements.read(bytes);
          const values = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers as ArrayLike<number>, Number);
          checkFinite(values, features, at, path);
          yield { start: at, count, values };
        }
      } finally {
        await file.close();
      }
    },
  };
}

/** Throws one sentence where a value is not finite. */
export function checkFinite(values: Float32Array, features: number, start: number, name: string): void {
  const k = values.findIndex((v) => !Number.isFinite(v));
  if (k < 0) return;
  const row = start + Math.floor(k / features);
  throw new Error(`${name}: feature ${k % features} of row ${row} is ${values[k]}; features have to be finite, take that row out`);
}

function labelsOf({ data, shape }: ReturnType<typeof parseNpy>, path: string, samples: number): Int32Array {
  if (data.length !== samples || shape.filter((d) => d !== 1).length > 1) {
    throw new Error(`${path} has shape [${shape.join(', ')}]; the labels of ${samples} rows of features have shape [${samples}]`);
  }
  const labels = Float64Array.from(data as ArrayLike<number>, Number);
  const bad = labels.findIndex((v) => !Number.isInteger(v) || v < 0);
  if (bad >= 0) throw new Error(`${path} holds ${labels[bad]} as label ${bad}; labels are class indices from 0`);
  return Int32Array.from(labels);
}
