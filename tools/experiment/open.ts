/** What an experiment starts from: a complete run, the model it was made with, and its samples. */
import { access } from 'node:fs/promises';
import { classifier, type Classifier } from '../../src/classifier.js';
import { parseClasses } from '../../src/data/classes.js';
import { SampleReader } from '../../src/dataset/sample.js';
import { shown } from '../../src/dataset/dataset.js';
import { readText } from '../../src/files/files.js';
import { readParts } from '../../src/store/run.js';
import { sourceOf } from '../../src/store/sample.js';
import type { Meta, Row } from '../../src/store/format.js';
import { lastStage } from '../../src/saliency/controls.js';
import type { Layer } from '../../src/saliency/network.js';
import type { Statistics } from '../../src/saliency/standardize.js';
import { openModel, type ModelFile } from '../shared/model-file.js';
import { openRun, statisticsOf, type OpenRun } from '../neighbors/options.js';
import { readRows } from '../neighbors/search.js';

export interface Experiment extends OpenRun {
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

/** A sample of a run with its profile [filters]. */
export interface StoredSample {
  readonly row: Row;
  readonly profile: Float32Array;
}

/** Throws one sentence where the folder is no complete run with profiles, or the model is not the one it was made with. */
export async function openExperiment(folder: string, options: ExperimentOptions = {}): Promise<Experiment> {
  const run = await openRun(folder);
  const { model, data } = run.meta;
  const stats = await statisticsOf(run);
  const names = options.classes === undefined ? data.classNames : shown(parseClasses(await readText(options.classes), options.classes));
  if (names && names.length !== model.classes) {
    throw new Error(`${options.classes} names ${names.length} classes, but the run's model has ${model.classes}`);
  }
  const file = await findModel(folder, model, options.model);
  const open = file.model.inputs[0]?.dims?.slice(1).some((d) => typeof d !== 'number') ?? true;
  const network = classifier(file.model, open ? model.pictureShape : undefined);
  const rows = await readRows(run);
  return {
    ...run,
    file,
    network,
    stats,
    rows,
    mistakes: rows.filter((r) => r.label !== r.predicted),
    lastStage: lastStage(network),
    name: (label) => names?.[label] ?? `class ${label}`,
  };
}

async function findModel(folder: string, { file: path, sha256 }: Meta['model'], given: string | undefined): Promise<ModelFile> {
  if (given === undefined && !(await access(path).then(() => true, () => false))) {
    throw new Error(`${folder} was made with the model ${path}, which is no longer there; say with --model where it is`);
  }
  const file = await openModel(given ?? path);
  if (file.sha256 !== sha256) {
    throw new Error(
      `${file.path} is not the model ${folder} was made with (sha256 ${file.sha256.slice(0, 12)}... instead of ${
        sha256.slice(0, 12)
      }...); ${given === undefined ? 'say with --model where that is' : 'give that one'}`
    );
  }
  return file;
}

/** The samples with the given ids and their profiles, in the run's order, one part of the run in memory at a time. */
export async function* storedSamples({ folder, meta }: OpenRun, ids: ReadonlySet<number>): AsyncGenerator<StoredSample> {
  const { filters } = meta.model;
  for await (const { rows, profiles } of readParts(folder, meta)) {
    for (const [k, row] of rows.entries()) if (ids.has(row.id)) yield { row, profile: profiles.slice(k * filters, (k + 1) * filters) };
  }
}

/** Reads the prepared pictures of a run's samples. */
export class PreparedPictures {
  private readonly reader: SampleReader;

  constructor(private readonly meta: Meta) {
    this.reader = new SampleReader(meta.preprocessing);
  }

  /** [C,H,W], ready for the network. Throws one sentence where the sample cannot be read any more or is of another size. */
  async read(row: Row): Promise<Float32Array> {
    const { data, shape } = await this.reader.read(sourceOf(this.meta.data, row));
    const want = this.meta.model.pictureShape;
    if (shape.join() !== want.join()) {
      throw new Error(
        `${row.path} gives an input of ${shape.join(' x ')}, but the run was made with ${want.join(' x ')}; the picture has changed since`
      );
    }
    return data;
  }

  close(): void {
    this.reader.close();
  }
}
