/** What `misfire neighbors` is told about layers and sets. */
import { readText } from '../../src/files/files.js';
import { isComplete, readMeta, statisticsPath } from '../../src/store/run.js';
import type { Meta } from '../../src/store/format.js';
import type { Layer } from '../../src/saliency/network.js';
import { checkStatistics, parseStatistics, type Statistics } from '../../src/saliency/standardize.js';

export interface OpenRun {
  readonly folder: string;
  readonly meta: Meta;
}

/** A complete run with profiles. Throws one sentence where the folder is none. */
export async function openRun(folder: string): Promise<OpenRun> {
  const meta = await readMeta(folder);
  if (!meta) throw new Error(`${folder} is no run of misfire: it has no meta.json`);
  if (meta.profiles === 'none') {
    throw new Error(`${folder} has no profiles, having been made with --stats-only; run misfire profile again without it`);
  }
  if (!(await isComplete(folder))) throw new Error(`${folder} is not complete; the same command that began it goes on with it`);
  return { folder, meta };
}

/** Throws one sentence where profiles of the two cannot be compared. */
export function checkComparable(run: OpenRun, other: OpenRun): void {
  const [a, b] = [run.meta, other.meta];
  if (a.model.sha256 !== b.model.sha256) {
    throw new Error(
      `${run.folder} and ${other.folder} are of different models (sha256 ${a.model.sha256.slice(0, 12)}... and ${
        b.model.sha256.slice(0, 12)
      }...); profile both sets with one`
    );
  }
  if (a.aggregation !== b.aggregation) {
    throw new Error(`${run.folder} holds '${a.aggregation}' profiles and ${other.folder} '${b.aggregation}'; the two must not be mixed`);
  }
}

export async function statisticsOf({ folder, meta }: OpenRun): Promise<Statistics> {
  const path = statisticsPath(folder);
  const stats = parseStatistics(await readText(path), path);
  checkStatistics(stats, path, { sha256: meta.model.sha256, filters: meta.model.filters, aggregation: meta.aggregation });
  return stats;
}

/** The layers that A..B names, both included: each an index from 0, or the name of a node or weight. Throws one sentence. */
export function selectLayers(layers: readonly Layer[], text: string, option = '--layers'): readonly Layer[] {
  const ends = text.split('..');
  if (ends.length !== 2 || ends.includes('')) throw new Error(`${option} takes A..B, two indices or names of layers, got "${text}"`);
  const [first, last] = ends.map((name) => {
    const named = layers.findIndex((l) => l.node === name || l.weight === name);
    const k = named < 0 && /^\d+$/.test(name) ? Number(name) : named;
    if (k < 0 || k >= layers.length) {
      throw new Error(
        `there is no layer ${name}; the model has 0 (${layers[0].weight}) to ${layers.length - 1} (${layers[layers.length - 1].weight})`
      );
    }
    return k;
  });
  if (first > last) throw new Error(`${option} ${text} runs backwards; write ${last}..${first}`);
  return layers.slice(first, last + 1);
}
