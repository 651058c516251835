/** What `misfire sparse` starts from: training and held rows of one network, its own layer, names. Checked before anything is computed. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { parseNpy } from '../../src/data/npy.js';
import { readBytes } from '../../src/files/files.js';
import { openFeatures, type FeatureSet } from '../../src/local/features.js';
import { decisionLayer, decisionValues, type Decision } from '../../src/onnx/decision.js';
import type { Weights } from '../../src/sparse/penalty.js';
import { classCountsOf, standardizationOf, type Standardization } from '../../src/sparse/rows.js';
import { findModel } from '../experiment/open.js';
import { readClasses } from '../shared/classes.js';
import type { ModelFile } from '../shared/model-file.js';
import { UsageError } from '../shared/usage.js';
import type { SparseOptions } from './options.js';

export interface SparseInputs {
  readonly train: FeatureSet;
  readonly held: FeatureSet;
  readonly classes: number;
  readonly counts: readonly number[];
  readonly standard: Standardization;
  readonly classNames: readonly string[] | null;
  /** The network whose features these are; null for arrays. */
  readonly model: { readonly file: ModelFile; readonly decision: Decision } | null;
  /** The network's own layer for raw features; null where it is not known. */
  readonly own: Weights | null;
  /** SHA-256 over mean, deviation and labels of the training rows: tells one set of rows from another. */
  readonly mark: string;
}

/** Throws one sentence where the rows do not fit each other, or no layer could be fitted to them. */
export async function openInputs(run: string, { held: heldPath, model: given, own, classes: names }: SparseOptions): Promise<SparseInputs> {
  const [train, held] = [await openFeatures(run), await openFeatures(heldPath)];
  if (train.origin.paths[0] === held.origin.paths[0]) {
    throw new UsageError(`--held names the training rows, ${run}; give samples that neither the network nor the layers were trained on`);
  }
  const [ofTrain, ofHeld] = [train.run?.meta.model, held.run?.meta.model];
  if (ofTrain && ofHeld && ofTrain.sha256 !== ofHeld.sha256) {
    throw new Error(`${heldPath} is a run of another network (${ofHeld.file}) than ${run} (${ofTrain.file}); give two runs of one`);
  }
  if (train.features !== held.features) {
    throw new Error(`${run} has ${train.features} features a row and ${heldPath} has ${held.features}; give rows of one network`);
  }
  const named = await readClasses(names), inMeta = train.run?.meta.data.classNames ?? null;
  const classes = ofTrain?.classes ?? named?.count ?? Math.max(...train.labels) + 1;
  if (classes < 2) throw new Error(`${run} has rows of one class alone; a layer tells classes apart`);
  const counts = classCountsOf(train, classes);
  classCountsOf(held, classes, { everyClass: false });
  const standard = await standardizationOf(train);
  if (standard.constant.length === train.features) {
    throw new Error(`${run}: every feature is constant; there is nothing to tell classes by`);
  }
  const file = ofTrain ? await findModel(run, ofTrain, given) : null;
  const decision = file && decisionLayer(file.model);
  const mark = createHash('sha256');
  for (const values of [standard.mean, standard.std, train.labels]) {
    mark.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return {
    train,
    held,
    classes,
    counts,
    standard,
    classNames: named ? Array.from({ length: classes }, (_, k) => named.show(k)) : inMeta,
    model: file && { file, decision: decision! },
    own: own !== undefined
      ? await ownOf(own, classes, train.features)
      : file && fits(decision!, classes)
      ? decisionValues(file.model, decision!)
      : null,
    mark: mark.digest('hex'),
  };
}

const fits = (decision: Decision, classes: number): boolean => decision.classes === classes;

/** weights.npy,bias.npy of raw features. */
async function ownOf(text: string, classes: number, features: number): Promise<Weights> {
  const files = text.split(',').map((f) => resolve(f));
  if (files.length !== 2) throw new UsageError(`--own takes two files of the network's last layer, weights.npy,bias.npy, got "${text}"`);
  const [w, b] = await Promise.all(files.map(async (f) => parseNpy(await readBytes(f), f)));
  if (w.shape.join() !== `${classes},${features}` || b.data.length !== classes) {
    throw new UsageError(`--own takes weights [${classes}, ${features}] and a bias [${classes}], got [${w.shape}] and [${b.shape}]`);
  }
  const numbers = (data: ArrayLike<unknown>): Float64Array => Float64Array.from(data as ArrayLike<number>, Number);
  return { w: numbers(w.data), b: numbers(b.data) };
}
