/** `misfire prune --save`: the model as an ONNX file with one sample's most salient filters off, and what that is worth. */
import { readBytes } from '../../src/files/files.js';
import { weightsWithOff } from '../../src/onnx/off.js';
import { withWeights } from '../../src/onnx/write.js';
import type { PruningSettings } from '../../src/saliency/experiments/pruning.js';
import { plural } from '../../src/report/numbers.js';
import { locate } from '../../src/saliency/network.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import { saveChanged, type SaveOptions } from '../experiment/changed-model.js';
import type { Experiment } from '../experiment/open.js';
import { UsageError } from '../shared/usage.js';

/**
 * `save` is K and the file. Throws one sentence where the sample is not there, the file's weights cannot say it, or the sample is not
 * repaired and `options` does not force it.
 */
export async function saveWithOff(experiment: Experiment, id: number, save: readonly string[], mode: PruningSettings['mode'],
  options: SaveOptions): Promise<void> {
  const [count, path, ...rest] = save;
  if (path === undefined || rest.length > 0 || !/^[1-9]\d*$/.test(count)) {
    throw new UsageError(`--save takes a number of filters and a file, as in --save 20 off.onnx, got "${save.join(' ')}"`);
  }
  const { network, file, folder, stats } = experiment;
  const { row, profile } = await experiment.sample(id);
  const filters = rankFilters(standardize(profile, stats), stats).slice(0, Number(count));
  if (filters.length < Number(count)) throw new Error(`${folder} has only ${filters.length} living filters; --save was asked for ${count}`);
  const places = filters.map((k) => locate(network.layers, k));
  const off = places.map(({ layer, filter }) => ({ weight: layer.weight, filter }));
  const details = places.map(({ layer, filter }) => `${layer.name}:${filter}`).join(', ');
  const what = `the model with ${plural(filters.length, 'filter')} of sample ${id} off`;
  const how = { mode, off: places.map(({ layer, filter }) => ({ layer: layer.name, weight: layer.weight, filter })) };
  await saveChanged(experiment, row, { command: 'prune', path, what, details, how }, options,
    async () => withWeights(await readBytes(file.path), weightsWithOff(network.model, network.weights, off, mode, network.pictureShape)));
}
