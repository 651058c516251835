/** `misfire prune --save`: the model as an ONNX file with one sample's most salient filters off. */
import { checkWritable, readBytes, writeAtomic } from '../../src/files/files.js';
import { weightsWithOff } from '../../src/onnx/off.js';
import { withWeights } from '../../src/onnx/write.js';
import type { PruningSettings } from '../../src/saliency/experiments/pruning.js';
import { locate } from '../../src/saliency/network.js';
import { rankFilters, standardize } from '../../src/saliency/standardize.js';
import type { Experiment } from '../experiment/open.js';
import { parseModel } from '../shared/model-file.js';
import { UsageError } from '../shared/usage.js';

/** `save` is K and the file. Throws one sentence where the sample is not there, or the file's weights cannot say it. */
export async function saveWithOff(experiment: Experiment, id: number, save: readonly string[],
  mode: PruningSettings['mode']): Promise<void> {
  const [count, path, ...rest] = save;
  if (path === undefined || rest.length > 0 || !/^[1-9]\d*$/.test(count)) {
    throw new UsageError(`--save takes a number of filters and a file, as in --save 20 off.onnx, got "${save.join(' ')}"`);
  }
  await checkWritable(path);
  const { network, file, folder, stats } = experiment;
  const { profile } = await experiment.sample(id);
  const filters = rankFilters(standardize(profile, stats), stats).slice(0, Number(count));
  if (filters.length < Number(count)) throw new Error(`${folder} has only ${filters.length} living filters; --save was asked for ${count}`);
  const places = filters.map((k) => locate(network.layers, k));
  const off = places.map(({ layer, filter }) => ({ weight: layer.weight, filter }));
  const bytes = withWeights(await readBytes(file.path), weightsWithOff(network.model, network.weights, off, mode, network.pictureShape));
  parseModel(bytes, path); // throws where a reader could not open it
  await writeAtomic(path, bytes);
  process.stdout.write(
    `${path}: the model with ${filters.length} filters of sample ${id} off, ` +
      `${places.map(({ layer, filter }) => `${layer.name}:${filter}`).join(', ')}\n`
  );
}
