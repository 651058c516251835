/** What an experiment starts from: a complete run, the model it was made with, and its samples. */
import { access } from 'node:fs/promises';
import { classifier, type Classifier } from '../../src/classifier.js';
import { lastStage } from '../../src/saliency/controls.js';
import type { Layer } from '../../src/saliency/network.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import type { Meta, Row } from '../../src/store/format.js';
import { openProfiles, type StoredRun } from '../../src/store/stored-run.js';
import { checkClasses, classNamer, readClasses } from '../shared/classes.js';
import { hasOpenSize, openModel, outputOf, type ModelFile } from '../shared/model-file.js';

export interface Experiment extends StoredRun {
  readonly file: ModelFile;
  readonly network: Classifier;
  readonly stats: Statistics;
  /** Every sample of the run, without its profile. */
  readonly rows: readonly Row[];
  /** Those that the network names wrongly. */
  readonly mistakes: readonly Row[];
  readonly lastStage: readonly Layer[];
  /** A class as a person calls it. */
  name(label: number): string;
}

export interface ExperimentOptions {
  /** The model's file, where it is no longer at the place the run names. */
  readonly model?: string;
  /** A file of class names, in place of those the run was made with. */
  readonly classes?: string;
}

/** Throws one sentence where the folder is no complete run with profiles, or the model is not the one it was made with. */
export async function openExperiment(folder: string, options: ExperimentOptions = {}): Promise<Experiment> {
  const run = await openProfiles(folder);
  const { model } = run.meta;
  const stats = await run.readStatistics();
  const classes = await readClasses(options.classes);
  checkClasses(classes, run.meta);
  const file = await findModel(folder, model, options.model);
  const network = classifier(file.model, hasOpenSize(file.model.inputs[0]) ? model.pictureShape : undefined, {
    output: outputOf(model, file.model),
  });
  const rows = await run.readRows();
  return Object.assign(run, {
    file,
    network,
    stats,
    rows,
    mistakes: rows.filter((r) => r.label !== r.predicted),
    lastStage: lastStage(network),
    name: classNamer(run.meta, classes),
  });
}

/** The model a run was made with, where the run says or where `given` says. Throws one sentence where it is not there, or another. */
export async function findModel(folder: string, { file: path, sha256 }: Meta['model'], given: string | undefined): Promise<ModelFile> {
  if (given === undefined && !(await access(path).then(() => true, () => false))) {
    throw new Error(`${folder} was made with the model ${path}, which is no longer there; say with --model where it is`);
  }
  const file = await openModel(given ?? path);
  if (file.sha256 !== sha256) {
    throw new Error(
      `${file.path} is not the model ${folder} was made with (sha256 ${file.sha256.slice(0, 12)}... ` +
        `instead of ${sha256.slice(0, 12)}...); ${given === undefined ? 'say with --model where that is' : 'give that one'}`
    );
  }
  return file;
}
