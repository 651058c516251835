/** The mistakes of a run that are nearest to a sample of `misfire explain`, for its report. */
import { resolve } from 'node:path';
import { pictureOf } from '../../src/store/sample.js';
import type { Picture } from '../../src/data/picture.js';
import type { Row } from '../../src/store/format.js';
import { isBlank, livingFilters } from '../../src/saliency/neighbors.js';
import { fingerprint, samePicture } from '../../src/saliency/same-picture.js';
import { standardize, type Statistics } from '../../src/saliency/standardize.js';
import type { StoredRun } from '../../src/store/stored-run.js';
import type { SampleExplanation } from './explained.js';

const COUNT = 10;

export interface NearMistake {
  readonly row: Row;
  readonly similarity: number;
}

export interface NearMistakes {
  readonly run: string;
  /** Mistakes that were looked through; the sample itself is left out, under another name too. */
  readonly candidates: number;
  readonly found: readonly NearMistake[];
  /** The network is so sure of the sample that its profile is that of no gradient at all: what is nearest says nothing. */
  readonly blank: boolean;
}

/** The nearest to each sample, by the cosine of standardized profiles in float64; one part of the run is in memory at a time. */
export async function nearMistakes(run: StoredRun, explained: readonly SampleExplanation[], stats: Statistics): Promise<NearMistakes[]> {
  const { folder, meta } = run;
  const filters = livingFilters(meta.model.layers, stats);
  const queries = explained.map(({ standardized }) => unit(Float64Array.from(filters, (k) => standardized![k])));
  const own = explained.map(({ input }) => resolve(input));
  const prints = explained.map((e) => fingerprint(e, e.profile, 0, meta.model.filters));
  const stored = meta.profiles === 'float16' ? 'float16' : 'float32';
  const all: NearMistake[][] = explained.map(() => []);
  for await (const { rows, profiles } of run.parts()) {
    for (const [k, row] of rows.entries()) {
      if (row.label === row.predicted) continue;
      const path = resolve(meta.data.root, row.path);
      const from = k * meta.model.filters;
      const other = standardize(profiles.subarray(from, from + meta.model.filters), stats);
      const candidate = unit(Float64Array.from(filters, (f) => other[f]));
      const print = fingerprint(row, profiles, from, meta.model.filters);
      queries.forEach((query, q) => {
        if (own[q] === path || samePicture(prints[q], print, stored)) return;
        all[q].push({ row, similarity: query.reduce((sum, v, j) => sum + v * candidate[j], 0) });
      });
    }
  }
  return all.map((list, q) => ({ run: folder, candidates: list.length, blank: isBlank(Float32Array.from(queries[q]), 0, stats, filters),
    found: list.sort((a, b) => b.similarity - a.similarity || a.row.id - b.row.id).slice(0, COUNT) })
  );
}

function unit(values: Float64Array): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  return norm > 0 ? values.map((v) => v / norm) : values;
}

/** Their pictures; null where one cannot be read any more or came as a prepared array. */
export function neighborPictures({ meta }: StoredRun, near: NearMistakes): Promise<(Picture | null)[]> {
  return Promise.all(near.found.map(({ row }) => pictureOf(meta.data, row).catch(() => null)));
}
