/** A finished run, read back: what it computed, its statistics, its samples with their profiles, their pictures. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Picture } from '../data/picture.js';
import { fileError, readText } from '../files/files.js';
import type { Layer } from '../saliency/network.js';
import { checkStatistics, parseStatistics, type Statistics } from '../saliency/standardize.js';
import { ERRORS, STATISTICS, type Meta, type Row, type SampleError } from './format.js';
import type { Part } from './parquet.js';
import { readParts } from './parts.js';
import { isComplete, readMeta } from './run.js';
import { pictureOf, PreparedPictures } from './sample.js';
import { Seal } from './seal.js';

/** A sample of a run with its profile [filters]. */
export interface StoredSample {
  readonly row: Row;
  readonly profile: Float32Array;
}

/**
 * Opens a finished run. `unfit` may say in a sentence why this one does not serve the purpose. Throws one sentence where
 * the folder is no run, where it does not serve, or where it is not complete.
 */
export async function openRun(folder: string, unfit: (meta: Meta) => string | null = () => null): Promise<StoredRun> {
  const meta = await readMeta(folder);
  if (!meta) throw new Error(`${folder} is no run of misfire: it has no meta.json`);
  const why = unfit(meta);
  if (why !== null) throw new Error(why);
  if (!(await isComplete(folder))) throw new Error(`${folder} is not complete; the same command that began it goes on with it`);
  return new StoredRun(folder, meta);
}

/** As openRun, of a run that stores profiles. */
export function openProfiles(folder: string): Promise<StoredRun> {
  return openRun(folder, (meta) => (meta.profiles === 'none' ? withoutProfiles(folder, meta) : null));
}

const withoutProfiles = (folder: string, { forwardOnly }: Meta): string =>
  `${folder} has no profiles, having been made with ${forwardOnly ? '--forward-only' : '--stats-only'}; ` +
  'run misfire profile again without it';

/** A finished run; `openRun` opens it. Its files are read when they are asked for. */
export class StoredRun {
  private sealed: Promise<Seal> | null = null;

  /** For a run that is known to be complete; `openRun` looks. */
  constructor(readonly folder: string, readonly meta: Meta) {}

  get layers(): readonly Layer[] {
    return this.meta.model.layers;
  }

  /** The statistics file. */
  get statisticsPath(): string {
    return join(this.folder, STATISTICS);
  }

  /**
   * Mean and deviation of every filter's saliency. Throws one sentence where they are damaged or of another model, or where the
   * run is of answers alone.
   */
  async readStatistics(): Promise<Statistics> {
    const path = this.statisticsPath;
    if (this.meta.forwardOnly) throw new Error(withoutProfiles(this.folder, this.meta));
    const stats = parseStatistics(await this.statisticsText(), path);
    const { model, aggregation } = this.meta;
    checkStatistics(stats, path, { sha256: model.sha256, filters: model.filters, aggregation });
    return stats;
  }

  /** How many samples the network names rightly and wrongly, by the statistics; null where they do not say. Throws as `readStatistics`. */
  async readCounts(): Promise<{ readonly right: number; readonly wrong: number } | null> {
    if (!this.meta.forwardOnly) {
      const { groups } = await this.readStatistics();
      return groups ? { right: groups.right.samples ?? 0, wrong: groups.wrong.samples ?? 0 } : null;
    }
    const text = await this.statisticsText();
    try {
      const { groups: { right, wrong } } = JSON.parse(text) as { groups: Record<'right' | 'wrong', { samples: number }> };
      return { right: right.samples, wrong: wrong.samples };
    } catch (error) {
      throw new Error(`${this.statisticsPath} is damaged: it has no numbers of samples; run misfire profile again`, { cause: error });
    }
  }

  private async statisticsText(): Promise<string> {
    const text = await readText(this.statisticsPath);
    (await this.seal()).check(STATISTICS, text);
    return text;
  }

  /** What the run's files have to be. Throws one sentence where that itself is damaged. */
  seal(): Promise<Seal> {
    return this.sealed ??= Seal.of(this.folder);
  }

  /** The samples that could not be computed. Throws one sentence where the file is damaged or missing. */
  async readErrors(): Promise<SampleError[]> {
    const path = join(this.folder, ERRORS);
    // Most runs have none: an empty file.
    const bytes = await readFile(path).catch((error) => {
      throw fileError('read', path, error);
    });
    (await this.seal()).check(ERRORS, bytes);
    try {
      return bytes.toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as SampleError);
    } catch (error) {
      throw new Error(`${path} is damaged: a line of it is no JSON; restore it from a copy, or run again`, { cause: error });
    }
  }

  /** The table, one part in memory at a time. Throws one sentence where one is damaged. */
  async *parts(): AsyncGenerator<Part> {
    yield* readParts(this.folder, this.meta, await this.seal());
  }

  /** Every sample but for its profile. */
  async readRows(): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const part of this.parts()) for (const row of part.rows) rows.push(row);
    return rows;
  }

  /** The samples with the given ids and their profiles, in the run's order, one part in memory at a time. */
  async *samples(ids: ReadonlySet<number>): AsyncGenerator<StoredSample> {
    const { filters } = this.meta.model;
    for await (const { rows, profiles } of this.parts()) {
      for (const [k, row] of rows.entries()) if (ids.has(row.id)) yield { row, profile: profiles.slice(k * filters, (k + 1) * filters) };
    }
  }

  /** The sample with its profile. Throws one sentence where it is not there. */
  async sample(id: number): Promise<StoredSample> {
    for await (const sample of this.samples(new Set([id]))) return sample;
    throw noSample(this.folder, id);
  }

  /** The picture of a sample as it is stored. Throws one sentence where it cannot be read any more, or came as a prepared array. */
  picture(row: Pick<Row, 'path'>): Promise<Picture> {
    return pictureOf(this.meta.data, row);
  }

  /** The pictures as the network was given them, to be closed. */
  preparedPictures(): PreparedPictures {
    return new PreparedPictures(this.meta);
  }
}

/** Where an id names no sample of a run. */
export const noSample = (folder: string, id: number): Error =>
  new Error(`${folder} has no sample ${id}; its errors.jsonl lists those that could not be computed`);
