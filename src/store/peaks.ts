/** What the pictures of a run do to some filters: the network is asked again, a forward pass for each picture. */
import type { Explainer } from '../saliency/explainer.js';
import { locate } from '../saliency/network.js';
import type { Row } from './format.js';
import type { StoredRun } from './stored-run.js';

export interface RunPeaks {
  readonly row: Row;
  /** For each of the filters asked for: its greatest activation, and the place of that in its layer's map (Explainer.peaks). */
  readonly value: readonly number[];
  readonly place: readonly number[];
}

/** Pictures decoded at a time. */
const CHUNK = 64;

/**
 * The greatest activation of each filter in the pictures of these rows, in their order; filters are given by their indices in the
 * network, which is the run's own. Throws one sentence where a picture cannot be read any more, or there is no such filter.
 */
export async function runPeaks(run: StoredRun, explainer: Explainer, filters: readonly number[], rows: readonly Row[],
  onProgress?: (done: number, total: number) => void): Promise<RunPeaks[]> {
  const { layers } = explainer.network;
  const at = filters.map((filter) => locate(layers, filter));
  const wanted = [...new Set(at.map(({ layer }) => layers.indexOf(layer)))];
  const offsets = new Map<number, number>();
  wanted.reduce((offset, k) => {
    offsets.set(k, offset);
    return offset + layers[k].filters;
  }, 0);
  const places = at.map(({ layer, filter }) => offsets.get(layers.indexOf(layer))! + filter);
  const found: RunPeaks[] = [];
  const reader = run.preparedPictures();
  try {
    for (let from = 0; from < rows.length; from += CHUNK) {
      const some = rows.slice(from, from + CHUNK);
      const pictures: Float32Array[] = [];
      for (const row of some) pictures.push(await reader.read(row));
      const peaks = await explainer.peaks(pictures, wanted);
      some.forEach((row, k) =>
        found.push({ row, value: places.map((p) => peaks[k].value[p]), place: places.map((p) => peaks[k].place[p]) })
      );
      onProgress?.(found.length, rows.length);
    }
  } finally {
    reader.close();
  }
  return found;
}
