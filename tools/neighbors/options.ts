/** What `misfire neighbors` is asked for: samples, layers, and runs that can be compared. */
import { InvalidArgumentError } from 'commander';
import { layerAt, type Layer } from '../../src/saliency/network.js';
import type { StoredRun } from '../../src/store/stored-run.js';

/** Throws one sentence where profiles of the two cannot be compared. */
export function checkComparable(run: StoredRun, other: StoredRun): void {
  const [a, b] = [run.meta, other.meta];
  if (a.model.sha256 !== b.model.sha256) {
    throw new Error(
      `${run.folder} and ${other.folder} are of different models (sha256 ${a.model.sha256.slice(0, 12)}... ` +
        `and ${b.model.sha256.slice(0, 12)}...); profile both sets with one`
    );
  }
  if (a.aggregation !== b.aggregation) {
    throw new Error(`${run.folder} holds '${a.aggregation}' profiles and ${other.folder} '${b.aggregation}'; the two must not be mixed`);
  }
}

/** The layers that A..B names, both included: each an index from 0 or a name. Throws one sentence. */
export function selectLayers(layers: readonly Layer[], text: string, option = '--layers'): readonly Layer[] {
  const ends = text.split('..');
  if (ends.length !== 2 || ends.includes('')) throw new Error(`${option} takes A..B, two indices or names of layers, got "${text}"`);
  const [first, last] = ends.map((name) => layerAt(layers, name));
  if (first > last) throw new Error(`${option} ${text} runs backwards; write ${last}..${first}`);
  return layers.slice(first, last + 1);
}

/** For --query, which may stand several times: ids with commas between, after those given `before`. */
export function sampleIds(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(',').map((part) => {
    if (!/^\d+$/.test(part)) throw new InvalidArgumentError('It must be the id of a sample, a whole number.');
    return Number(part);
  })];
}
