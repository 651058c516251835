/** The pictures that a sparse layer is read with: features and labels of a run, or a pair of arrays. */
import type { Classifier } from '../../src/classifier.js';
import { classifier } from '../../src/classifier.js';
import { parseNpy } from '../../src/data/npy.js';
import { readBytes } from '../../src/files/files.js';
import { openFeatures } from '../../src/local/features.js';
import type { HeldPicture } from '../../src/report/sparse-reading/mistakes.js';
import type { SparseFolder } from '../../src/local/sparse-folder.js';
import type { FeatureNetwork } from '../../src/sparse/reading/feature-network.js';
import type { Row } from '../../src/store/format.js';
import { openRun, type StoredRun } from '../../src/store/stored-run.js';
import { findModel } from '../experiment/open.js';
import { hasOpenSize, outputOf, type ModelFile } from '../shared/model-file.js';
import { UsageError } from '../shared/usage.js';
import type { ReadingOptions } from './options.js';

/** Pictures decoded at a time. */
const CHUNK = 64;

/** A run whose network the features are of. */
export interface HeldRun {
  readonly run: StoredRun;
  readonly rows: readonly Row[];
  readonly file: ModelFile;
  readonly network: Classifier;
}

export interface Held {
  readonly name: string;
  /** Null for arrays. */
  readonly run: HeldRun | null;
  /** [samples], classes of the layer. */
  readonly labels: readonly number[];
  /** Whether labels are groups of the run's classes. */
  readonly grouped: boolean;
  /** Raw ones, [samples, features]; those of a run are computed by `network` where the run does not store them. */
  features(network: () => Promise<FeatureNetwork>, onProgress?: (done: number, total: number) => void): Promise<Float32Array>;
  picture(row: number): HeldPicture;
}

/** Throws one sentence where it is neither a run nor a pair of arrays, is of another network, or has labels that no class has. */
export async function openHeld(text: string, { folder, result }: SparseFolder, options: ReadingOptions): Promise<Held> {
  const { classes } = result.problem;
  const groups = options.groups === undefined ? null : await readGroups(options.groups, classes);
  const labelled = (labels: ArrayLike<number>): number[] =>
    Array.from(labels, (label, row) => classOf(label, row, { text, groups, classes }));
  if (text.includes(',')) {
    const set = await openFeatures(text);
    return { name: text, run: null, grouped: groups !== null, labels: labelled(set.labels), features: () => allOf(set),
      picture: (row) => ({ id: set.ids[row], path: null }) };
  }
  const run = await openRun(text, ({ model }) =>
    result.model && result.model.sha256 !== model.sha256
      ? `${text} is a run of another network (sha256 ${model.sha256.slice(0, 12)}...) than the layers in ${folder} are of ` +
        `(${result.model.sha256.slice(0, 12)}...); give a run of that one`
      : null);
  const file = await findModel(text, run.meta.model, options.model);
  const shape = hasOpenSize(file.model.inputs[0]) ? run.meta.model.pictureShape : undefined;
  const network = classifier(file.model, shape, { output: outputOf(run.meta.model, file.model) });
  const rows = await run.readRows();
  return { name: text, run: { run, rows, file, network }, grouped: groups !== null, labels: labelled(rows.map((r) => r.label)),
    features: async (open, onProgress) =>
      run.meta.features ? allOf(await openFeatures(text)) : computed(run, rows, await open(), onProgress),
    picture: (row) => ({ id: rows[row].id, path: rows[row].path }) };
}

async function allOf(set: Awaited<ReturnType<typeof openFeatures>>): Promise<Float32Array> {
  const all = new Float32Array(set.samples * set.features);
  for await (const { start, values } of set.blocks(4096)) all.set(values, start * set.features);
  return all;
}

/** Asks the network about every picture of the run. */
async function computed(run: StoredRun, rows: readonly Row[], network: FeatureNetwork,
  onProgress?: (done: number, total: number) => void): Promise<Float32Array> {
  const all = new Float32Array(rows.length * network.features);
  const reader = run.preparedPictures();
  try {
    for (let from = 0; from < rows.length; from += CHUNK) {
      const pictures: Float32Array[] = [];
      for (const row of rows.slice(from, from + CHUNK)) pictures.push(await reader.read(row));
      for (const [k, { features }] of (await network.values(pictures)).entries()) all.set(features, (from + k) * network.features);
      onProgress?.(Math.min(rows.length, from + CHUNK), rows.length);
    }
  } finally {
    reader.close();
  }
  return all;
}

function classOf(label: number, row: number,
  { text, groups, classes }: { readonly text: string; readonly groups: readonly number[] | null; readonly classes: number }): number {
  const found = groups ? groups[label] : label;
  if (found === undefined || found >= classes) {
    const which = groups ? `--groups has ${groups.length} classes` : `the layer has ${classes} classes, 0 to ${classes - 1}`;
    throw new Error(
      `${text}: sample ${row} has the label ${label}, but ${which}${
        groups ? '' : "; where its classes are groups of the run's, --groups FILE.npy says which"
      }`
    );
  }
  return found;
}

async function readGroups(path: string, classes: number): Promise<number[]> {
  const { data, shape } = parseNpy(await readBytes(path), path);
  const groups = Array.from(data as ArrayLike<number>, Number);
  if (shape.length !== 1 || groups.some((g) => !Number.isInteger(g) || g < 0 || g >= classes)) {
    throw new UsageError(
      `--groups takes a .npy file with, for each class of the run, one of the layer's ${classes} classes; ${path} has shape `
        + `[${shape.join(', ')}]${shape.length === 1 ? ' and other values' : ''}`
    );
  }
  return groups;
}
